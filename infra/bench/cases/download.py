"""`linernotes bench download`: how fast a file comes from a server on this machine, as `download` fetches it."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from functions.extract.download.fetch import fetch, sha256_of
from functions.extract.download.retry_policy import DownloadRetry
from functions.runtime.errors import LinernotesError
from functions.runtime.settings import Settings
from infra.bench.harness.figures import Work, ratio
from infra.bench.harness.result import Result
from infra.stack.process import starter
from infra.stack.programs import python_module

_NAME = "discogs_20260401_releases.xml.gz"
_CHUNK = 1024 * 1024
_CUTS = 8


def bench_download(megabytes: int = 512) -> Iterator[Result]:
    """Time a whole file, one that breaks off again and again, and one that is there; and SHA-256 on its own."""
    size = megabytes * 1_000_000
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder, _server(Path(folder)) as address:
        sha256 = _write(Path(folder) / _NAME, size)
        settings = Settings(home=folder)
        hashing = _rate(size, lambda: sha256_of(Path(folder) / _NAME, _silent))
        _is_there(settings, expected=False)
        whole = _rate(size, lambda: _fetch(settings, address, sha256))
        _is_there(settings, expected=True)
        yield Result("download, SHA-256 alone", hashing, "MB/s")
        yield Result("download", whole, "MB/s", against="SHA-256 alone", ratio=ratio(whole, hashing, "bytes"))
        yield Result("download, there already", _rate(size, lambda: _fetch(settings, address, sha256)), "MB/s")
        (settings.dumps_folder / _NAME).unlink()
        cut = _rate(size, lambda: _fetch(settings, f"{address}?cut={size // _CUTS}", sha256))
        slower = ratio(cut, whole, "bytes")
        yield Result(f"download, broken off {_CUTS - 1} times", cut, "MB/s", against="unbroken", ratio=slower)


def _fetch(settings: Settings, address: str, sha256: str) -> None:
    retry = DownloadRetry(tries=_CUTS, longest_s=0.0, first_s=0.0, most_s=0.0)
    _, found = fetch(settings, address, _NAME, sha256, _silent, retry)
    if found != sha256:
        raise LinernotesError("The benchmark's file came with other bytes.")


def _is_there(settings: Settings, *, expected: bool) -> None:
    """A file that is there already is not fetched, and one that was fetched is there."""
    Work((settings.dumps_folder / _NAME).exists() == expected, "file to fetch")


def _rate(size: int, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return Work(size, "bytes").rate(time.perf_counter() - started) / 1e6


def _write(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, size, _CHUNK):
            chunk = os.urandom(min(_CHUNK, size - start))
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _silent(_done: int, _total: int | None) -> None:
    """Tell nobody."""


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """The address of the file on a server in a process of its own."""
    command = python_module("infra.bench.harness.file_server", str(folder))
    with subprocess.Popen([*starter(signal.SIGTERM), *command], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - it was asked for
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/{_NAME}"
        finally:
            process.terminate()
