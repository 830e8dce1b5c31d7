"""Decompression in a stream: the bytes that can be had, then the reason why there are no more."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO

from isal import isal_zlib

#: Small steps: what a damaged place takes with it is one step at most. They are no slower than large ones (measured).
_READ = 16 * 1024
_GZIP_WBITS = 31
_WRITE = 64 * 1024

#: A dump inflates to 6 or 7 times its size; a file that comes to more than this many times is a bomb. Small files are
#: let be.
_RATIO, _ALWAYS = 200, 64 * 1024 * 1024


class Inflation:
    """The XML of a `.xml.gz` file, several gzip members included.

    Attributes:
        read_bytes: compressed bytes read so far.
        problem: why the stream ended before its end, once it has; else None.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = max(_ALWAYS, _RATIO * file.seek(0, io.SEEK_END))
        file.seek(0)
        self.read_bytes = 0
        self.problem: str | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Chunks of 64 KiB of XML at most. A damaged file ends early and `problem` says why."""
        member = isal_zlib.decompressobj(wbits=_GZIP_WBITS)
        try:
            while compressed := self._file.read(_READ):
                self.read_bytes += len(compressed)
                while compressed:
                    if member.eof:
                        compressed = compressed.lstrip(b"\0")  # padding after a member is allowed
                        if not compressed:
                            break
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
        except isal_zlib.error:  # type: ignore[misc]
            self.problem = "the compressed data is damaged"


def _pieces(member: isal_zlib.Decompress, compressed: bytes) -> Iterator[bytes]:
    """What a member makes of these bytes, never more than 64 KiB at a time."""
    while compressed and not member.eof:
        yield member.decompress(compressed, _WRITE)
        compressed = member.unconsumed_tail
