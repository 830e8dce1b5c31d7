"""`/api/changes`: what each month has added, changed and removed."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import PathParameter, QueryParameter
from litestar.status_codes import HTTP_404_NOT_FOUND
from msgspec import Struct

from functions.discover.months.read import MonthPage, Months, month_page, read_month, read_months
from functions.discover.months.rows import CHANGE_HEADINGS, MONTH_HEADINGS, change_rows, month_rows
from functions.extract.download.dump import parse_dump_date
from functions.history.net_change import Kind
from functions.history.read_changes import Change, Place, page, parse_place
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import RefusedError, SettingError
from gateway.api.list_parameters import readable_cursor
from gateway.connections import Connected
from gateway.csv_answers import csv_answer, wants_csv
from gateway.errors import PROBLEMS, Problem, spec
from gateway.ndjson_answers import AlsoRows, ListFormat, lines_answer, wants_lines


class Changes(Struct, frozen=True):
    """Changes by month, entity and id; `next` is the cursor of the page behind them, null behind the last."""

    changes: list[Change]
    next: str | None


Since = Annotated[str, QueryParameter(description="the first month, as in 20260401", max_length=20)]
Until = Annotated[str | None, QueryParameter(description="the last month; else all", max_length=20)]
Before = Annotated[str | None, QueryParameter(description="`next` of the page before", max_length=20)]
Which = Annotated[Entity | None, QueryParameter(description="of these only")]
WhichKind = Annotated[Kind | None, QueryParameter(description="what has become of them")]
Limit = Annotated[int, QueryParameter(ge=1, le=1_000, description="how many at most; large ones are fewer")]
Cursor = Annotated[str | None, QueryParameter(description="`next` of the page before", max_length=60)]
WhichMonth = Annotated[str, PathParameter(description="the date of its dump, as in 20260401", max_length=20)]


@get(
    "/api/changes",
    sync_to_thread=True,
    opt={"cached": True},
    summary="What months have added, changed and removed",
    tags=["Changes"],
    responses=PROBLEMS,
)
def changes(
    connections: Connected,
    since: Since,
    until: Until = None,
    entity: Which = None,
    kind: WhichKind = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Changes:
    """Changes since a month, that month included; a changed record has its differences as `patch`."""
    start, end_month, after = _month_of(since), _month_of(until) if until else None, _place(cursor)
    entities = [entity] if entity else ENTITIES
    found, end = page(connections.context, start, entities, after, limit, until=end_month, kind=kind)
    return Changes(found, str(end) if end else None)


@get(
    "/api/changes/months",
    sync_to_thread=True,
    opt={"cached": True},
    summary="Months, and how much each has changed",
    tags=["Changes"],
    operation_class=AlsoRows,
    responses=PROBLEMS,
)
def months(
    request: Request[Any, Any, Any],
    connections: Connected,
    limit: Limit = 24,
    cursor: Before = None,
    format: ListFormat = None,  # noqa: A002  it is the name of the parameter
) -> Response[Months]:
    """Months, the newest first, with how many records of each entity were added, changed and removed."""
    found = read_months(connections.context, _month_of(cursor) if cursor else None, limit)
    if wants_csv(request, format):
        return csv_answer("changes", MONTH_HEADINGS, month_rows(found))
    return lines_answer("changes", found.months) if wants_lines(request, format) else Response(found)


@get(
    "/api/changes/{month:str}",
    sync_to_thread=True,
    opt={"cached": True},
    summary="The records of a month, field by field",
    tags=["Changes"],
    operation_class=AlsoRows,
    responses={HTTP_404_NOT_FOUND: spec(Problem, "Nothing is known of this month"), **PROBLEMS},
)
def month(
    request: Request[Any, Any, Any],
    connections: Connected,
    month: WhichMonth,
    entity: Which = None,
    kind: WhichKind = None,
    limit: Limit = 100,
    cursor: Cursor = None,
    format: ListFormat = None,  # noqa: A002  it is the name of the parameter
) -> Response[MonthPage]:
    """What a month has done to records by entity and id, each with its name and what differs in it."""
    dump = _month_of(month)
    if read_month(connections.context, dump) is None:
        raise NotFoundException(
            f"Nothing is known of the month {month}: /api/changes/months lists those that are known."
        )
    with readable_cursor():
        found = month_page(connections.context, dump, entity, kind, limit, cursor)
    if wants_csv(request, format):
        return csv_answer(f"changes-{found.dump}", CHANGE_HEADINGS, change_rows(found))
    lines = wants_lines(request, format)
    return lines_answer(f"changes-{found.dump}", found.changes) if lines else Response(found)


def _month_of(text: str) -> dt.date:
    """The date of a dump, as in 20260401.

    Raises:
        ValidationException: it is none.
    """
    try:
        if re.fullmatch(r"[0-9]{8}", text):
            return parse_dump_date(text)
    except SettingError:
        pass
    raise ValidationException(f"{text!r} is no month: give the date of its dump, as in 20260401.")


def _place(cursor: str | None) -> Place | None:
    try:
        return parse_place(cursor) if cursor else None
    except RefusedError as error:
        raise ValidationException(str(error)) from error


ROUTES: Final = [changes, months, month]
