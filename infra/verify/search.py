"""Search entries: what each record is found by, by rules of this package's own, for a sample of the records.

How a text is cut into words and folded is shared with the loader by name (`functions.search_entries.words`): whoever
asks does it the same way. Which texts of a record count, with which weight, what it is filtered by and how well known
it is, are rules of their own here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from math import log2
from typing import Any, Final, NamedTuple

import xxhash

from functions.runtime.entities import ENTITIES, SINGULAR, Entity
from functions.search_entries.facets import family_of
from functions.search_entries.words import plain_name
from infra.verify.document import ExpectedDocument
from infra.verify.edges import year_of
from infra.verify.entry_words import Tracks, bare_name, words_by_place
from infra.verify.report import Findings, shown
from infra.verify.stores import Stores

_LONGEST_NAME: Final = 500
_MASK: Final = 2**27 - 1

_KINDS: Final = {
    "type": 0,
    "genre": 1,
    "style": 2,
    "decade": 3,
    "first decade": 4,
    "country": 5,
    "family": 6,
    "format": 7,
    "label": 8,
    "year": 9,
    "first year": 10,
}
#: The least prior of each table, the best known first.
_BOUNDS: Final = (56, 40, 20, -1)
#: How far beyond the bounds of its table an entry may lie before it moves.
_SLACK: Final = 2


class ExpectedEntry(NamedTuple):
    """What an entry is to say; `words` are as in `word:1A,17B`, those of whole names without places; lists in order."""

    name: str
    by_line: str
    plain: str
    words: list[str]
    facets: list[int]
    links: int


def entry_of(
    entity: Entity, document: ExpectedDocument, year: int | None, first_year: int | None, tracks: Tracks = "off"
) -> ExpectedEntry:
    """The entry of a record; `first_year` is its master's, where a release has one with a year."""
    name = document.get("name" if entity in ("artists", "labels") else "title", "")
    words = sorted(f"{word}:{places}" for word, places in words_by_place(entity, document, tracks).items())
    facets = sorted(set(_facets(entity, document, year, first_year)))
    short = name[:_LONGEST_NAME]
    return ExpectedEntry(
        short, _by_line(document), plain_name(bare_name(short)), words, facets, _links(entity, document)
    )


def prior_of(entity: Entity, degree: int, links: int) -> int:
    """How well known a record is: eight for each doubling of what names it."""
    weight = {"artists": degree + links, "labels": degree / 2 + links, "masters": 4 * degree + links}
    return round(8 * log2(1 + weight.get(entity, links / 8)))


def compare_entries(
    findings: Findings, stores: Stores, entity: Entity, documents: Mapping[int, tuple[ExpectedDocument, date]]
) -> None:
    """Note every difference between records and their entries; nothing while these are behind the documents."""
    if not documents:
        return
    ready = stores.has_all_entries()
    if not ready:
        behind = 0 if ready is None else len(documents)
        findings.quirks.update({"records whose search entries are still being made": behind} if behind else {})
        return
    stored: dict[int, list[Any]] = defaultdict(list)
    words, tracks = set[str](), stores.tracks()
    for row in stores.entries(ENTITIES.index(entity) + 1, list(documents)):
        stored[row[0]].append(row[1:])
    masters = stores.master_years([one.get("master_id", 0) for one, _ in documents.values()])
    for id_, (document, dump) in documents.items():
        findings.checked["search entries"] += 1
        who = f"{SINGULAR[entity]} {id_}"
        if len(stored[id_]) != 1:
            findings.found("search", f"{who} has {len(stored[id_]) or 'no'} search entries, expected one.")
            continue
        year = year_of(entity, document, dump) if entity in ("masters", "releases") else None
        first_year = masters.get(document.get("master_id", 0)) or year
        expected = entry_of(entity, document, year, first_year, tracks)
        words.update(word for word, _, places in (one.rpartition(":") for one in expected.words) if places)
        for sentence in _differences(entity, expected, stored[id_][0]):
            findings.found("search", f"{who}: {sentence}")
    for word in stores.words_beyond(sorted(words)):
        findings.found("search", f"the word {shown(word)} is not in the vocabulary.")


