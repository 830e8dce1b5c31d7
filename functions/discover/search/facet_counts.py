"""How many hits there are of each type, genre, style, decade, country, family of formats, format and label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct
from psycopg.errors import QueryCanceled

from functions.discover.search.filters import Filters, filters_of
from functions.discover.search.query import parse_query
from functions.discover.search.search import BY_WORDS, filter_text
from functions.discover.search.tsquery import tsquery
from functions.runtime.ledger.store import Connection
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.facets import FAMILIES, KINDS, Kind, facet, kind_of, value_of

_sql = statements(__file__, "search.sql")

#: Hits that are counted one by one; beyond, a count is of the best known so many.
EXACT_TO: Final = 10_000
_BUDGET_MS: Final = 800
#: Values that are told of a kind.
_MOST: Final = 30
_NAMES_S: Final = 60.0
_DATA_KINDS: Final = ("genre", "style", "country", "format")


class FacetCount(Struct, frozen=True):
    """A value that hits have, and how many have it."""

    value: str
    count: int
    label: int | None = None


class FacetCounts(Struct, frozen=True):
    """Counts by kind, the most first. `exact` is false where there are more hits than are counted, or time ran out."""

    counts: dict[str, list[FacetCount]]
    hits: int
    exact: bool


def facet_counts(context: Context, text: str, filters: Filters | None = None) -> FacetCounts:
    """Count what a search finds by every kind of facet, those of the filters given."""
    query = parse_query(text)
    wanted = filters_of(query, filters or Filters())
    counted, hits, exact = Counter[int](), 0, True
    with context.connection() as connection:
        try:
            with connection.transaction():
                connection.execute(_sql.settings, {"milliseconds": str(_BUDGET_MS)})
                for rows in _rows(connection, tsquery(query.terms), wanted):
                    hits += len(rows)
                    for (facets,) in rows:
                        counted.update(facets)
                    exact = hits < EXACT_TO
        except QueryCanceled:
            exact = False
    return FacetCounts(_named(context, counted), hits, exact)


def _rows(connection: Connection, query: str, wanted: Filters) -> Iterator[list[tuple[Any, ...]]]:
    """The facets of hits, table by table, until there are as many as are counted."""
    values = {"facets": list(wanted.every), "any": list(wanted.any), "none": list(wanted.none), "query": query}
    left = EXACT_TO
    for tier in range(4):
        statement = getattr(_sql, f"facets_{tier}").replace("{filters}", filter_text(wanted))
        if not query:
            statement = statement.replace(BY_WORDS, "true")
        rows = connection.execute(statement, {**values, "candidates": left}, prepare=False).fetchall()
        yield rows
        left -= len(rows)
        if left <= 0:
            return


def _named(context: Context, counted: Counter[int]) -> dict[str, list[FacetCount]]:
    names = context.memory.recall("facet-names", _NAMES_S, lambda: _names(context))
    found: dict[str, list[FacetCount]] = {kind: [] for kind in KINDS if kind != "original"}
    for number, count in counted.most_common():
        kind = kind_of(number)
        if kind in found and len(found[kind]) < _MOST and (value := _value(kind, number, names)) is not None:
            found[kind].append(FacetCount(value, count, value_of(number) if kind == "label" else None))
    return _with_labels(context, found)


def _value(kind: Kind, number: int, names: Mapping[int, str]) -> str | None:
    return str(value_of(number)) if kind in ("decade", "label") else names.get(number)


def _names(context: Context) -> dict[int, str]:
    with context.connection() as connection:
        rows = connection.execute(_sql.facet_names).fetchall()
    names = {facet(kind, key): key for kind, key in rows if kind in _DATA_KINDS}
    names |= {facet("type", name): name for name in ("artist", "label", "master", "release")}
    return names | {facet("family", name): name for name in FAMILIES}


def _with_labels(context: Context, found: dict[str, list[FacetCount]]) -> dict[str, list[FacetCount]]:
    """Labels by their names; one without a document by its number."""
    ids = [one.label for one in found["label"]]
    if ids:
        with context.connection() as connection:
            names = dict(connection.execute(_sql.label_names, {"ids": ids}).fetchall())
        found["label"] = [FacetCount(names.get(one.label) or one.value, one.count, one.label) for one in found["label"]]
    return found
