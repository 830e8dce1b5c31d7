"""`linernotes synth`: writes a dump that looks like the real one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from functions.runtime.entities import ENTITIES, Entity
from infra.synth.artist import artist_xml
from infra.synth.damage import damage_at, spoil
from infra.synth.files import (
    EntityWriter,
    Marker,
    Summary,
    clear_checksums,
    entity_file,
    refuse_later,
    write_checksums,
    write_json,
)
from infra.synth.label import label_xml
from infra.synth.master import master_xml
from infra.synth.quirks import quirky
from infra.synth.release import release_xml
from infra.synth.world import World

#: Called with the records written and all to be written.
Progress = Callable[[int, int], None]

DEFAULT_DUMP: Final = "20260901"
_TICK: Final = 1000
#: What makes a record of each entity, without its quirk.
RECORD_XML: Final[dict[Entity, Callable[[World, int], str]]] = {
    "artists": artist_xml,
    "labels": label_xml,
    "masters": master_xml,
    "releases": release_xml,
}


def write_dump(
    out: Path,
    *,
    releases: int,
    seed: int,
    dump: str = DEFAULT_DUMP,
    damage: bool = False,
    progress: Progress | None = None,
) -> Summary:
    """Writes a generated dump below `out`, in the layout of the real ones, CHECKSUM last.

    The same arguments give the same bytes. Memory does not grow with `releases`. `damage` adds records that belong
    in quarantine. A dump of that name in `out` is written over.

    Raises RefusedError if `out` holds a later generated month.
    """
    refuse_later(out, dump)
    world = World(seed, releases)
    clear_checksums(out, dump)
    facts, sums = {}, {}
    done, total = 0, sum(world.counts.values())
    for entity in ENTITIES:
        with EntityWriter(entity_file(out, dump, entity), entity) as writer:
            for index in range(world.counts[entity]):
                write_record(writer, world, index, damage=damage)
                if progress is not None and index % _TICK == 0:
                    progress(done + index, total)
        facts[entity], sums[entity] = writer.facts, writer.sha256
        done += world.counts[entity]
    write_json(
        out,
        dump,
        "SYNTHETIC.json",
        Marker(dump=dump, seed=seed, releases=releases, grown=releases, damage=damage),
    )
    write_checksums(out, dump, sums)
    if progress is not None:
        progress(total, total)
    return Summary(dump=dump, folder=str(out), entities=facts)


def record_text(world: World, entity: Entity, index: int) -> str:
    """A record as it is first written: with its quirk, without damage."""
    return quirky(entity, index, RECORD_XML[entity](world, index))


def write_record(writer: EntityWriter, world: World, index: int, *, damage: bool) -> None:
    """Writes a record by index, with its damage if there is to be any."""
    write_text(writer, index, record_text(world, writer.entity, index).encode(), damage=damage)


def write_text(writer: EntityWriter, index: int, record: bytes, *, damage: bool) -> None:
    """Writes a finished record, spoiled where its index calls for it and `damage` is on."""
    kind = damage_at(index) if damage else None
    if kind is None:
        writer.write(record)
        return
    spoiled, copy = spoil(kind, record)
    writer.write(spoiled)
    if copy is not None:
        writer.write_later(copy)
