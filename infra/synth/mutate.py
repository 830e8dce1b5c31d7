"""`linernotes synth --mutate-from`: the next month of a generated dump, and a JSON file that says what changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from isal import igzip
from msgspec import Struct, field, structs

from functions.runtime.entities import CODE, ENTITIES, SINGULAR, Entity
from functions.runtime.errors import SourceError
from infra.synth.damage import damage_at, record_end
from infra.synth.dangling_references import cleaned
from infra.synth.files import (
    EntityWriter,
    Marker,
    Summary,
    clear_checksums,
    dump_folder,
    entity_file,
    file_name,
    latest_marker,
    write_checksums,
    write_json,
)
from infra.synth.generate import Progress, record_text, write_text
from infra.synth.month_plan import Month, grown, next_month, plan_month
from infra.synth.monthly_edits import edited
from infra.synth.seeded_random import Dice, mix
from infra.synth.world import World

_BLOCK: Final = 1 << 20
_TICK: Final = 1000
_EDIT_SALT: Final = 51


class Changes(Struct):
    """Ids of one entity, ascending; each is in one list, save that `same_edges` is a part of `changed`.

    `same_edges` holds those whose graph edges surely stay as they were. `repaired` were damaged in the month before,
    and stand here as they were first made. `damaged` are in this month, with their kind.
    """

    changed: list[int] = field(default_factory=list)
    same_edges: list[int] = field(default_factory=list)
    new: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)
    repaired: list[int] = field(default_factory=list)
    damaged: dict[str, str] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        return {name: len(getattr(self, name)) for name in self.__struct_fields__}


def mutate_dump(
    source: Path,
    out: Path,
    *,
    changed: float,
    seed: int,
    dump: str | None = None,
    damage: bool = False,
    edits_only: bool = False,
    progress: Progress | None = None,
) -> Summary:
    """Writes the month after the newest generated dump below `source` to `out`, which may be the same folder.

    `changed` is the share of records that get an edit (0.01: one in a hundred); half as many are new, a tenth as many
    go, and of those gone before some come back, unless `edits_only` says that nothing comes or goes.
    `discogs_<date>_changes.json` beside the files lists them all.

    Raises SourceError if there is no generated dump, or a file of it is missing or ends too early.
    """
    marker = latest_marker(source)
    dump = dump or next_month(marker.dump)
    if dump <= marker.dump:
        raise SourceError(f"The month {dump} is not after {marker.dump}, the dump it is to be made from.")
    world = World(marker.seed, marker.releases, grown(marker, changed, edits_only=edits_only))
    month = plan_month(marker, world, seed, dump, changed, edits_only=edits_only)
    clear_checksums(out, dump)
    facts, sums, changes = {}, {}, {}
    done, total = 0, sum(plan.total for plan in month.plans.values())
    for entity in ENTITIES:
        mutation = _Mutation(world, month, entity, damage=damage)
        tick = _ticker(progress, done, total)
        with EntityWriter(entity_file(out, dump, entity), entity) as writer:
            mutation.run(_records(source, marker.dump, entity), writer, tick)
        facts[entity], sums[entity], changes[entity] = writer.facts, writer.sha256, mutation.changes
        done += month.plans[entity].total
    _write_changes(out, marker, month, dump, changes)
    write_json(out, dump, "SYNTHETIC.json", _next_marker(marker, world, month, dump, damage=damage))
    write_checksums(out, dump, sums)
    tick(month.plans[ENTITIES[-1]].total)
    counts = {entity: changes[entity].counts() for entity in ENTITIES}
    return Summary(dump=dump, folder=str(out), entities=facts, changes=counts)


def _ticker(progress: Progress | None, before: int, total: int) -> Callable[[int], None]:
    """Reports the records of one entity after those `before` it."""
    if progress is None:
        return lambda _: None
    return lambda number: progress(before + number, total)


def _write_changes(out: Path, marker: Marker, month: Month, dump: str, changes: dict[Entity, Changes]) -> None:
    content: dict[str, Any] = {"dump": dump, "made_from": marker.dump, "changed": month.changed, "entities": changes}
    write_json(out, dump, "changes.json", content)


def _next_marker(marker: Marker, world: World, month: Month, dump: str, *, damage: bool) -> Marker:
    removed = {
        entity: sorted(world.id(entity, index) for index in plan.still_gone) for entity, plan in month.plans.items()
    }
    return structs.replace(
        marker,
        dump=dump,
        grown=world.counts["releases"],
        damage=damage,
        made_from=marker.dump,
        removed=removed,
    )


class _Mutation:
    """One entity on its way from a month to the next."""

    def __init__(self, world: World, month: Month, entity: Entity, *, damage: bool) -> None:
        self.world, self.month, self.entity, self.damage = world, month, entity, damage
        self.plan = month.plans[entity]
        self.changes = Changes()

    def run(self, records: Iterator[tuple[int, bytes]], writer: EntityWriter, tick: Callable[[int], None]) -> None:
        """Writes all records of the new month in the order of their ids."""
        inserts = sorted(self.plan.returned | self.plan.damaged, reverse=True)
        for number, (index, record) in enumerate(records):
            while inserts and inserts[-1] < index:
                self._insert(inserts.pop(), writer)
            if index not in self.plan.damaged:
                self._carry(index, record, writer)
            if number % _TICK == 0:
                tick(number)
        for index in (*reversed(inserts), *range(self.plan.known, self.plan.total)):
            self._insert(index, writer)

    def _insert(self, index: int, writer: EntityWriter) -> None:
        """A record that the source does not have, or not in a form to go on with."""
        if index >= self.plan.known:
            self._note(index, self.changes.new)
        else:
            self._note(index, self.changes.returned if index in self.plan.returned else self.changes.repaired)
        self._write(index, self._made(index), writer)

    def _carry(self, index: int, record: bytes, writer: EntityWriter) -> None:
        """A record of the source: dropped, changed or as it was."""
        if index in self.plan.removed:
            self.changes.removed.append(self.world.id(self.entity, index))
            return
        before = record.decode()
        after, same_edges = self._next(index, before)
        if after != before:
            self._note(index, self.changes.changed)
            if same_edges:
                self._note(index, self.changes.same_edges)
        self._write(index, after, writer)

    def _next(self, index: int, before: str) -> tuple[str, bool]:
        """The text of a record in the new month, and whether its edges are the same."""
        if index in self.plan.again:
            return self._made(index), False
        clean = cleaned(self.entity, before, self.month.gone)
        if not self.month.changes(self.entity, index):
            return clean, False
        dice = Dice(mix(self.month.salt, _EDIT_SALT, CODE[self.entity], index))
        after, edges = edited(self.world, self.entity, index, clean, dice)
        return after, clean == before and not edges

    def _made(self, index: int) -> str:
        return cleaned(self.entity, record_text(self.world, self.entity, index), self.month.gone)

    def _note(self, index: int, ids: list[int]) -> None:
        """Lists a record, unless it is to be damaged: what a loader makes of that is another matter."""
        if self._kind(index) is None:
            ids.append(self.world.id(self.entity, index))

    def _kind(self, index: int) -> str | None:
        return damage_at(index) if self.damage else None

    def _write(self, index: int, record: str, writer: EntityWriter) -> None:
        kind = self._kind(index)
        if kind is not None:
            self.changes.damaged[str(self.world.id(self.entity, index))] = kind
        write_text(writer, index, record.encode(), damage=self.damage)


def _records(root: Path, dump: str, entity: Entity) -> Iterator[tuple[int, bytes]]:
    """Index and bytes of each record of a generated file; one without an id is left out."""
    path = entity_file(root, dump, entity)
    if not path.is_file():
        raise SourceError(f"{file_name(dump, f'{entity}.xml.gz')} is missing in {dump_folder(root, dump)}.")
    end = record_end(entity)
    found_id = re.compile(rf'<{SINGULAR[entity]}(?: id="|><id>)(\d+)'.encode())
    rest = b""
    with igzip.IGzipFile(path, "rb") as file:  # type: ignore[no-untyped-call]
        while block := file.read(_BLOCK):
            *records, rest = (rest + block).split(end)
            for record in records:
                found = found_id.search(record, 0, 64)
                if found is not None:
                    yield World.index(int(found[1])), record[found.start() :] + end[:-1]
    if rest != f"</{entity}>\n".encode():
        raise SourceError(f"{path} ends before its root tag does.")
