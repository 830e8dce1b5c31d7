"""What hits are narrowed down by: facets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from functions.discover.search.query import Query
from functions.runtime.errors import RefusedError
from functions.search_entries.facets import Kind, facet

#: The kinds that a person chooses from, in the order in which they are shown.
CHOSEN_BY: Final[tuple[Kind, ...]] = ("type", "genre", "style", "decade", "country", "family", "format", "label")
_LARGEST: Final = 2**63 - 1


class Filters(Struct, frozen=True):
    """What hits are limited to: facets that are all needed, of which one is, and of which none may be."""

    every: tuple[int, ...] = ()
    any: tuple[int, ...] = ()
    none: tuple[int, ...] = ()


def named_filters(values: Mapping[str, str | int | None]) -> Filters:
    """The filters of values by the kind of their facet, as in `{"genre": "Rock", "decade": 1970, "label": 45}`.

    Raises:
        RefusedError: a decade or a label is no number.
    """
    return Filters(tuple(_facet(kind, value) for kind in CHOSEN_BY if (value := values.get(kind)) not in (None, "")))


def filters_of(query: Query, given: Filters) -> Filters:
    """What hits are limited to by a search and beside it."""
    decades: tuple[int, ...] = ()
    if query.years:
        first, last = query.years
        decades = tuple(facet("decade", year) for year in range(first - first % 10, last + 1, 10))
    return Filters((*given.every, *query.facets), (*given.any, *decades), (*given.none, *query.excluded_facets))


def _facet(kind: Kind, value: str | int | None) -> int:
    if kind not in ("decade", "label"):
        return facet(kind, str(value))
    text = str(value)
    if not (text.isascii() and text.isdigit() and int(text) <= _LARGEST):
        raise RefusedError(f"{text[:40]!r} is no {kind}: give a whole number.")
    return facet(kind, int(text) // 10 * 10 if kind == "decade" else int(text))
