"""Decompression in a stream: the bytes that can be had, then the reason why there are no more."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from isal import isal_zlib

#: Small steps: what a damaged place takes with it is one step at most. They are no slower than large ones (measured).
_READ = 16 * 1024
_GZIP_WBITS = 31
#: How a gzip member begins.
GZIP_MAGIC = b"\x1f\x8b"
_WRITE = 64 * 1024

#: A dump inflates to 6 or 7 times its size; a file that comes to more than this many times is a bomb. Small files are
#: let be.
_RATIO, _ALWAYS = 200, 64 * 1024 * 1024


class Inflation:
    """The XML of a `.xml.gz` file, several gzip members included; a file that is not compressed is read as it is.

    Attributes:
        read_bytes: compressed bytes read so far.
        problem: why the stream ended before its end, once it has; else None.
        note: what was unusual and does no harm, once the stream has ended; else None.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = max(_ALWAYS, _RATIO * file.seek(0, io.SEEK_END))
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
                        self.problem = f"the file inflates to more than {_RATIO} times its size: it is no dump"
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
