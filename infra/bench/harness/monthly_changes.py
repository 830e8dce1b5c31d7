"""The month after a generated dump in which nothing changed, and what another month changed, counted from documents."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from functions.projection.projection import Row, project
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from infra.synth.files import clear_checksums, dump_folder, entity_file, file_name, latest_marker, write_json
from infra.synth.mutate import Changes

_sql = statements(__file__, "monthly_changes.sql")
#: A record and an edge of it: its kind, the other end, and the catalogue number that tells two apart.
Edge = tuple[Entity, int, str, object, str | None]


class Ids(msgspec.Struct):
    """What `synth` says of a month that it made from another."""

    entities: dict[Entity, Changes]

    @property
    def records(self) -> int:
        """Records that came, changed or went."""
        return sum(len(self.of(entity)) for entity in ENTITIES)

    def of(self, entity: Entity) -> list[int]:
        """Ids of an entity that came, changed or went."""
        changes = self.entities[entity]
        return [*changes.changed, *changes.new, *changes.removed, *changes.returned, *changes.repaired]


def unchanged_month(source: Path, out: Path, dump: str) -> None:
    """Write the newest generated dump of a folder once more, under another date."""
    marker = latest_marker(source)
    clear_checksums(out, dump)
    for entity in ENTITIES:
        shutil.copyfile(entity_file(source, marker.dump, entity), entity_file(out, dump, entity))
    write_json(out, dump, "SYNTHETIC.json", msgspec.structs.replace(marker, dump=dump))
    sums = (dump_folder(source, marker.dump) / file_name(marker.dump, "CHECKSUM.txt")).read_text()
    (dump_folder(out, dump) / file_name(dump, "CHECKSUM.txt")).write_text(sums.replace(marker.dump, dump))


def changes_of(folder: Path, dump: str) -> Ids:
    """The ids that `synth` changed in a month."""
    return msgspec.json.decode((dump_folder(folder, dump) / file_name(dump, "changes.json")).read_bytes(), type=Ids)


def edges_of(context: Context, ids: Ids) -> set[Edge]:
    """The edges that the documents of these records call for, as they are now."""
    with context.connection() as connection:
        return {
            edge
            for entity in ENTITIES
            for year, data in connection.execute(getattr(_sql, entity), {"ids": ids.of(entity)})
            for edge in _edges(entity, project(entity, data, year))
        }


def _edges(entity: Entity, row: Row) -> Iterator[Edge]:
    for name, found in row.items():
        for item in found if isinstance(found, list) else ():
            key, catno = (item["id"], item.get("catno")) if isinstance(item, dict) else (item, None)
            yield entity, row["id"], name, key, catno
