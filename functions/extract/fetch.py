"""Bringing one file near and hashing the whole of it. A file in a folder stays where it is."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from functions.runtime.bucket import s3_client, s3_errors
from functions.runtime.errors import SourceError, StoreUnavailable
from functions.runtime.settings import Settings

_CHUNK = 1024 * 1024

#: Called with the number of bytes that came since the last call.
Progress = Callable[[int], None]


def fetch(settings: Settings, location: str, name: str, progress: Progress) -> tuple[Path, str]:
    """The local path of a file and the SHA-256 of its bytes, hex.

    Raises:
        SourceError: the file is not there.
        StoreUnavailable: the transfer broke off, or the disk is full.
    """
    if urlsplit(location).scheme == "s3":
        return _from_s3(settings, location, name, progress)
    return Path(location), sha256_of(Path(location), progress)


def sha256_of(path: Path, progress: Progress) -> str:
    """SHA-256 of a file, hex.

    Raises:
        SourceError: the file is not there or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return _hash(iter(lambda: file.read(_CHUNK), b""), progress)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error


def _from_s3(settings: Settings, location: str, name: str, progress: Progress) -> tuple[Path, str]:
    parts = urlsplit(location)
    folder = settings.dumps_folder
    folder.mkdir(parents=True, exist_ok=True)
    target, partial = folder / name, folder / f"{name}.partial"
    with s3_errors(location):
        answer = s3_client(settings).get_object(Bucket=parts.netloc, Key=parts.path.lstrip("/"))
        if target.exists() and target.stat().st_size == answer["ContentLength"]:
            return target, sha256_of(target, progress)
        _check_space(folder, answer["ContentLength"], name)
        digest = _write(partial, answer["Body"].iter_chunks(_CHUNK), progress)
    partial.replace(target)
    return target, digest


def _write(path: Path, chunks: Iterator[bytes], progress: Progress) -> str:
    try:
        with path.open("wb") as file:

            def written() -> Iterator[bytes]:
                for chunk in chunks:
                    file.write(chunk)
                    yield chunk

            return _hash(written(), progress)
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be written: {error.strerror}.") from error


def _check_space(folder: Path, needed: int, name: str) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SourceError(f"{name} needs {needed // 10**6} MB in {folder}, where {free // 10**6} MB are free.")


def _hash(chunks: Iterator[bytes], progress: Progress) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        progress(len(chunk))
    return digest.hexdigest()
