"""Both engines on the same bytes, in one form that can be compared."""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from functions.extract.parse.engine import Parsed, RecordBatch
from functions.extract.parse.lxml_engine import LxmlEngine, batch_of
from functions.extract.records.part_index import PartIndex
from functions.extract.records.quarantine import Rejected
from functions.extract.records.record_digest import record_id
from functions.extract.xml_stream.record_scanner import RecordScanner
from functions.runtime.entities import Entity

try:
    from functions.extract.parse.native_engine import NativeEngine, NativeFileReader
except ImportError as error:
    if os.environ.get("CI") == "true":
        raise
    pytest.skip(f"the native engine is not built, see `make native` ({error})", allow_module_level=True)

__all__ = ["NativeEngine", "NativeFileReader"]

#: Repeatable where nobody looks at the examples.
DERANDOMIZE = os.environ.get("CI") == "true"


class Cut(NamedTuple):
    """What a stream was cut into: id, digest, place and bytes of each record, and what was rejected."""

    records: list[tuple[int, int, int, bytes]]
    rejected: list[Rejected]
    closed: bool
    problem: str | None = None


def part(entity: Entity, records: list[bytes]) -> tuple[PartIndex, bytes]:
    """A part of these records, each with the id that its start tells; 0 where it tells none."""
    index = PartIndex(
        ids=[record_id(entity, record) or 0 for record in records],
        raw=[0] * len(records),
        lengths=[len(record) for record in records],
        places=[1_000 * number for number in range(len(records))],
    )
    return index, b"".join(records)


def parsed_by_lxml(entity: Entity, records: list[bytes]) -> Parsed:
    return LxmlEngine().parse(entity, *part(entity, records))


def parsed_by_native(entity: Entity, records: list[bytes]) -> tuple[Parsed, int]:
    """What the native engine makes of them, and how many it left undecided."""
    index, xml = part(entity, records)
    return NativeEngine().parse(entity, index, xml), len(NativeEngine().decide(entity, index, xml)[1])


def cut_by_lxml(entity: Entity, xml: bytes, limit: int, step: int = 32 * 1024) -> Cut:
    """The XML cut in chunks of `step` bytes."""
    scan = RecordScanner(entity, limit)
    pieces = list(scan.pieces(xml[at : at + step] for at in range(0, len(xml), step)))
    return cut([batch_of(entity, pieces)], closed=scan.closed)


def cut_by_native(entity: Entity, compressed: bytes, limit: int, records: int = 7, size: int = 5_000) -> Cut:
    """The file that these bytes make, read in small batches."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dump.xml.gz"
        path.write_bytes(compressed)
        reading = NativeFileReader(path, entity, limit, records, size)
        batches = list(reading)
        assert reading.read_bytes == len(compressed) or reading.problem
        return cut(batches, closed=reading.closed, problem=reading.problem)


def cut(batches: list[RecordBatch], *, closed: bool, problem: str | None = None) -> Cut:
    records = [row for batch in batches for row in rows(batch)]
    return Cut(records, [piece for batch in batches for piece in batch.rejected], closed, problem)


def rows(batch: RecordBatch) -> Iterator[tuple[int, int, int, bytes]]:
    found = list(batch.index.records(batch.data))
    assert len(batch.data) == sum(len(data) for _, _, data in found)
    for raw, (number, place, data) in zip(batch.index.raw, found, strict=True):
        yield number, raw, place, data


def compressed(xml: bytes, members: int = 1, level: int = 1) -> bytes:
    """The file of some XML, in one or more gzip members."""
    size = max(1, -(-len(xml) // members))
    return b"".join(gzip.compress(xml[at : at + size], level) for at in range(0, max(1, len(xml)), size))
