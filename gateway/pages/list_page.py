"""Lists of operations: filters, a table, pages, the same as CSV and JSON, and actions on everything that matches."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, cast
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response
from msgspec import Struct

from functions.operations.paging import Total
from functions.operations.sorting import Direction, Order, order_of
from gateway.csv_answers import harmless
from gateway.ndjson_answers import lines_answer
from gateway.pages.filters import wrong_field
from gateway.pages.render import page

AnyRequest = Request[Any, Any, Any]
#: Rows of a page.
ROWS: Final = 100

ColumnKind = Literal["text", "number", "moment", "link", "code", "long"]


class Column(Struct, frozen=True):
    """A column: the name of its cells, its heading, how they are shown, and by which name they are sorted, if so."""

    name: str
    label: str
    kind: ColumnKind = "text"
    sort: str = ""


class Heading(Struct, frozen=True):
    """A column as it is shown: `url` sorts by it, the other way round where it is sorted by it now."""

    label: str
    number: bool
    url: str
    sorted: Literal["", "ascending", "descending"]


class Field(Struct, frozen=True):
    """A field of the filter. With `options` one of them is chosen."""

    name: str
    label: str
    options: Sequence[str] | None = None
    type: Literal["search", "number", "datetime-local"] = "search"
    value: str = ""


class Row(Struct, frozen=True):
    """A row: the cells by the names of the columns, a key of its own, and a tone for what is wrong."""

    key: str
    cells: Mapping[str, Any]
    tone: str = ""


def run_link(run: int | None) -> tuple[str, int] | None:
    """The cell of a column of kind `link` that leads to a run."""
    return None if run is None else (f"/operations/runs/{run}", run)


class Action(Struct, frozen=True, kw_only=True):
    """Something to do with everything that matches: `form` goes along. What has to be agreed to is asked then."""

    name: str
    label: str
    form: Mapping[str, str] = {}
    danger: bool = False
    reload: bool = True


class ListPage(Struct, frozen=True, kw_only=True):
    """What a list shows. `api` is the address that has the same as JSON, `given` what is looked for."""

    heading: str
    lead: str
    noun: str
    nouns: str
    empty: str
    api: str
    columns: Sequence[Column]
    fields: Sequence[Field]
    rows: Sequence[Row]
    total: Total
    next: str | None
    given: Mapping[str, str] = {}
    order: Order | None = None
    actions: Sequence[Action] = ()

    @property
    def ordered(self) -> dict[str, str]:
        """The order as parameters of an address."""
        if self.order is None:
            return {}
        return {"sort": self.order.sort, **({"order": "desc"} if self.order.descending else {})}

    def headings(self, path: str) -> list[Heading]:
        """The columns, with what sorts by them."""
        return [self._heading(path, column) for column in self.columns]

    def _heading(self, path: str, column: Column) -> Heading:
        is_number = column.kind == "number"
        if not column.sort:
            return Heading(column.label, is_number, "", "")
        is_sorted = self.order is not None and self.order.sort == column.sort
        is_down = is_sorted and self.order is not None and self.order.descending
        turned = {"sort": column.sort, **({"order": "desc"} if is_sorted and not is_down else {})}
        way: Literal["ascending", "descending"] = "descending" if is_down else "ascending"
        return Heading(column.label, is_number, _url(path, {**self.given, **turned}), way if is_sorted else "")

    @property
    def beside(self) -> dict[str, str]:
        """What is looked for by fields that the filter does not show."""
        shown = {field.name for field in self.fields}
        return {name: value for name, value in self.given.items() if name not in shown}


def asked_order(request: AnyRequest, sorts: Sequence[str]) -> Order | None:
    """By what a list is to be sorted.

    Raises:
        ValidationException: it cannot be sorted so.
    """
    sort, direction = (request.query_params.get(name) or "" for name in ("sort", "order"))
    if sort and sort not in sorts:
        raise wrong_field("sort", f"{sort[:40]!r} is none of {', '.join(sorts)}")
    if direction not in ("", "asc", "desc"):
        raise wrong_field("order", "give asc or desc")
    return order_of(sort, cast("Direction", direction or "asc"))


def list_response(request: AnyRequest, shown: ListPage) -> Response[Any]:
    """The page, or exactly its rows as CSV where `format=csv` is asked for."""
    asked = {name: value for name, value in request.query_params.items() if value}
    if asked.get("format") == "csv":
        return _csv(shown)
    if asked.get("format") == "ndjson":
        return lines_answer(
            _file_name(shown),
            [{name: _plain(cell) for name, cell in row.cells.items()} for row in shown.rows],
            of_dumps=False,
        )
    given, path = {**shown.given, **shown.ordered}, request.url.path
    return page(
        request,
        "operations/list.html",
        title=shown.heading,
        **{
            name: getattr(shown, name)
            for name in shown.__struct_fields__
            if name not in ("next", "fields", "api", "given", "order")
        },
        fields=[msgspec.structs.replace(field, value=given.get(field.name, "")) for field in shown.fields],
        beside=shown.beside,
        ordered=shown.ordered,
        headings=shown.headings(path),
        filtered=bool(shown.given),
        first_page="cursor" not in asked,
        first_url=_url(path, given),
        next_url=_url(path, {**given, "cursor": shown.next}) if shown.next else "",
        csv_url=_url(path, {**given, "cursor": asked.get("cursor"), "format": "csv"}),
        json_url=_url(shown.api, {**given, "cursor": asked.get("cursor"), "limit": str(ROWS)}),
        now=dt.datetime.now(dt.UTC),
    )


def _url(path: str, values: Mapping[str, str | None]) -> str:
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{path}?{query}" if query else path


def _csv(shown: ListPage) -> Response[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.name for column in shown.columns])
    for row in shown.rows:
        writer.writerow([plain_cell(row.cells[column.name]) for column in shown.columns])
    headers = {"Content-Disposition": f'attachment; filename="{_file_name(shown)}.csv"'}
    return Response(text.getvalue().encode(), media_type="text/csv; charset=utf-8", headers=headers)


def _file_name(shown: ListPage) -> str:
    return shown.heading.lower().replace(" ", "-")


def plain_cell(value: Any) -> Any:
    """A cell as a spreadsheet may have it."""
    return harmless(_plain(value))


def _plain(value: Any) -> Any:
    """A cell without its link; a moment as text."""
    if isinstance(value, tuple):
        value = value[1]
    return value.isoformat() if isinstance(value, dt.datetime) else value
