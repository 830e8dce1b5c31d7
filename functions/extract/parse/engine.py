"""What an engine does. Two engines, one behaviour: equal batches, lines, rejected pieces, drift."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from functions.extract.limits.schema_drift import Unknown
from functions.extract.records.part_index import PartIndex
from functions.extract.records.quarantine import Rejected
from functions.extract.xml_stream.inflate import USUAL_LIMIT, InflationLimit
from functions.runtime.entities import Entity

#: Records and bytes after which a reading hands over what it has.
BATCH_RECORDS = 5_000
BATCH_BYTES = 4 * 1024 * 1024


class RecordBatch(Struct, frozen=True):
    """Records in stream order, their bytes end to end in `data`; and the pieces between them that are none."""

    index: PartIndex
    data: bytes
    rejected: list[Rejected]


class FileReader(Protocol):
    """One pass over a file.

    Attributes:
        read_bytes: compressed bytes read so far.
        problem: why the stream ended before its end, once it has; else None.
        note: what was unusual and does no harm, once the stream has ended; else None.
        closed: whether the closing root tag was seen, with nothing but white space behind it.
    """

    @property
    def read_bytes(self) -> int: ...

    @property
    def problem(self) -> str | None: ...

    @property
    def note(self) -> str | None: ...

    @property
    def closed(self) -> bool: ...

    def __iter__(self) -> Iterator[RecordBatch]: ...


class Parsed(Struct, frozen=True):
    """What a part's XML makes: NDJSON lines, records that make no document, and what the model does not know."""

    lines: bytes
    rejected: list[Rejected]
    drift: dict[str, Unknown]


class Engine(Protocol):
    """Reads files and parses parts."""

    def read(
        self, path: Path, entity: Entity, max_record_bytes: int, limit: InflationLimit = USUAL_LIMIT
    ) -> FileReader:
        """Cut a file into records with their ids and digests. `OSError` when it cannot be read."""
        ...

    def parse(self, entity: Entity, index: PartIndex, xml: bytes) -> Parsed:
        """Make the documents of a part."""
        ...
