"""`linernotes bench parse`: a part in, NDJSON lines with their hashes out, on one core."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from functions.extract.engine import Engine, engine_of
from functions.extract.part_file import PartIndex
from functions.runtime.entities import ENTITIES, Entity
from infra.bench.core import one_core, peak_memory
from infra.bench.discogskit import parse_rate
from infra.bench.figure import Figure
from infra.synth.files import EntityWriter
from infra.synth.generate import RECORD_XML
from infra.synth.world import World

_SEED = 7
_LEAST_SECONDS = 3.0
_MAX_RECORD = 64 * 1024 * 1024
_PART = 8 * 1024 * 1024

Part = tuple[PartIndex, bytes]


def bench_parse(engine: str, entities: tuple[Entity, ...], releases: int, against: str | None) -> Iterator[Figure]:
    """Time parsing alone, entity by entity; `against` names what is timed on the same file besides."""
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        world = World(_SEED, releases)
        for entity in entities or ENTITIES:
            path = Path(folder) / f"{entity}.xml.gz"
            _write_plain(world, entity, path)
            with one_core():
                rate, bytes_a_second = time_parse(engine_of(engine), entity, path)
            theirs = parse_rate(path, entity) if against else None
            ratio = rate / theirs if theirs else None
            yield Figure(f"parse, {engine}, {entity}", rate, "records/s", against, ratio)
            yield Figure(f"parse, {engine}, {entity}, XML", bytes_a_second / 1e6, "MB/s")
            if theirs:
                yield Figure(f"parse, {against}, {entity}", theirs, "records/s")
    yield Figure(f"parse, {engine}, peak memory", peak_memory() / 1e6, "MB")


def _write_plain(world: World, entity: Entity, path: Path) -> None:
    """Records as generated, without the quirks that a parser of strict numbers refuses."""
    with EntityWriter(path, entity) as writer:
        for index in range(world.counts[entity]):
            writer.write(RECORD_XML[entity](world, index).encode())


def time_parse(engine: Engine, entity: Entity, path: Path) -> tuple[float, float]:
    """Records and bytes of XML a second, over all parts of a file as often as it takes."""
    parts = list(parts_of(engine, entity, path))
    records = sum(len(index.ids) for index, _ in parts)
    size = sum(len(xml) for _, xml in parts)
    rounds, started = 0, time.perf_counter()
    while (seconds := time.perf_counter() - started) < _LEAST_SECONDS or not rounds:
        for index, xml in parts:
            engine.parse(entity, index, xml)
        rounds += 1
    seconds = time.perf_counter() - started
    return records * rounds / seconds, size * rounds / seconds


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
