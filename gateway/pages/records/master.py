"""`/master/ID`: with its versions, sorted and narrowed down, and the same as CSV."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response
from litestar.exceptions import ValidationException

from functions.discover.addresses import record_address
from functions.discover.artist.discography import parse_years
from functions.discover.records.master import MasterPage, master_page
from functions.discover.records.names import in_words
from functions.discover.records.versions import Version, parse_place, parse_sort, wanted_of
from functions.runtime.errors import RefusedError
from functions.runtime.stores.context import Context
from gateway.answers.answers import answers_of
from gateway.csv_answers import csv_answer
from gateway.pages.list_page import plain_cell
from gateway.pages.records.record_list import Column, record_list
from gateway.pages.records.record_page import AnyRequest, record_handlers, record_page

#: Versions of a page.
_ROWS: Final = 100

_COLUMNS: Final = (
    Column("Released", "year"),
    Column("Title"),
    Column("Country", "country"),
    Column("Label", "label"),
    Column("Format", "format"),
)
_HEADINGS: Final = ("release", "title", "year", "released", "country", "labels", "catalogue numbers", "format", "main")
_FILTERS: Final = ("years", "country", "format", "label")


def _show(request: AnyRequest, context: Context, record: int) -> Response[Any] | None:
    asked = {name: value for name, value in request.query_params.items() if value}
    kept: dict[str, str] = {name: asked[name] for name in _FILTERS if name in asked}
    try:
        sort, first = parse_sort(asked.get("sort")), parse_place(asked.get("cursor"))
        wanted = wanted_of(kept, parse_years(asked.get("years")))
    except RefusedError as error:
        raise ValidationException(str(error)) from error
    descending = asked.get("order") == "desc"
    master = answers_of(request).call(
        master_page, context, record, wanted, sort, descending=descending, first=first, limit=_ROWS
    )
    if master is None:
        return None
    if asked.get("download") == "csv":
        return csv_answer(f"versions-of-master-{record}", _HEADINGS, [_row(master, one) for one in _listed(master)])
    return record_page(
        request,
        "master",
        "records/master.html",
        record=record,
        name=master.title,
        changed=master.changed,
        by=in_words(master.artists),
        facts=[master.year],
        master=master,
        kept=kept,
        order={name: asked[name] for name in ("sort", "order") if name in asked},
        list=record_list(
            record_address("master", record, master.title),
            kept,
            _COLUMNS,
            sort=sort,
            descending=descending,
            total=master.versions.total,
            first=first,
            shown=len(master.versions.versions),
            api=f"/api/masters/{record}/versions",
            anchor="versions",
        ),
    )


def _listed(master: MasterPage) -> list[Version]:
    return master.versions.versions


def _row(master: MasterPage, one: Version) -> list[Any]:
    labels = " / ".join(entry.who.text for entry in one.labels)
    catnos = " / ".join(entry.catno or "" for entry in one.labels)
    cells = (one.id, one.title, one.year, one.released, one.country, labels, catnos, one.format)
    return [*map(plain_cell, cells), "yes" if one.id == master.main_release else ""]


ROUTES: Final = record_handlers("master", _show)
