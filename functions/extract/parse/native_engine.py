"""The native engine: the compiled module `linernotes_native`, told of the record model.

What it does not decide goes to the lxml engine, record by record, so both make the same of every dump. Importing this
raises `ImportError` where the module is not built, or built for another state of this code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

from functions.extract.parse.engine import BATCH_BYTES, BATCH_RECORDS, Parsed, RecordBatch
from functions.extract.parse.lxml_engine import batch_of, parse_one, rejected_piece
from functions.extract.parse.lxml_parser import Parser
from functions.extract.parse.native_model import described
from functions.extract.parse.native_module import native
from functions.extract.parse.stream_reader import StreamReader
from functions.extract.records.part_index import PartIndex
from functions.extract.records.quarantine import Rejected
from functions.extract.records.record_digest import PARSER_VERSION, record_id
from functions.extract.xml_stream.inflate import USUAL_LIMIT, Inflation, InflationLimit
from functions.extract.xml_stream.record_scanner import ScannedPiece
from functions.runtime.entities import Entity
from functions.runtime.process.prefetch import ahead

_compiled = native.Engine(*described())


class NativeEngine:
    """Cuts and parses in compiled code, during which the interpreter is free for other threads."""

    def read(
        self, path: Path, entity: Entity, max_record_bytes: int, limit: InflationLimit = USUAL_LIMIT
    ) -> NativeFileReader:
        """Cut a file into records with their ids and digests."""
        return NativeFileReader(path, entity, max_record_bytes, limit=limit)

    def parse(self, entity: Entity, index: PartIndex, xml: bytes) -> Parsed:
        """Make the documents of a part."""
        (first, *chunks), undecided = self.decide(entity, index, xml)
        if not undecided:
            return Parsed(first, [], {})
        begins = list(accumulate(index.lengths, initial=0))
        parser, lines, rejected = Parser(entity), [first], []
        for place, chunk in zip(undecided, chunks, strict=True):
            data = xml[begins[place] : begins[place + 1]]
            found = parse_one(parser, entity, index.ids[place], index.places[place], data)
            if isinstance(found, Rejected):
                rejected.append(found)
            else:
                lines.append(found)
            lines.append(chunk)
        return Parsed(b"".join(lines), rejected, parser.unknown())

    def decide(self, entity: Entity, index: PartIndex, xml: bytes) -> tuple[list[bytes], list[int]]:
        """The lines that the compiled code makes, in chunks; and the numbers of the records that it leaves undecided.

        One undecided record stands between two chunks.
        """
        chunks, undecided = _compiled.parse_part(entity, index.lengths, index.ids, xml)
        return chunks, undecided


class _Odd(NamedTuple):
    """A piece that is no record, or whose id does not stand where it always does.

    `before` is the number of records of its batch that stand before it in the stream.
    """

    before: int
    at: int
    stray: bool
    data: bytes


class NativeFileReader(StreamReader):
    """One pass over a file. A thread of its own reads ahead, by one batch."""

    def __init__(
        self,
        path: Path,
        entity: Entity,
        max_record_bytes: int,
        batch_records: int = BATCH_RECORDS,
        batch_bytes: int = BATCH_BYTES,
        limit: InflationLimit = USUAL_LIMIT,
    ) -> None:
        super().__init__()
        self._path, self._entity, self._limit = path, entity, limit
        self._cutting = native.Cutting(entity, max_record_bytes, batch_records, batch_bytes, PARSER_VERSION)

    @property
    def closed(self) -> bool:
        """Whether the closing root tag was seen at the end."""
        return bool(self._cutting.closed)

    def __iter__(self) -> Iterator[RecordBatch]:
        """Batches of records; the last may be small."""
        with self._path.open("rb") as file:
            self._inflation = Inflation(file, self._limit)
            yield from ahead(self._batches(self._inflation), depth=1)

    def _batches(self, chunks: Iterable[bytes]) -> Iterator[RecordBatch]:
        for chunk in chunks:
            for row in self._cutting.feed(chunk):
                yield self._batch(*row)
        yield self._batch(*self._cutting.end())

    def _batch(
        self, ids: list[int], places: list[int], lengths: list[int], raw: list[int], data: bytes, odd: list[Any]
    ) -> RecordBatch:
        index = PartIndex(ids=ids, raw=raw, lengths=lengths, places=places)
        return _with_odd(self._entity, index, data, [_Odd(*piece) for piece in odd])


def _with_odd(entity: Entity, index: PartIndex, data: bytes, odd: list[_Odd]) -> RecordBatch:
    """The batch of these records; where an odd piece is a record after all, all of it is put together anew."""
    if any(not piece.stray and record_id(entity, piece.data) is not None for piece in odd):
        return batch_of(entity, list(_in_order(index, data, odd)))
    return RecordBatch(index, data, [rejected_piece(ScannedPiece(piece.at, piece.data, piece.stray)) for piece in odd])


def _in_order(index: PartIndex, data: bytes, odd: list[_Odd]) -> Iterator[ScannedPiece]:
    """Records and odd pieces as they stand in the stream."""
    waiting = 0
    for number, (_, place, record) in enumerate(index.records(data)):
        while waiting < len(odd) and odd[waiting].before == number:
            yield ScannedPiece(odd[waiting].at, odd[waiting].data, odd[waiting].stray)
            waiting += 1
        yield ScannedPiece(place, record)
    yield from (ScannedPiece(piece.at, piece.data, piece.stray) for piece in odd[waiting:])
