"""What the releases of a label are like: by year and decade, country, genre, style, format, and by whom."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import psycopg
from msgspec import Struct

from functions.discover.profiles.read import (
    NamedCount,
    RecordCount,
    ValueCount,
    YearCount,
    dimensions_of,
    named_counts,
    records_of,
    years_of,
)
from functions.discover.release_links.read import hub_kinds
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "label.sql")

#: Styles, formats and countries that are told.
_MOST: Final = 30
#: Releases on which it is counted what a large company did.
_SAMPLED: Final = 3_000

Connection = psycopg.Connection[Any]


class LabelFigures(Struct, frozen=True, kw_only=True):
    """Releases of a label, counted. `is_counted` is false where there are too many to count now; then all is empty.

    A release counts for each genre, style, format and artist that it has. `company` is what the label did for releases
    of whatever label, as in `Pressed By`; `is_sampled` says that this was counted on some of very many.
    """

    years: list[YearCount]
    decades: list[YearCount]
    countries: list[ValueCount]
    genres: list[NamedCount]
    styles: list[NamedCount]
    formats: list[ValueCount]
    artists: list[RecordCount]
    company: list[ValueCount]
    is_sampled: bool
    is_counted: bool


def read_figures(connection: Connection, number: int) -> LabelFigures:
    """The figures of a label: of a large one as they were counted beforehand."""
    rows = defaultdict(list, dimensions_of(connection, "label", str(number)))
    hub = hub_kinds(connection, number)
    is_counted = bool(rows["year"] or rows["format"]) or "label" not in hub
    if not (rows["year"] or rows["format"]) and is_counted:
        rows.update(_counted_now(connection, number))
    values = {"id": number, "most": _SAMPLED if "company" in hub else None}
    company = connection.execute(_sql.company_roles, values).fetchall()
    years = years_of(rows)
    return LabelFigures(
        years=years,
        decades=_decades(years),
        countries=_values(rows["country"]),
        genres=named_counts(rows["genre"]),
        styles=named_counts(rows["style"][:_MOST]),
        formats=_values(rows["format"]),
        artists=records_of(connection, "artists", rows["artist"]),
        company=_values(company),
        is_sampled="company" in hub,
        is_counted=is_counted,
    )


def _counted_now(connection: Connection, number: int) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for dimension, value, releases in connection.execute(_sql.figures, {"id": number}):
        found[dimension].append((value, releases))
    return found


def _decades(years: list[YearCount]) -> list[YearCount]:
    found: dict[int, int] = defaultdict(int)
    for one in years:
        found[one.year // 10 * 10] += one.releases
    return [YearCount(decade, releases) for decade, releases in found.items()]


def _values(pairs: list[tuple[str, int]]) -> list[ValueCount]:
    return [ValueCount(value, releases) for value, releases in pairs[:_MOST]]
