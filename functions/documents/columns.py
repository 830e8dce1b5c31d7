"""The real columns of a document's row: what is filtered and sorted on."""

from __future__ import annotations

import datetime as dt
import re

import msgspec

_RELEASED = re.compile(r"(\d{4})(?:-\d\d(?:-\d\d)?)?", re.ASCII)
#: An earlier year is taken for unknown.
FIRST_YEAR = 1860


class Columns(msgspec.Struct, frozen=True):
    """What the real columns are made of."""

    id: int
    name: str | None = None
    title: str | None = None
    year: int | None = None
    released: str | None = None
    country: str | None = None
    genres: list[str] = []
    styles: list[str] = []


def year_of(columns: Columns, dump: dt.date) -> int | None:
    """The year of a master or release; one outside 1860 to the year after the dump is unknown."""
    year = columns.year
    if columns.released is not None:
        match = _RELEASED.fullmatch(columns.released)
        year = int(match[1]) if match else None
    return year if year is not None and FIRST_YEAR <= year <= last_year(dump) else None


def last_year(dump: dt.date) -> int:
    """The last year that is taken for true as of a dump."""
    return dump.year + 1
