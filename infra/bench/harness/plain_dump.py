"""Generated files without quirks: what a parser of strict numbers accepts, too."""

from __future__ import annotations

from pathlib import Path

from functions.runtime.entities import Entity
from infra.synth.files import EntityWriter, Marker, clear_checksums, entity_file, write_checksums, write_json
from infra.synth.generate import DEFAULT_DUMP, RECORD_XML
from infra.synth.world import World


def write_plain(world: World, entity: Entity, path: Path) -> EntityWriter:
    """All records of an entity as generated, without their quirks; the writer tells what was written."""
    with EntityWriter(path, entity) as writer:
        for index in range(world.counts[entity]):
            writer.write(RECORD_XML[entity](world, index).encode())
    return writer


def write_plain_releases(root: Path, releases: int, seed: int) -> tuple[Path, int]:
    """A dump of releases alone, whose other files are missing; its one file, and the bytes of XML in it."""
    clear_checksums(root, DEFAULT_DUMP)
    path = entity_file(root, DEFAULT_DUMP, "releases")
    writer = write_plain(World(seed, releases), "releases", path)
    marker = Marker(dump=DEFAULT_DUMP, seed=seed, releases=releases, grown=releases, damage=False)
    write_json(root, DEFAULT_DUMP, "SYNTHETIC.json", marker)
    write_checksums(root, DEFAULT_DUMP, {"releases": writer.sha256})
    return path, writer.facts.xml_bytes
