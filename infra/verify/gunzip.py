"""A gzip file as a stream of bytes: any number of members, and all that can be had of a broken one."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

_READ = 256 * 1024
_MAGIC = b"\x1f\x8b"
_GZIP = 31  # zlib's `wbits` for a gzip member


class Gunzip:
    """Iterate to get the bytes; `read` counts compressed bytes, `sound` turns False at the first damage.

    A file that is not compressed is taken as it is. `passed_over` counts bytes behind the last member that are none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size
        self.read = 0
        self.sound = True
        self.passed_over = 0

    def __iter__(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            packed = _MAGIC.startswith(file.peek(2)[:2])
            chunks = self._counted(iter(lambda: file.read(_READ), b""))
            yield from self._inflated(chunks) if packed else chunks

    def _counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.read += len(chunk)
            yield chunk

    def _inflated(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        member, rest, between = zlib.decompressobj(_GZIP), b"", False
        for chunk in chunks:
            rest += chunk
            while rest:
                if between:
                    rest = rest.lstrip(b"\0")
                    if len(rest) < len(_MAGIC):
                        break
                    if not rest.startswith(_MAGIC):
                        self.passed_over = len(rest) + sum(map(len, chunks))
                        return
                    member = zlib.decompressobj(_GZIP)
                try:
                    yield member.decompress(rest)
                except zlib.error:
                    self.sound = False
                    return
                rest, between = member.unused_data, member.eof
        self.passed_over += len(rest)
        self.sound = between
