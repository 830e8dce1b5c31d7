"""One file on its way here: gone on with where it broke off, and hashed as a whole."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from functions.extract.download.range_response import Answer, OpenAt, RangeRefused
from functions.extract.download.retry_policy import DownloadRetry
from functions.runtime.errors import SourceError, SourceUnavailable, StoreUnavailable

_CHUNK = 1024 * 1024

#: Bytes in such a time that a connection has to bring, lest it be given up for another.
_SLOWEST_BYTES, _SLOWEST_S = 64 * 1024, 120.0

#: So many new bytes are progress, after which failures are counted anew.
_STEP = 1024 * 1024

#: Bytes of disk that a file of unknown length leaves free.
_RESERVE_BYTES = 512 * 1024 * 1024

#: Called now and then with the bytes that are here, and of how many, where that is known.
Progress = Callable[[int, int | None], None]


class Transfer:
    """The file that is being fetched, open for reading and writing.

    Its first `position` bytes are in the digest. It may hold more than that: an answer that ignored the range was
    written over what was there and broke off earlier. Should those bytes not belong together the checksum tells.
    """

    def __init__(self, file: BinaryIO, retry: DownloadRetry, progress: Progress) -> None:
        self._file, self._retry, self._progress = file, retry, progress
        self._digest = hashlib.sha256()
        self.position = 0
        self._trusts_the_end = False

    def run(self, open_at: OpenAt, expected: str) -> str:
        """Fetch what is missing; returns the SHA-256 of the whole, hex.

        A partial file that is whole already needs no request. Failures that bring something new do not count.

        Raises:
            StoreUnavailable: it failed too often, or the next try is far off; what came is kept.
            SourceError: the file is not there or refused, or the disk is too small.
        """
        failures, most = 0, self._length()
        while True:
            try:
                self._take_in_what_is_here()
                if self._digest.hexdigest() != expected:
                    self._go_on(open_at, expected)
                return self._digest.hexdigest()
            except StoreUnavailable as error:
                length = self._length()
                failures = 1 if length >= most + _STEP else failures + 1
                most = max(most, length)
                self._retry.wait(error, failures)

    def empty(self) -> None:
        """Begin from nothing."""
        self._restart()
        self._file.truncate()

    def _go_on(self, open_at: OpenAt, expected: str) -> None:
        try:
            total = self._receive(open_at)
        except RangeRefused as refused:
            if refused.total == self.position:
                return
            self.empty()
            total = self._receive(open_at)
        self._file.truncate()
        if total is None and not self._trusts_the_end and self._digest.hexdigest() != expected:
            self._trusts_the_end = True  # a proxy may end an answer early as if it were whole: once more from here
            raise SourceUnavailable("The file ended without a word of its length, and its checksum is wrong.")

    def _receive(self, open_at: OpenAt) -> int | None:
        """Take one answer in; returns the size of the whole where it is known."""
        with open_at(self.position) as answer:
            if answer.start == 0:
                self._restart()
            self._check_space(answer)
            self._write(answer)
        if answer.total is not None and self.position != answer.total:
            raise SourceUnavailable(f"The file broke off at {self.position:,} of {answer.total:,} bytes.")
        return answer.total

    def _write(self, answer: Answer) -> None:
        clock = self._retry.clock
        begun, seen = clock(), self.position
        looked = self.position
        for chunk in answer.chunks:
            self._file.write(chunk)
            self._add(chunk)
            self._progress(self.position, answer.total)
            if answer.total is None and self.position - looked >= _STEP:
                self._check_reserve()
                looked = self.position
            if clock() - begun > _SLOWEST_S:
                if self.position - seen < _SLOWEST_BYTES:
                    raise SourceUnavailable("The file comes too slowly: another connection may be faster.")
                begun, seen = clock(), self.position

    def _take_in_what_is_here(self) -> None:
        """Hash up to the end of the file, which is where it goes on."""
        length = self._length()
        while chunk := self._file.read(_CHUNK):
            self._add(chunk)
            self._progress(self.position, length)

    def _add(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self.position += len(chunk)

    def _restart(self) -> None:
        self._file.seek(0)
        self.position, self._digest = 0, hashlib.sha256()

    def _length(self) -> int:
        self._file.flush()
        return os.fstat(self._file.fileno()).st_size

    def _check_reserve(self) -> None:
        """Nobody says how long the file will be: it may not take all the disk that the stores need."""
        folder = Path(self._file.name).parent
        if shutil.disk_usage(folder).free < _RESERVE_BYTES:
            raise SourceError(
                f"{Path(self._file.name).stem} has {self.position / 1e6:,.0f} MB so far and does not end, and the disk "
                f"of {folder} is nearly full: free some, or name another folder in DISCOGS_ROOT."
            )

    def _check_space(self, answer: Answer) -> None:
        if answer.total is None:
            return
        folder = Path(self._file.name).parent
        needed, free = answer.total - self._length(), shutil.disk_usage(folder).free
        if free < needed:
            raise SourceError(
                f"{Path(self._file.name).stem} needs {needed / 1e6:,.0f} MB in {folder}, "
                f"where {free / 1e6:,.0f} MB are free: free some, or name another folder in DISCOGS_ROOT."
            )
