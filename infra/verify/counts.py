"""How many releases and masters there are of each genre, style, format, country and year, counted from the dump.

Those of a label are as many as its degree, which is counted from the dump as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from functions.runtime.entities import Entity
from infra.verify.document import ExpectedDocument
from infra.verify.edges import part_of
from infra.verify.report import Findings, shown
from infra.verify.stores import Stores

#: Of what, which value, and of which entity.
Counted = tuple[str, str, Entity]

#: Between a style and the genre that it is a part of.
_BETWEEN: Final = "\x1f"


def counted_of(entity: Entity, document: ExpectedDocument, year: int | None) -> Iterator[Counted]:
    """What a release or a master counts for, each once, but for its labels."""
    if entity not in ("masters", "releases"):
        return
    genres, styles = dict.fromkeys(document.get("genres", [])), dict.fromkeys(document.get("styles", []))
    yield from (("genre", genre, entity) for genre in genres)
    yield from (("style", style, entity) for style in styles)
    for style, genre in dict.fromkeys(part_of(entity, document)):
        yield "part_of", f"{style}{_BETWEEN}{genre}", entity
    if year is not None:
        yield "year", str(year), entity
    if entity == "releases":
        names = dict.fromkeys(one["name"] for one in document.get("formats", []) if "name" in one)
        yield from (("format", name, entity) for name in names)
        if "country" in document:
            yield "country", document["country"], entity


def compare_counts(findings: Findings, stores: Stores, expected: Counter[Counted]) -> None:
    """Note every count that is not what the dump says; nothing while they are not yet brought up to a run."""
    if not stores.has_all_counts():
        return
    left = Counter(expected)
    for kind, key, releases, masters in stores.counts():
        findings.checked["counts"] += 1
        counts: dict[Entity, int] = {"releases": releases, "masters": masters}
        for entity, count in counts.items():
            wanted = left.pop((kind, key, entity), 0)
            if count != wanted:
                findings.found("counts", f"{kind} {shown(key)} counts {count} {entity}, expected {wanted}.")
    for (kind, key, entity), wanted in sorted(left.items()):
        findings.found("counts", f"{kind} {shown(key)} counts no {entity}, expected {wanted}.")
    if stores.has_all_facts():
        for label, found, degree in stores.wrong_label_counts():
            findings.found("counts", f"label {label} counts {found or 0} releases, expected {degree or 0}.")
