"""What hits are narrowed down by: facets, years, and releases that bear a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from functions.discover.search.query import Query
from functions.runtime.errors import RefusedError
from functions.runtime.stores.query_files import statements
from functions.search_entries.facets import LARGEST, NOTHING, Kind, facet, years

_sql = statements(__file__, "filters.sql")

#: The kinds that a person chooses from, in the order in which they are shown.
CHOSEN_BY: Final[tuple[Kind, ...]] = (
    *("type", "genre", "style", "decade", "original", "country", "family", "format", "label"),
)
#: Kinds whose values are numbers.
NUMBERED: Final[tuple[Kind, ...]] = ("decade", "original", "label")
#: Values of one kind that may be chosen.
MOST_VALUES: Final = 20
_LARGEST: Final = 2**63 - 1

#: Values chosen of a kind; a hit has one of them.
Chosen = Mapping[str, str | int | Sequence[str | int] | None]


class Filters(Struct, frozen=True):
    """What hits are limited to: facets that are all needed, groups of which each needs one, and those none may have.

    `releases` limits them to these releases, where it is not None.
    """

    every: tuple[int, ...] = ()
    any: tuple[tuple[int, ...], ...] = ()
    none: tuple[int, ...] = ()
    releases: tuple[int, ...] | None = None


def named_filters(values: Chosen) -> Filters:
    """The filters of values by the kind of their facet, as in `{"genre": ["Rock", "Jazz"], "label": 45}`.

    Raises:
        RefusedError: a decade or a label is no number, or there are too many values.
    """
    every, groups = list[int](), list[tuple[int, ...]]()
    for kind in CHOSEN_BY:
        numbers = tuple(dict.fromkeys(_facet(kind, value) for value in values_of(values, kind)))
        if len(numbers) > MOST_VALUES:
            raise RefusedError(f"{len(numbers)} values of {kind} are too many: {MOST_VALUES} are the most.")
        if len(numbers) == 1:
            every.append(numbers[0])
        elif numbers:
            groups.append(numbers)
    return Filters(tuple(every), tuple(groups))


def values_of(values: Chosen, kind: str) -> list[str | int]:
    """The values that are chosen of a kind."""
    chosen = values.get(kind)
    listed = [chosen] if isinstance(chosen, str | int) else chosen or []
    return [value for value in listed if value != ""]


def filters_of(query: Query, given: Filters, releases: tuple[int, ...] | None = None) -> Filters:
    """What hits are limited to by a search and beside it, and to these releases, where they are given."""
    ranges = [years("year", *query.years)] if query.years else []
    ranges += [years("original-year", *query.original_years)] if query.original_years else []
    return Filters(
        (*given.every, *query.facets),
        (*given.any, *ranges),
        (*given.none, *query.excluded_facets),
        given.releases if releases is None else releases,
    )


def filter_text(filters: Filters) -> str:
    """The conditions of a statement, for those that are given: an empty one would have the whole index read."""
    pieces = [_sql.every] if filters.every else []
    pieces += [_sql.any.replace("any_0", f"any_{place}") for place in range(len(filters.any))]
    pieces += [_sql.none] if filters.none else []
    pieces += [] if filters.releases is None else [_sql.releases]
    return " ".join(pieces)


def filter_values(filters: Filters) -> dict[str, Any]:
    """The parameters of these conditions."""
    groups = {f"any_{place}": list(group) for place, group in enumerate(filters.any)}
    return {
        "every": list(filters.every),
        "none": list(filters.none),
        "releases": list(filters.releases or ()),
        **groups,
    }


def _facet(kind: Kind, value: str | int) -> int:
    if kind not in NUMBERED:
        return facet(kind, str(value).replace("\0", ""))
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= _LARGEST):
        raise RefusedError(f"{text[:40]!r} is no {kind}: give a whole number.")
    number = int(text) if kind == "label" else int(text) // 10 * 10
    return facet(kind, number) if number <= LARGEST else NOTHING
