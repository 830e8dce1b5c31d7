"""The plan of a month: which records change, come, go and come back. Decided by hash, without looking at the dump."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import Final

from msgspec import Struct

from functions.runtime.entities import CODE, ENTITIES, Entity
from infra.synth.damage import damaged_indices
from infra.synth.dangling_references import Gone
from infra.synth.files import Marker
from infra.synth.seeded_random import mix, share
from infra.synth.world import GROUP, World

#: For each changed record, how many are new and how many go; and which share of those gone comes back.
_NEW, _REMOVED, _RETURNED, _CLEANED = 0.5, 0.1, 0.4, 0.5
_PICK, _BACK, _CLEAN = 41, 42, 43
_MONTHS: Final = 12


class Plan(Struct, frozen=True):
    """Indices of one entity. `again` are known records to be written anew, as a new one is bound to them."""

    known: int  # indices below this existed before, if they were not removed
    total: int
    removed: frozenset[int]
    returned: frozenset[int]
    still_gone: frozenset[int]
    again: frozenset[int]
    damaged: frozenset[int]  # in the source: their text is of no use


class Month(Struct, frozen=True):
    salt: int
    changed: float
    plans: dict[Entity, Plan]
    gone: Gone

    def changes(self, entity: Entity, index: int) -> bool:
        """Whether a known record gets an edit; at least one of each entity does."""
        plan = self.plans[entity]
        if index == mix(self.salt, CODE[entity]) % plan.known:
            return True
        return _REMOVED * self.changed <= share(self.salt, _PICK, CODE[entity], index) < 1.1 * self.changed


def grown(marker: Marker, changed: float, *, edits_only: bool = False) -> int:
    """Releases ever made after the coming month: at least a group more, so that every entity has something new."""
    return marker.grown + (0 if edits_only else max(GROUP, round(marker.grown * changed * _NEW)))


def plan_month(
    marker: Marker, world: World, seed: int, dump: str, changed: float, *, edits_only: bool = False
) -> Month:
    """The plan of the month `dump` after the one of `marker`; `world` has grown already."""
    salt = mix(seed & 0xFFFFFFFFFFFFFFFF, int(dump))
    before = World(marker.seed, marker.releases, marker.grown)
    plans = {entity: _plan(entity, marker, before, world, salt, changed, edits_only=edits_only) for entity in ENTITIES}
    return Month(salt=salt, changed=changed, plans=plans, gone=_gone(salt, world, plans))


def _plan(
    entity: Entity, marker: Marker, before: World, world: World, salt: int, changed: float, *, edits_only: bool
) -> Plan:
    known = before.counts[entity]
    gone = frozenset(map(World.index, marker.removed.get(entity, ())))
    returned = frozenset(() if edits_only else _returned(entity, gone, salt))
    damaged = frozenset(damaged_indices(known)) if marker.damage else frozenset()
    removed = frozenset(() if edits_only else _removed(entity, known, gone | damaged, salt, changed))
    arrivals = (*returned, *range(known, world.counts[entity]))
    return Plan(
        known=known,
        total=world.counts[entity],
        removed=removed,
        returned=returned,
        still_gone=(gone - returned) | removed,
        again=frozenset(_bound(entity, world, arrivals)) - gone - removed - damaged,
        damaged=damaged - gone,
    )


def _returned(entity: Entity, gone: Set[int], salt: int) -> Iterator[int]:
    """At least one if any is gone."""
    for place, index in enumerate(sorted(gone)):
        if place == 0 or share(salt, _BACK, CODE[entity], index) < _RETURNED:
            yield index


def _removed(entity: Entity, known: int, spared: Set[int], salt: int, changed: float) -> Iterator[int]:
    """A tenth of the share of changes, at least one."""
    limit = _REMOVED * changed
    sure = (mix(salt, CODE[entity]) + 1) % known
    for index in range(known):
        if (index == sure or share(salt, _PICK, CODE[entity], index) < limit) and index not in spared:
            yield index


def _bound(entity: Entity, world: World, arrivals: Iterable[int]) -> Iterator[int]:
    for index in arrivals:
        if entity == "artists":
            relations = world.relations(index)
            yield from (*relations.members, *relations.groups, *relations.aliases)
        elif entity == "labels":
            parent = world.parent_label(index)
            yield from (*world.sublabels(index), *(() if parent is None else (parent,)))


def _gone(salt: int, world: World, plans: dict[Entity, Plan]) -> Gone:
    """Of the records that go, about half are cleaned out of the others; to the rest references dangle."""

    def cleaned(entity: Entity) -> frozenset[int]:
        indices = plans[entity].removed
        return frozenset(world.id(entity, i) for i in indices if share(salt, _CLEAN, CODE[entity], i) < _CLEANED)

    return Gone(artists=cleaned("artists"), labels=cleaned("labels"), masters=cleaned("masters"))


def next_month(dump: str) -> str:
    """`20261201` → `20270101`: the first of the month after."""
    year, month = int(dump[:4]), int(dump[4:6])
    return f"{year + month // _MONTHS}{month % _MONTHS + 1:02}01"
