"""How many hits there are of each type, genre, style, decade, country, family of formats, format and label."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from msgspec import Struct
from psycopg.errors import QueryCanceled

from functions.discover.release_links.names import label_names
from functions.discover.search.candidates import BY_WORDS
from functions.discover.search.filters import (
    CHOSEN_BY,
    Chosen,
    Filters,
    filter_text,
    filter_values,
    filters_of,
    named_filters,
    values_of,
)
from functions.discover.search.numbers import releases_with
from functions.discover.search.query import Query, parse_query
from functions.discover.search.state import is_settled, notice_of_state
from functions.discover.search.tsquery import tsquery
from functions.discover.time_limit import TimeLimit
from functions.runtime.ledger.store import Connection
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.facets import FAMILIES, Kind, facet, kind_of, value_of
from functions.search_entries.words import name_of

_sql = statements(__file__, "search.sql")

#: Hits that are counted one by one; beyond, counts are estimated by one entry in a hundred.
EXACT_TO: Final = 10_000
_SAMPLED: Final = 100
#: Hits in the sample from which on it is not tried to count them one by one.
_CLEARLY_MORE: Final = 2 * EXACT_TO // _SAMPLED
#: Seconds that one count may take, and all of an answer; what is not counted by then is left out, which is said.
_BUDGET_S, _WHOLE_BUDGET_S = 0.8, 2.0
#: Values that are told of a kind.
_MOST: Final = 30
_NAMES: Final = "facet-names"
_NAMES_S: Final = 60.0
_DATA_KINDS: Final = ("genre", "style", "country", "format")


class FacetCount(Struct, frozen=True):
    """A value that hits have, and how many have it; of a label `value` is its name, and `label` its id."""

    value: str
    count: int
    label: int | None = None


class FacetCounts(Struct, frozen=True):
    """Counts by kind, the most first; those of a kind that is chosen as if nothing of it were.

    `exact` is false where they are estimates: of very many hits, or where time ran out (`partial`). `notice` says why
    there may be more than is counted.
    """

    counts: dict[str, list[FacetCount]]
    hits: int
    exact: bool
    partial: bool = False
    notice: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the same is counted a moment later."""
        return not self.partial and is_settled(self.notice)


class _Counted(NamedTuple):
    counts: Counter[int]
    exact: bool
    partial: bool = False

    @property
    def hits(self) -> int:
        """Each has one type."""
        return sum(count for number, count in self.counts.items() if kind_of(number) == "type")


_NOT_COUNTED: Final = _Counted(Counter(), exact=False, partial=True)


def facet_counts(context: Context, text: str, chosen: Chosen | None = None) -> FacetCounts:
    """Count what a search finds by every kind of facet.

    Args:
        context: the stores.
        text: as it was typed.
        chosen: values by the kind of their facet.

    Raises:
        RefusedError: a decade or a label is no number.
    """
    query, chosen = parse_query(text), chosen or {}
    releases = releases_with(context, query)
    deadline = time.monotonic() + _WHOLE_BUDGET_S

    def counted(values: Chosen) -> _Counted:
        wanted = filters_of(query, named_filters(values), releases.ids)
        return _counted(connection, query, wanted, deadline - time.monotonic())

    with context.connection() as connection:
        whole = counted(chosen)
        others = {kind: counted({**chosen, kind: None}) for kind in CHOSEN_BY if values_of(chosen, kind)}
        counts = _named(context, connection, {kind: others.get(kind, whole).counts for kind in CHOSEN_BY})
    every = [whole, *others.values()]
    return FacetCounts(
        counts,
        whole.hits,
        exact=all(one.exact for one in every) and not releases.partial,
        partial=any(one.partial for one in every) or releases.partial,
        notice=notice_of_state(context, query),
    )


def _counted(connection: Connection, query: Query, wanted: Filters, seconds: float) -> _Counted:
    """Count what is wanted, in so many seconds or in those that one count may take."""
    if seconds <= 0:
        return _NOT_COUNTED
    words, limit = tsquery(query.terms), TimeLimit(min(seconds, _BUDGET_S), _sql.settings)
    try:
        with connection.transaction():
            limit.apply(connection)
            sampled = _counts(connection, "count_sampled", words, wanted)
            if sampled.hits < _CLEARLY_MORE:
                limit.apply(connection)
                counted = _counts(connection, "count_facets", words, wanted)
                if counted.hits <= EXACT_TO or not sampled.counts:
                    return counted._replace(exact=counted.hits <= EXACT_TO)
    except QueryCanceled:
        return _NOT_COUNTED
    return _Counted(Counter({number: count * _SAMPLED for number, count in sampled.counts.items()}), exact=False)


def _counts(connection: Connection, name: str, words: str, wanted: Filters) -> _Counted:
    statement = getattr(_sql, name).replace("{filters}", filter_text(wanted))
    if not words:
        statement = statement.replace(BY_WORDS, "true")
    values: dict[str, Any] = {**filter_values(wanted), "query": words, "candidates": EXACT_TO + 1}
    return _Counted(Counter(dict(connection.execute(statement, values, prepare=False).fetchall())), exact=True)


def _named(
    context: Context, connection: Connection, counted: Mapping[Kind, Counter[int]]
) -> dict[str, list[FacetCount]]:
    names = _names_of(context, connection, counted)
    found: dict[str, list[FacetCount]] = {}
    for kind, counts in counted.items():
        numbers = [pair for pair in counts.most_common() if kind_of(pair[0]) == kind]
        known = [(value, count) for number, count in numbers if (value := _value(kind, number, names)) is not None]
        found[kind] = [FacetCount(value, count) for value, count in known[:_MOST]]
    found["label"] = _with_names(connection, found["label"])
    return found


def _names_of(context: Context, connection: Connection, counted: Mapping[Kind, Counter[int]]) -> dict[int, str]:
    """The names of what was counted; read anew where a value has none, since it may be of a later run than they are."""
    names = context.memory.recall(_NAMES, _NAMES_S, lambda: _names(connection))
    numbers = {number for counts in counted.values() for number in counts if kind_of(number) in _DATA_KINDS}
    if not numbers <= names.keys():
        names = _names(connection)
        context.memory.keep(_NAMES, names)
    return names


def _value(kind: Kind, number: int, names: Mapping[int, str]) -> str | None:
    return str(value_of(number)) if kind in ("decade", "original", "label") else names.get(number)


def _names(connection: Connection) -> dict[int, str]:
    rows = connection.execute(_sql.facet_names).fetchall()
    names = {facet(kind, key): key for kind, key in rows if kind in _DATA_KINDS}
    names |= {facet("type", name): name for name in ("artist", "label", "master", "release")}
    return names | {facet("family", name): name for name in FAMILIES}


def _with_names(connection: Connection, labels: list[FacetCount]) -> list[FacetCount]:
    names = label_names(connection, [int(one.value) for one in labels])
    return [FacetCount(name_of(names.get(int(one.value), one.value)), one.count, int(one.value)) for one in labels]
