"""How many releases name an artist, a label or a master: counted from the dump, all of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import Final

from functions.runtime.entities import ENTITIES, SINGULAR, Entity
from infra.verify.report import Findings
from infra.verify.stores import Stores

_PAGE: Final = 1 << 14


class Degrees:
    """Counts by entity and id, in pages of numbers: ids lie close together, and there are millions."""

    def __init__(self) -> None:
        self._pages: dict[tuple[Entity, int], array[int]] = {}

    def add(self, named: Iterable[tuple[Entity, int]]) -> None:
        """Count each of these once."""
        for entity, id_ in named:
            self._page(entity, id_)[id_ % _PAGE] += 1

    def add_counts(self, counts: Iterable[tuple[tuple[Entity, int], int]]) -> None:
        """Add what another has counted."""
        for (entity, id_), count in counts:
            self._page(entity, id_)[id_ % _PAGE] += count

    def take(self, entity: Entity, id_: int) -> int:
        """The count of one, which is forgotten."""
        page = self._pages.get((entity, id_ // _PAGE))
        if page is None:
            return 0
        count, page[id_ % _PAGE] = page[id_ % _PAGE], 0
        return count

    def left(self) -> Iterator[tuple[Entity, int, int]]:
        """What was not taken."""
        for (entity, number), page in self._pages.items():
            yield from ((entity, number * _PAGE + place, count) for place, count in enumerate(page) if count)

    def _page(self, entity: Entity, id_: int) -> array[int]:
        key = entity, id_ // _PAGE
        page = self._pages.get(key)
        if page is None:
            page = self._pages[key] = array("q", bytes(8 * _PAGE))
        return page


def compare_degrees(findings: Findings, stores: Stores, expected: Degrees) -> None:
    """Note every degree that is not what the releases say; nothing while they are behind."""
    if not stores.has_all_facts():
        return
    for code, id_, degree in stores.degrees():
        entity = ENTITIES[code - 1]
        findings.checked["degrees"] += 1
        wanted = expected.take(entity, id_)
        if degree != wanted:
            findings.found("search", f"{SINGULAR[entity]} {id_} has the degree {degree}, expected {wanted}.")
    for entity, id_, count in expected.left():
        findings.found("search", f"{SINGULAR[entity]} {id_} has no degree, expected {count}.")
