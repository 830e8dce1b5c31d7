"""Files in S3, or a service that speaks its protocol, from any byte on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from typing import Any

from botocore.exceptions import ClientError

from functions.extract.download.range_response import Answer, RangeRefused, part_of
from functions.runtime.stores.bucket import s3_errors

_CHUNK = 256 * 1024


@contextmanager
def open_at(client: Any, bucket: str, key: str, offset: int) -> Iterator[Answer]:
    """Ask for an object from a byte on.

    Raises:
        RangeRefused: the object does not go on there.
        PermanentError: it is not there, or the credentials are refused.
        StoreUnavailable: S3 fails, or the connection broke.
    """
    with s3_errors(f"s3://{bucket}/{key}"):
        answer = _get(client, bucket, key, offset)
        total = part_of(answer.get("ContentRange"), offset) if offset else answer["ContentLength"]
        with closing(answer["Body"]) as body:
            yield Answer(offset, total, body.iter_chunks(_CHUNK))


def _get(client: Any, bucket: str, key: str, offset: int) -> Any:
    wanted = {"Range": f"bytes={offset}-"} if offset else {}
    try:
        return client.get_object(Bucket=bucket, Key=key, **wanted)
    except ClientError as error:
        if (
            error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        ):
            raise RangeRefused from error
        raise
