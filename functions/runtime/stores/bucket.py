"""The work bucket: where parts, lines and bitmaps lie while a run needs them. A folder by default, S3 elsewhere.

boto3 is imported where S3 is used: it costs every process 20 MB and a third of a second otherwise.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import urlsplit

from functions.runtime.addresses import scheme_of
from functions.runtime.errors import PermanentError, SettingError, StoreFailed, StoreUnavailable
from functions.runtime.named_places import place_errors, refuse_dangling, resolved_path
from functions.runtime.settings import Settings
from functions.runtime.stores.tls import is_untrusted, s3_authorities, unreachable

_S3_DELETE_BATCH = 1000
#: Refusals of S3 that ask for patience.
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
#: Codes of refusals that pass by themselves, which S3 gives a status of 400 or 409.
_PASSING_CODES = {
    "ConditionalRequestConflict",
    "KMS.ThrottlingException",
    "OperationAborted",
    "RequestTimeout",
    "RequestTimeoutException",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
}


class MissingObject(PermanentError):
    """An object that the ledger speaks of is not in the bucket."""


class Bucket(Protocol):
    """Objects by key (`runs/7/releases/12.xml`). `put` replaces a whole object at once or not at all."""

    def put(self, key: str, data: bytes) -> None: ...

    def get(self, key: str) -> bytes: ...

    def delete(self, keys: Iterable[str]) -> None: ...

    def keys(self, prefix: str) -> Iterator[str]: ...

    def close(self) -> None: ...


class DirectoryBucket:
    """A bucket in a folder of the local disk."""

    def __init__(self, root: Path) -> None:
        self._root = resolved_path(str(root), "The work bucket")
        refuse_dangling(root)
        with place_errors(root):
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def put(self, key: str, data: bytes) -> None:
        path = self._path(key)
        with _disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                try:
                    file.write(data)
                    file.close()
                    Path(file.name).replace(path)
                except OSError:
                    Path(file.name).unlink(missing_ok=True)
                    raise

    def get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError as error:
            raise MissingObject(f"{key} is not in the bucket {self._root}.") from error

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._path(key).unlink(missing_ok=True)

    def keys(self, prefix: str) -> Iterator[str]:
        start = self._path(prefix)
        for path in sorted(start.rglob("*")) if start.is_dir() else []:
            if path.is_file():
                yield str(path.relative_to(self._root))

    def close(self) -> None:
        """There is nothing to close."""

    def remove_folder(self, prefix: str) -> None:
        """Remove every object under a prefix and its folders."""
        shutil.rmtree(self._path(prefix), ignore_errors=True)

    def _path(self, key: str) -> Path:
        path = (self._root / key).resolve()
        if not path.is_relative_to(self._root):
            raise PermanentError(f"{key!r} leads out of the bucket.")
        return path


class S3Bucket:
    """A bucket, or a prefix of one, in S3 or a service that speaks its protocol."""

    def __init__(self, client: Any, name: str, prefix: str = "") -> None:
        self._client = client
        self._name = name
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def put(self, key: str, data: bytes) -> None:
        with s3_errors(key):
            self._client.put_object(Bucket=self._name, Key=self._prefix + key, Body=data)

    def get(self, key: str) -> bytes:
        with s3_errors(key):
            body: BinaryIO = self._client.get_object(Bucket=self._name, Key=self._prefix + key)["Body"]
            return body.read()

    def delete(self, keys: Iterable[str]) -> None:
        names = [{"Key": self._prefix + key} for key in keys]
        for start in range(0, len(names), _S3_DELETE_BATCH):
            with s3_errors(self._name):
                batch = {"Objects": names[start : start + _S3_DELETE_BATCH], "Quiet": True}
                self._client.delete_objects(Bucket=self._name, Delete=batch)

    def keys(self, prefix: str) -> Iterator[str]:
        with s3_errors(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._name, Prefix=f"{self._prefix}{prefix}"
            )
            for page in pages:
                for entry in page.get("Contents", ()):
                    yield entry["Key"].removeprefix(self._prefix)

    def close(self) -> None:
        """Close its connections; the next request makes others."""
        self._client.close()

    def remove_folder(self, prefix: str) -> None:
        """Remove every object under a prefix."""
        self.delete(list(self.keys(prefix.rstrip("/") + "/")))


AnyBucket = DirectoryBucket | S3Bucket


def open_bucket(settings: Settings) -> AnyBucket:
    """The bucket that the settings name.

    Raises:
        SettingError: it is a folder that cannot be made.
    """
    if scheme_of(settings.bucket_url) != "s3":
        return DirectoryBucket(Path(settings.bucket_url))
    parts = urlsplit(settings.bucket_url)
    return S3Bucket(s3_client(settings), parts.netloc, parts.path)


def s3_client(settings: Settings, *, retries: int = 5, connect: float = 10) -> Any:
    """A client of the S3 service in the settings; credentials that these do not have are found by boto3 itself.

    Args:
        settings: the address and the credentials.
        retries: of a request that fails; fewer where somebody waits to hear that nobody is there.
        connect: seconds to wait for a connection.
    """
    import boto3
    from botocore.config import Config

    config = Config(retries={"max_attempts": retries, "mode": "standard"}, connect_timeout=connect, read_timeout=60)
    return boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint or None,
        aws_access_key_id=settings.s3_key_id or None,
        aws_secret_access_key=settings.s3_secret_key or None,
        aws_session_token=settings.s3_session_token or None,
        config=config,
        verify=s3_authorities(settings),
    )


@contextmanager
def s3_errors(what: str) -> Iterator[None]:
    """Turn boto3's errors into ours: absent and forbidden objects are permanent, everything else passes.

    What S3 refuses for another reason may be the request's own fault, so that its tries are counted.
    """
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in {"NoSuchKey", "404", "NoSuchBucket"}:
            raise MissingObject(f"{what} is not in the S3 bucket ({code}).") from error
        if code in {"AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch"}:
            raise PermanentError(
                f"S3 refuses {what} ({code}): check the credentials and the bucket's policy."
            ) from error
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        passes = status in _PASSING or code in _PASSING_CODES
        refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR and not passes
        raise (StoreFailed if refused else StoreUnavailable)(f"S3 failed on {what}: {error}.") from error
    except ParamValidationError as error:
        first = str(error).splitlines()[-1].split(": Bucket name must")[0]
        raise SettingError(f"{what} is no place in S3: {first}.") from error
    except BotoCoreError as error:
        if is_untrusted(error):
            raise unreachable("The S3 service", error) from error
        raise StoreUnavailable(f"S3 failed on {what}: {error}.") from error


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        free = shutil.disk_usage(path.parent).free if path.parent.exists() else 0
        raise StoreUnavailable(
            f"{path} cannot be written ({os.strerror(error.errno or 0)}; {free // 1_000_000} MB free)."
        ) from error
