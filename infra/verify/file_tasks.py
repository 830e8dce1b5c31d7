"""One entity file as tasks: some pieces each, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from functions.runtime.entities import Entity
from infra.verify.drawing import Drawing
from infra.verify.gunzip import Gunzip
from infra.verify.record_splitter import RecordSplitter, SplitPiece
from infra.verify.tasks import ComparePieces

_PIECES = 500
_BYTES = 2 * 1024 * 1024


class FileTasks:
    """Iterate once; then `closed` says whether the closing root tag was seen, `sound` whether the gzip was whole."""

    def __init__(self, entity: Entity, path: Path, dump: date, longest: int, drawing: Drawing) -> None:
        self._entity, self._dump, self._drawing = entity, dump, drawing
        self._stream = Gunzip(path)
        self._cutter = RecordSplitter(entity, longest)

    @property
    def closed(self) -> bool:
        return self._cutter.closed

    @property
    def sound(self) -> bool:
        return self._stream.sound

    @property
    def passed_over(self) -> int:
        """Bytes behind the compressed data."""
        return self._stream.passed_over

    @property
    def size(self) -> int:
        """Compressed bytes of the file."""
        return self._stream.size

    def __iter__(self) -> Iterator[ComparePieces]:
        batch: list[SplitPiece] = []
        size = 0
        for piece in self._pieces():
            batch.append(piece)
            size += len(piece.data)
            if len(batch) >= _PIECES or size >= _BYTES:
                yield self._task(batch)
                batch, size = [], 0
        yield self._task(batch)

    def _task(self, batch: list[SplitPiece]) -> ComparePieces:
        return ComparePieces(self._entity, self._dump, batch, self._stream.read, self._drawing)

    def _pieces(self) -> Iterator[SplitPiece]:
        for chunk in self._stream:
            yield from self._cutter.feed(chunk)
        yield from self._cutter.finish()
