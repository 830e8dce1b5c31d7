"""One small file read by the loader, with each engine, and by the comparison: what each of them makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import orjson

from functions.extract.parse.engine import Engine
from functions.extract.parse.lxml_engine import LxmlEngine, batch_of
from functions.extract.xml_stream.record_scanner import RecordScanner
from functions.runtime.entities import Entity
from infra.verify.document import Damaged, canonical, document_of, repaired, tree_of
from infra.verify.quarantine_check import damage_of
from infra.verify.record_splitter import RecordSplitter


class Read(NamedTuple):
    """What a reader makes of a file: each record's id and document (none where it makes none), and whether the file is
    whole."""

    records: list[tuple[int, bytes | None]]
    whole: bool

    @property
    def ids(self) -> list[int]:
        """The ids of the records that make documents."""
        return [number for number, document in self.records if document]


def by_loader(entity: Entity, xml: bytes, limit: int = 1_000_000, step: int = 1 << 20) -> Read:
    """The file as the lxml engine loads it."""
    scan = RecordScanner(entity, limit)
    batch = batch_of(entity, list(scan.pieces(xml[at : at + step] for at in range(0, len(xml), step))))
    made = documents(LxmlEngine(), entity, batch.index, batch.data)
    return Read(_first(made), scan.closed and not batch.rejected)


def by_engine(engine: Engine, entity: Entity, path: Path, limit: int = 1_000_000) -> Read:
    """The file as an engine loads it."""
    reading = engine.read(path, entity, limit)
    made, rejected = [], 0
    for batch in reading:
        made += documents(engine, entity, batch.index, batch.data)
        rejected += len(batch.rejected)
    return Read(_first(made), reading.closed and not reading.problem and not rejected)


def documents(engine: Engine, entity: Entity, index, data) -> list[tuple[int, bytes | None]]:
    parsed = engine.parse(entity, index, data)
    bad = {piece.stream_at for piece in parsed.rejected}
    lines = iter(parsed.lines.splitlines())
    return [
        (number, None if place in bad else canonical(orjson.loads(next(lines))["data"]))
        for number, place in zip(index.ids, index.places, strict=True)
    ]


def by_comparison(entity: Entity, xml: bytes, limit: int = 1_000_000, step: int = 1 << 20) -> Read:
    """The file as `verify` reads it."""
    cutter = RecordSplitter(entity, limit)
    pieces = [piece for at in range(0, len(xml), step) for piece in cutter.feed(xml[at : at + step])]
    made: list[tuple[int, bytes | None]] = []
    unknown = 0
    for piece in [*pieces, *cutter.finish()]:
        try:
            if piece.kind != "record":
                raise Damaged(piece.kind)
            document = document_of(entity, tree_of(repaired(piece.data)[0]))
            made.append((document["id"], canonical(document)))
        except Damaged as error:
            number = damage_of(entity, piece, str(error)).id
            unknown += number is None
            made += [(number, None)] if number is not None else []
    return Read(_first(made), cutter.closed and not unknown)


def _first(records: list[tuple[int, bytes | None]]) -> list[tuple[int, bytes | None]]:
    """Of several records of one id, the first counts."""
    seen: set[int] = set()
    return [row for row in records if not (row[0] in seen or seen.add(row[0]))]  # type: ignore[func-returns-value]