def compare_entries_count(findings: Findings, stores: Stores) -> None:
    """Note entries whose record is gone."""
    if stores.has_all_entries():
        for code, id_ in stores.entries_without_record():
            who = f"{SINGULAR[ENTITIES[code - 1]]} {id_}" if 1 <= code <= len(ENTITIES) else f"record {id_}"
            findings.found("search", f"{who} has a search entry or is in the sample of them, but has no row.")


def _differences(entity: Entity, expected: ExpectedEntry, row: Any) -> Iterator[str]:
    tier, prior, links, name, by_line, plain, words, facets, degree, is_sample, in_sample = row
    found = ExpectedEntry(name, by_line, plain, sorted(words), sorted(facets), links)
    for field, one, other in zip(ExpectedEntry._fields, expected, found, strict=True):
        if one != other:
            yield f"{field} of its search entry is {_other_than(one, other)}, expected {_other_than(other, one)}."
    if prior != prior_of(entity, degree, links):
        yield f"its search entry has the prior {prior}, expected {prior_of(entity, degree, links)}."
    highest = _BOUNDS[tier - 1] if tier else 1_000
    if not _BOUNDS[tier] - _SLACK <= prior < highest + _SLACK:
        yield f"its search entry lies in table {tier} with the prior {prior}."
    if is_sample != in_sample:
        yield "its search entry is not in the sample as it is to be."


def _other_than(one: Any, other: Any) -> str:
    """A value in a sentence; of a list what the other one has not."""
    if isinstance(one, list) and set(one) != set(other):
        return shown([value for value in other if value not in one])
    return shown(other)


def _facets(entity: Entity, document: ExpectedDocument, year: int | None, first_year: int | None) -> Iterator[int]:
    yield _named("type", SINGULAR[entity])
    for kind, field in (("genre", "genres"), ("style", "styles")):
        yield from (_named(kind, value) for value in document.get(field, []))
    if year:
        yield from (_KINDS["decade"] << 27 | year // 10 * 10, _KINDS["year"] << 27 | year)
    if first_year:
        yield from (_KINDS["first decade"] << 27 | first_year // 10 * 10, _KINDS["first year"] << 27 | first_year)
    if entity != "releases":
        return
    if country := document.get("country"):
        yield _named("country", country)
    for each in document.get("formats", []):
        if name := each.get("name"):
            yield _named("format", name)
            yield _named("family", family_of(name))
    for label in document.get("labels", []):
        if 0 < label.get("id", 0) <= _MASK:  # larger ones have no number
            yield _KINDS["label"] << 27 | label["id"]


def _named(kind: str, value: str) -> int:
    return _KINDS[kind] << 27 | xxhash.xxh32_intdigest(value.casefold().encode()) & _MASK


def _links(entity: Entity, document: ExpectedDocument) -> int:
    if entity == "artists":
        return sum(len(document.get(field, [])) for field in ("aliases", "groups", "members"))
    if entity == "labels":
        return len(document.get("sublabels", [])) + bool(document.get("parentLabel", {}).get("name"))
    if entity == "masters":
        return len(document.get("artists", []))
    named = {one.get("id", 0) for field in ("artists", "extraartists", "labels") for one in document.get(field, [])}
    return len(named - {0}) + bool(document.get("master_id", 0) > 0)


def _by_line(document: ExpectedDocument) -> str:
    if "title" not in document and "artists" not in document:
        return ""
    said = ""
    for artist in document.get("artists", []):
        join = artist.get("join", "").strip()
        said += (artist.get("anv") or bare_name(artist.get("name", ""))) + (", " if join in ("", ",") else f" {join} ")
    return said.rstrip(" ,")[:_LONGEST_NAME]


def ids_named(document: ExpectedDocument) -> Iterable[tuple[Entity, int]]:
    """Whose degree a release adds to: its artists and who is credited, its labels, its master; each once."""
    artists = {one.get("id", 0) for field in ("artists", "extraartists") for one in document.get(field, [])}
    labels = {one.get("id", 0) for one in document.get("labels", [])}
    yield from (("artists", id_) for id_ in artists - {0})
    yield from (("labels", id_) for id_ in labels - {0})
    if document.get("master_id", 0) > 0:
        yield "masters", document["master_id"]
