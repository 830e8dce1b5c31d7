"""Decompression in a stream: the bytes that can be had, then the reason why there are no more."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO, Final

from isal import isal_zlib
from msgspec import Struct

#: Small steps: what a damaged place takes with it is one step at most. They are no slower than large ones (measured).
_READ = 16 * 1024
_GZIP_WBITS = 31
#: How a gzip member begins.
GZIP_MAGIC = b"\x1f\x8b"
_WRITE = 64 * 1024

_BOMB: Final = (
    "the file inflates to more than {megabytes:,} MB, which is more than a dump of its size does or the disk can hold "
    "(LINERNOTES_MAX_INFLATION)"
)

#: A dump inflates to 6 or 7 times its size. What comes to more than `_USUAL` times has to fit on the disk as well.
#: Small files are let be.
_USUAL, _ALWAYS = 10, 64 * 1024 * 1024


class InflationLimit(Struct, frozen=True):
    """How much a file may inflate to, lest a bomb fills the stores.

    Attributes:
        ratio: times its size.
        free: bytes of disk that are free; None where that is not known, or does not matter.
    """

    ratio: float = 30.0
    free: int | None = None

    def most(self, compressed: int) -> int:
        """The most that a file of this size may inflate to."""
        found = self.ratio * compressed
        if self.free is not None:
            found = min(found, max(_USUAL * compressed, self.free))
        return max(_ALWAYS, int(found))


USUAL_LIMIT: Final = InflationLimit()


class Inflation:
    """The XML of a `.xml.gz` file, several gzip members included; a file that is not compressed is read as it is.

    Attributes:
        read_bytes: compressed bytes read so far.
        problem: why the stream ended before its end, once it has; else None.
        note: what was unusual and does no harm, once the stream has ended; else None.
    """

    def __init__(self, file: BinaryIO, limit: InflationLimit = USUAL_LIMIT) -> None:
        self._file = file
        self._most = limit.most(file.seek(0, io.SEEK_END))
        self._left = self._most
        file.seek(0)
        self.read_bytes = 0
        self.problem: str | None = None
        self.note: str | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Chunks of 64 KiB of XML at most. A damaged file ends early and `problem` says why."""
        head = self._file.read(len(GZIP_MAGIC))
        self._file.seek(0)
        if head and not GZIP_MAGIC.startswith(head):
            yield from self._plain()
            return
        try:
            yield from self._members()
        except isal_zlib.error:  # type: ignore[misc]
            self.problem = "the compressed data is damaged"

    def _plain(self) -> Iterator[bytes]:
        self.note = "the file is not compressed"
        while chunk := self._file.read(_READ):
            self.read_bytes += len(chunk)
            yield chunk

    def _members(self) -> Iterator[bytes]:
        member = isal_zlib.decompressobj(wbits=_GZIP_WBITS)
        while compressed := self._read():
            while compressed:
                if member.eof:
                    compressed = self._behind_member(compressed)
                    if not compressed:
                        break
                    if not compressed.startswith(GZIP_MAGIC):
                        self._pass_over(compressed)
                        return
                    member = isal_zlib.decompressobj(wbits=_GZIP_WBITS)
                for piece in _pieces(member, compressed):
                    yield piece[: self._left]
                    self._left -= len(piece)
                    if self._left < 0:
                        self.problem = _BOMB.format(megabytes=self._most // 10**6)
                        return
                compressed = member.unused_data
        if not member.eof:
            self.problem = "the file ends in the middle of its compressed data"

    def _read(self) -> bytes:
        compressed = self._file.read(_READ)
        self.read_bytes += len(compressed)
        return compressed

    def _behind_member(self, rest: bytes) -> bytes:
        """What follows a member and the padding that is allowed behind it: enough to see what it is, or nothing."""
        rest = rest.lstrip(b"\0")
        while len(rest) < len(GZIP_MAGIC) and (more := self._read()):
            rest = (rest + more).lstrip(b"\0")
        return rest

    def _pass_over(self, rest: bytes) -> None:
        """What follows the last member and is none: a line break, a signature."""
        size = len(rest)
        while rest := self._read():
            size += len(rest)
        self.note = f"{size:,} bytes behind the compressed data were passed over"


def _pieces(member: isal_zlib.Decompress, compressed: bytes) -> Iterator[bytes]:
    """What a member makes of these bytes, never more than 64 KiB at a time."""
    while compressed and not member.eof:
        yield member.decompress(compressed, _WRITE)
        compressed = member.unconsumed_tail
