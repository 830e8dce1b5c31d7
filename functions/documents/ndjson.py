"""Reading NDJSON lines: the document as it stands, its hash, and what the real columns need of it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import msgspec

from functions.extract.records.record_digest import signed

#: Raised, together with the parser's version, when the same document makes other columns: its row is written again.
TABLE_VERSION = 1

_RELEASED = re.compile(r"(\d{4})(?:-\d\d(?:-\d\d)?)?", re.ASCII)
#: An earlier year is taken for unknown.
FIRST_YEAR = 1860


class Line(msgspec.Struct, frozen=True):
    """One line of a part; `data` are the bytes that `hash` is of."""

    type: str
    data: msgspec.Raw
    hash: str


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


class ParsedDocument(msgspec.Struct, frozen=True):
    """A document on its way into its table; `digest` is the short form of `hash`."""

    columns: Columns
    data: bytes
    hash: str

    @property
    def id(self) -> int:
        """The record's id."""
        return self.columns.id

    @property
    def digest(self) -> int:
        """The first 64 bits of the hash as PostgreSQL's bigint, mixed with the version of this code."""
        return signed(int(self.hash[:16], 16)) ^ TABLE_VERSION


_lines = msgspec.json.Decoder(Line)
_columns = msgspec.json.Decoder(Columns)


def read_lines(data: bytes) -> Iterator[ParsedDocument]:
    """The documents of a part's NDJSON."""
    for text in data.splitlines():
        line = _lines.decode(text)
        yield ParsedDocument(_columns.decode(line.data), bytes(line.data), line.hash)


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
