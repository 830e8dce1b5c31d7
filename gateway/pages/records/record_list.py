"""A list on the page of a record: headings that sort it, pages, and the addresses of the same as CSV and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import urlencode

from msgspec import Struct

Sorted = Literal["", "ascending", "descending"]


class Column(Struct, frozen=True):
    """A column: what it is called, and by which name it can be sorted, if it can."""

    label: str
    sort: str = ""
    number: bool = False


class Heading(Struct, frozen=True):
    """A column as it is shown: `url` sorts by it, the other way round where it is sorted by it now."""

    label: str
    url: str
    sorted: Sorted
    number: bool


class RecordList(Struct, frozen=True):
    """What stands around a list: `first` rows come before this page, which shows `shown` of `total`."""

    headings: list[Heading]
    total: int
    first: int
    shown: int
    next_url: str
    first_url: str
    csv_url: str
    json_url: str
    more: bool = False


def record_list(
    path: str,
    asked: Mapping[str, str],
    columns: Sequence[Column],
    *,
    sort: str,
    descending: bool,
    total: int,
    first: int,
    shown: int,
    api: str,
    anchor: str = "",
) -> RecordList:
    """A list at `path`, as it was asked for.

    Args:
        asked: what narrows it down, as parameters of its address.
        sort: by which column it is sorted, and whether downwards.
        api: the address that has the same as JSON, with the same parameters.
        anchor: the id of the list in its page.
    """
    kept = {name: value for name, value in asked.items() if value}
    order = {"sort": sort, "order": "desc" if descending else ""}

    def url(path: str, values: Mapping[str, str], *, anchored: bool = True) -> str:
        query = urlencode({name: value for name, value in values.items() if value})
        return path + (f"?{query}" if query else "") + (f"#{anchor}" if anchor and anchored else "")

    def heading(column: Column) -> Heading:
        is_sorted = bool(column.sort) and column.sort == sort
        turned = {"sort": column.sort, "order": "desc" if is_sorted and not descending else ""}
        way: Sorted = ("descending" if descending else "ascending") if is_sorted else ""
        return Heading(column.label, url(path, kept | turned) if column.sort else "", way, column.number)

    here = {"cursor": str(first) if first else ""}
    following = first + shown
    return RecordList(
        [heading(column) for column in columns],
        total,
        first,
        shown,
        url(path, kept | order | {"cursor": str(following)}) if following < total else "",
        url(path, kept | order) if first else "",
        url(path, kept | order | here | {"download": "csv"}, anchored=False),
        url(api, kept | order | here, anchored=False),
    )
