"""What an answer of S3 means: gone, forbidden, a request that it cannot take, or a service that is not well."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from functions.runtime.errors import PermanentError, StoreFailed, StoreUnavailable
from functions.runtime.stores.bucket import MissingObject, s3_errors


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("NoSuchKey", 404, MissingObject),
        ("AccessDenied", 403, PermanentError),
        ("EntityTooLarge", 400, StoreFailed),
        ("ExpiredToken", 400, StoreFailed),
        ("TooManyRequests", 429, StoreUnavailable),
        ("RequestTimeout", 400, StoreUnavailable),
        ("ThrottlingException", 400, StoreUnavailable),
        ("OperationAborted", 409, StoreUnavailable),
        ("InternalError", 500, StoreUnavailable),
        ("SlowDown", 503, StoreUnavailable),
        ("XMinioStorageFull", 507, StoreUnavailable),
    ],
)
def test_what_s3_answers_decides_whether_tries_are_counted(code: str, status: int, kind: type[Exception]) -> None:
    answer = {"Error": {"Code": code, "Message": "x"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    with pytest.raises(kind) as error, s3_errors("runs/1/x"):
        raise ClientError(answer, "PutObject")
    assert type(error.value) is kind


def test_a_connection_that_s3_closes_is_waited_for() -> None:
    with pytest.raises(StoreUnavailable) as error, s3_errors("runs/1/x"):
        raise ConnectionClosedError(endpoint_url="http://127.0.0.1")
    assert type(error.value) is StoreUnavailable
