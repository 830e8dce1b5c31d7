"""A gzip file as a stream of bytes: any number of members, and all that can be had of a broken one."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

_READ = 256 * 1024
_GZIP = 31  # zlib's `wbits` for a gzip member


class Gunzip:
    """Iterate to get the bytes; `read` counts compressed bytes, `sound` turns False at the first damage."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size
        self.read = 0
        self.sound = True

    def __iter__(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            member = None
            while chunk := file.read(_READ):
                self.read += len(chunk)
                while chunk:
                    member = member or zlib.decompressobj(_GZIP)
                    try:
                        yield member.decompress(chunk)
                    except zlib.error:
                        self.sound = False
                        return
                    chunk = member.unused_data.lstrip(b"\0")
                    if member.eof:
                        member = None
            self.sound = member is None
