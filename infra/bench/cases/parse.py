"""`linernotes bench parse`: a part in, NDJSON lines with their hashes out, on one core."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from functions.extract.parse.choose_engine import engine_of
from functions.extract.parse.engine import Engine
from functions.extract.records.part_index import PartIndex
from functions.runtime.entities import ENTITIES, Entity
from infra.bench.cases.discogskit import parse_rate
from infra.bench.harness.figures import Work, ratio
from infra.bench.harness.isolation import apart, one_core, peak_memory
from infra.bench.harness.plain_dump import write_plain
from infra.bench.harness.result import Result
from infra.synth.world import World

_SEED = 7
_LEAST_SECONDS = 3.0
_MAX_RECORD = 64 * 1024 * 1024
_PART = 8 * 1024 * 1024

Part = tuple[PartIndex, bytes]


class Timed(NamedTuple):
    """Records and bytes of XML a second, and the most memory in bytes that the process has held."""

    records: float
    xml_bytes: float
    peak: int


def bench_parse(engine: str, entities: tuple[Entity, ...], releases: int, against: str | None) -> Iterator[Result]:
    """Time parsing alone, entity by entity; `against` names what is timed on the same file besides."""
    peak = 0
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        world = World(_SEED, releases)
        for entity in entities or ENTITIES:
            path = Path(folder) / f"{entity}.xml.gz"
            write_plain(world, entity, path)
            ours = apart(time_parse, engine, entity, path)
            peak = max(peak, ours.peak)
            theirs = parse_rate(path, entity) if against else None
            compared = ratio(ours.records, theirs, "records") if theirs else None
            yield Result(f"parse, {engine}, {entity}", ours.records, "records/s", against, compared)
            yield Result(f"parse, {engine}, {entity}, XML", ours.xml_bytes / 1e6, "MB/s")
            if theirs:
                yield Result(f"parse, {against}, {entity}", theirs, "records/s")
    yield Result(f"parse, {engine}, peak memory", peak / 1e6, "MB")


def time_parse(engine: str, entity: Entity, path: Path) -> Timed:
    """Parse a file part by part, over and over until it has taken long enough; only parsing is timed.

    One part is in memory at a time, as in a worker. Called in a process of its own, the peak of memory is parsing's.
    """
    chosen = engine_of(engine)
    records, size, seconds = 0, 0, 0.0
    with one_core():
        while seconds < _LEAST_SECONDS:
            for index, xml in parts_of(chosen, entity, path):
                started = time.perf_counter()
                chosen.parse(entity, index, xml)
                seconds += time.perf_counter() - started
                records += len(index.ids)
                size += len(xml)
            Work(records, f"{entity} parsed")  # else it would go on for ever
    return Timed(Work(records, f"{entity} parsed").rate(seconds), Work(size, "XML parsed").rate(seconds), peak_memory())


def parts_of(engine: Engine, entity: Entity, path: Path) -> Iterator[Part]:
    """The file's records in parts of about 8 MiB, whole batches at a time."""
    index, data = PartIndex([], [], [], []), b""
    for batch in engine.read(path, entity, _MAX_RECORD):
        for name in ("ids", "raw", "lengths", "places"):
            getattr(index, name).extend(getattr(batch.index, name))
        data += batch.data
        if len(data) >= _PART:
            yield index, data
            index, data = PartIndex([], [], [], []), b""
    if index.ids:
        yield index, data
