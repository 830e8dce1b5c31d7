"""Numbers in a search: releases that bear what was typed as a barcode, a catalogue number or the like."""

from __future__ import annotations

import time
from typing import Final, NamedTuple

from msgspec import Struct

from functions.discover.lookup.read import Hit, look_up
from functions.discover.search.query import Query
from functions.identifiers.normal_form import Kind
from functions.identifiers.recognise import recognise
from functions.runtime.stores.context import Context

_KINDS: Final[dict[str, Kind | None]] = {"barcode": "barcode", "catno": "catno", "matrix": "matrix", "identifier": None}
#: Releases that a field for a number may find, and those that are shown above the words.
_MOST, _SHOWN = 500, 10
_SHORTEST: Final = 4
#: Seconds that looking up all numbers of fields may take.
BUDGET_S: Final = 1.0


class Bearer(Struct, frozen=True):
    """A release that bears the number: as which kind, as it is written there, and how that is what was typed."""

    id: int
    title: str
    url: str
    by: str
    year: int | None
    country: str | None
    label: str
    catno: str
    format: str
    kind: Kind
    written: str
    how: str


class Releases(NamedTuple):
    """Releases by their ids, None where any may be meant; `partial` says that time ran out before all was seen."""

    ids: tuple[int, ...] | None
    partial: bool = False


class Bearers(NamedTuple):
    """Releases that bear a number; `partial` says that time ran out before all was seen."""

    found: list[Bearer]
    partial: bool = False


def releases_with(context: Context, query: Query) -> Releases:
    """The releases that bear every number that fields of a search ask for; any where none does."""
    found: set[int] | None = None
    is_partial, deadline = False, time.monotonic() + BUDGET_S
    for field, value in query.numbers:
        seconds = max(deadline - time.monotonic(), 0.0)
        looked_up = look_up(context, value, _MOST, kind=_KINDS[field], seconds=seconds)
        hits = {hit.id for hit in _best(looked_up.hits)}
        found = hits if found is None else found & hits
        is_partial |= looked_up.partial
        if not found:
            break
    return Releases(None if found is None else tuple(sorted(found)), is_partial)


def bearers_of(context: Context, query: Query) -> Bearers:
    """Releases that bear the whole of what was typed, where it looks like a number on a record."""
    if not _looks_like_a_number(query):
        return Bearers([])
    found = look_up(context, query.text, 2 * _SHOWN, prefixes=False)
    return Bearers([_bearer(hit) for hit in _best(found.hits)[:_SHOWN]], found.partial)


def _best(hits: list[Hit]) -> list[Hit]:
    """Those that bear exactly the number; where none does, those that bear one like it."""
    return [hit for hit in hits if hit.matches[0].how in ("exact", "check-digit")] or hits


def _looks_like_a_number(query: Query) -> bool:
    letters = [one for one in query.text if one.isalnum()]
    if len(letters) < _SHORTEST or not any(map(str.isdigit, letters)) or query.understood_fields:
        return False
    return any(reading.sureness in ("sure", "likely") for reading in recognise(query.text))


def _bearer(hit: Hit) -> Bearer:
    match = hit.matches[0]
    return Bearer(
        hit.id,
        hit.title or "",
        hit.url,
        hit.artists,
        hit.year,
        hit.country,
        hit.label,
        hit.catno,
        hit.format,
        match.kind,
        match.written,
        match.how,
    )
