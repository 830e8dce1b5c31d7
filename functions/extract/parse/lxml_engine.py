"""The lxml engine: Python and libxml2."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from functions.extract.parse.engine import BATCH_BYTES, BATCH_RECORDS, Parsed, RecordBatch
from functions.extract.parse.lxml_parser import BadRecord, Parser
from functions.extract.parse.stream_reader import StreamReader
from functions.extract.records.part_index import PartIndex
from functions.extract.records.quarantine import Rejected
from functions.extract.records.record import Record
from functions.extract.records.record_digest import raw_digest, record_id
from functions.extract.xml_stream.inflate import USUAL_LIMIT, Inflation, InflationLimit
from functions.extract.xml_stream.record_scanner import RecordScanner, ScannedPiece
from functions.runtime.entities import SINGULAR, Entity


class LxmlEngine:
    """Reads with `re`, parses with lxml."""

    def read(
        self, path: Path, entity: Entity, max_record_bytes: int, limit: InflationLimit = USUAL_LIMIT
    ) -> LxmlFileReader:
        """Cut a file into records with their ids and digests."""
        return LxmlFileReader(path, entity, max_record_bytes, limit=limit)

    def parse(self, entity: Entity, index: PartIndex, xml: bytes) -> Parsed:
        """Make the documents of a part."""
        parser = Parser(entity)
        lines, rejected = [], []
        for number, place, data in index.records(xml):
            found = parse_one(parser, entity, number, place, data)
            if isinstance(found, Rejected):
                rejected.append(found)
            else:
                lines.append(found)
        return Parsed(b"".join(lines), rejected, parser.unknown())


class LxmlFileReader(StreamReader):
    """One pass over a file."""

    def __init__(self, path: Path, entity: Entity, max_record_bytes: int, limit: InflationLimit = USUAL_LIMIT) -> None:
        super().__init__()
        self._path, self._entity, self._limit = path, entity, limit
        self._scan = RecordScanner(entity, max_record_bytes)

    @property
    def closed(self) -> bool:
        """Whether the closing root tag was seen at the end."""
        return self._scan.closed

    def __iter__(self) -> Iterator[RecordBatch]:
        """Batches of records; the last may be small."""
        with self._path.open("rb") as file:
            self._inflation = Inflation(file, self._limit)
            pieces: list[ScannedPiece] = []
            size = 0
            for piece in self._scan.pieces(self._inflation):
                pieces.append(piece)
                size += len(piece.data)
                if len(pieces) >= BATCH_RECORDS or size >= BATCH_BYTES:
                    yield batch_of(self._entity, pieces)
                    pieces, size = [], 0
            yield batch_of(self._entity, pieces)


def batch_of(entity: Entity, pieces: list[ScannedPiece]) -> RecordBatch:
    """The batch of some pieces of the stream."""
    index, rejected, kept = PartIndex([], [], [], []), [], []
    for piece in pieces:
        number = None if piece.stray else record_id(entity, piece.data)
        if number is None:
            rejected.append(rejected_piece(piece))
            continue
        kept.append(piece.data)
        index.ids.append(number)
        index.raw.append(raw_digest(piece.data))
        index.lengths.append(len(piece.data))
        index.places.append(piece.at)
    return RecordBatch(index, b"".join(kept), rejected)


def rejected_piece(piece: ScannedPiece) -> Rejected:
    """A piece that is no record, or that tells no id."""
    if piece.stray:
        return Rejected(piece.at, None, "stray-bytes", "bytes that belong to no record", piece.data)
    return Rejected(piece.at, None, "no-id", "no id from 0 to 2^63 - 1 can be made out", piece.data)


def parse_one(parser: Parser, entity: Entity, number: int, place: int, data: bytes) -> bytes | Rejected:
    """The line of one record, or why it makes no document."""
    found = _line_or_reason(parser, entity, number, place, data)
    parser.note_example(number)
    return found


def _line_or_reason(parser: Parser, entity: Entity, number: int, place: int, data: bytes) -> bytes | Rejected:
    try:
        record = parser.parse(data)
        if record.id != number:
            raise BadRecord("no-id", f"the record says {record.id} where its start says {number}")
    except BadRecord as error:
        return Rejected(place, number, error.reason, error.detail, data)
    return line_of(entity, record)


def line_of(entity: Entity, record: Record) -> bytes:
    """`{"type":"release","data":{…},"hash":"…"}` and a line feed; the hash is of the data as written."""
    data = msgspec.json.encode(record)
    return b'{"type":"%b","data":%b,"hash":"%b"}\n' % (
        SINGULAR[entity].encode(),
        data,
        hashlib.sha256(data).hexdigest().encode(),
    )
