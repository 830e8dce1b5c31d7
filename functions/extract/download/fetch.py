"""Bringing one file near and hashing the whole of it. A file in a folder stays where it is."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from functions.extract.download.dump import is_remote
from functions.extract.download.range_response import OpenAt
from functions.extract.download.resumable_download import Progress, Transfer
from functions.extract.download.retry_policy import DownloadRetry, download_retry
from functions.runtime.errors import SourceError, StoreUnavailable
from functions.runtime.settings import Settings
from functions.runtime.stores.bucket import s3_client
from functions.runtime.stores.fsync import rename_durably, sync_open

_CHUNK = 1024 * 1024
_WAIT_S = 0.5


def fetch(
    settings: Settings, location: str, name: str, sha256: str, progress: Progress, retry: DownloadRetry | None = None
) -> tuple[Path, str]:
    """The local path of a file and the SHA-256 of its bytes, hex.

    A remote file is brought into the folder of dumps, unless it is there and right. Bytes with the wrong SHA-256 were
    damaged on the way, or belong to another state of the file: they are removed, and fetched once more from the
    start. What is wrong then too does not get the file's name.

    Args:
        settings: the folder of dumps, and how to reach S3 and the site.
        location: a path, or an address of S3 or HTTP.
        name: the name of the file.
        sha256: what its CHECKSUM file says, hex.
        progress: told of the bytes that are here.
        patience: the rules of waiting, from the settings if absent.

    Raises:
        SourceError: the file is not there, this machine is refused, or the disk is too small.
        StoreUnavailable: the transfer broke off too often, or the disk is full; what came is kept.
    """
    if not is_remote(location):
        return Path(location), sha256_of(Path(location), progress)
    target = settings.dumps_folder.absolute() / name
    with _claimed(target, progress) as file:
        if target.exists() and sha256_of(target, progress) == sha256:
            return target, sha256
        transfer = Transfer(file, retry or download_retry(settings), progress)
        with opener(settings, location) as open_at:
            found = transfer.run(open_at, sha256)
            if found != sha256:
                transfer.empty()
                found = transfer.run(open_at, sha256)
        if found == sha256:
            _keep(file, target)
        else:
            transfer.empty()
    return target, found


def sha256_of(path: Path, progress: Progress) -> str:
    """SHA-256 of a file, hex.

    Raises:
        SourceError: the file is not there or cannot be read.
    """
    digest = hashlib.sha256()
    done = 0
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                done += len(chunk)
                progress(done, size)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
    return digest.hexdigest()


@contextmanager
def opener(settings: Settings, location: str) -> Iterator[OpenAt]:
    """What asks for a remote file. Libraries of a protocol are imported with the first file that comes by it."""
    parts = urlsplit(location)
    if parts.scheme == "s3":
        from functions.extract.download import s3_source

        with closing(s3_client(settings)) as client:
            yield partial(s3_source.open_at, client, parts.netloc, parts.path.lstrip("/"))
        return
    from functions.extract.download import http_source

    with http_source.open_client(settings) as client:
        yield partial(http_source.open_at, client, location)


@contextmanager
def _claimed(target: Path, progress: Progress) -> Iterator[BinaryIO]:
    """What is here of a file, `<name>.partial`, open and locked. Another process that fetches it is waited for."""
    path = target.with_name(f"{target.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _open_locked(path, progress) as file:
            try:
                yield file
            finally:
                file.flush()
                if path.exists() and not path.stat().st_size:
                    path.unlink()
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be written: {error.strerror or error}.") from error


def _open_locked(path: Path, progress: Progress) -> BinaryIO:
    while True:
        path.touch()
        file = path.open("r+b")
        while not _lock(file):
            progress(0, None)
            time.sleep(_WAIT_S)
        if path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
            return file
        file.close()  # the other process has finished it, and this one has no name any more


def _lock(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _keep(file: BinaryIO, target: Path) -> None:
    """Give the file its name, once its bytes are on the disk."""
    sync_open(file)
    rename_durably(Path(file.name), target)
