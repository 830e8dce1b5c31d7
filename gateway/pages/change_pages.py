"""`/changes`: months, the records of one field by field, and a feed of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Final, cast, get_args
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import PathParameter

from functions.discover.addresses import record_address
from functions.discover.months.read import (
    Month,
    MonthPage,
    NamedChange,
    month_page,
    read_installation,
    read_month,
    read_months,
)
from functions.discover.months.rows import CHANGE_HEADINGS, MONTH_HEADINGS, change_rows, month_rows
from functions.extract.download.dump import parse_dump_date
from functions.history.net_change import Kind
from functions.runtime.entities import ENTITIES, SINGULAR, Entity
from functions.runtime.errors import RefusedError, SettingError
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context
from gateway.connections import Connected
from gateway.csv_answers import csv_answer
from gateway.pages.render import page, render
from gateway.pages.shell import shell_of

AnyRequest = Request[Any, Any, Any]

#: Records of a page, and months of the list and of the feed.
_ROWS: Final = 50
_MONTHS: Final = 24
_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_ATOM: Final = "application/atom+xml"


@get("/changes", sync_to_thread=True, include_in_schema=False)
def changes_page(request: AnyRequest, connections: Connected) -> Response[Any]:
    """Months, the newest first; exactly these as CSV where `format=csv` is asked for."""
    asked = _asked(request)
    before = _date(asked["cursor"]) if "cursor" in asked else None
    found = connections.answers.call(read_months, connections.context, before, _MONTHS)
    if asked.get("format") == "csv":
        return csv_answer("changes", MONTH_HEADINGS, month_rows(found))
    return page(
        request,
        "changes/months.html",
        title="Changes",
        months=found.months,
        next_url=_url("/changes", {"cursor": found.next}) if found.next else "",
        first_url="/changes" if before else "",
        csv_url=_url("/changes", {"cursor": asked.get("cursor"), "format": "csv"}),
        json_url=_url("/api/changes/months", {"cursor": asked.get("cursor")}),
    )


@get("/changes/{dump:str}", sync_to_thread=True, include_in_schema=False)
def month_changes_page(
    request: AnyRequest, connections: Connected, dump: Annotated[str, PathParameter(max_length=20)]
) -> Response[Any]:
    """The records of a month; exactly these as CSV where `format=csv` is asked for."""
    month = _known(connections.context, dump)
    asked = _asked(request)
    chosen = _chosen(asked)
    found = _found(connections, month, chosen, asked.get("cursor"))
    if asked.get("format") == "csv":
        return csv_answer(f"changes-{month.dump}", CHANGE_HEADINGS, change_rows(found))
    here = f"/changes/{month.dump}"
    kept = {**chosen, "cursor": asked.get("cursor")}
    return page(
        request,
        "changes/month.html",
        title=f"Changes of {month.dump[:4]}-{month.dump[4:6]}",
        month=month,
        changes=found.changes,
        address=_address,
        chosen=chosen,
        kinds=_KINDS,
        entities=ENTITIES,
        filter_url=lambda **other: _url(here, {**chosen, **other}),
        total=_total(month, chosen),
        first_url=_url(here, chosen) if "cursor" in asked else "",
        next_url=_url(here, {**chosen, "cursor": found.next}) if found.next else "",
        csv_url=_url(here, {**kept, "format": "csv"}),
        json_url=_url(f"/api/changes/{month.dump}", {**kept, "limit": str(_ROWS)}),
    )


@get("/changes.atom", sync_to_thread=True, include_in_schema=False)
def changes_feed(request: AnyRequest, connections: Connected) -> Response[str]:
    """Months that have been loaded, as an Atom feed."""
    settings: Settings = request.app.state.settings
    root = (settings.public_url or str(request.base_url)).rstrip("/")
    months = [month for month in read_months(connections.context, None, _MONTHS).months if month.loaded_at]
    updated = max(
        (month.loaded_at for month in months if month.loaded_at), default=dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    )
    named = partial(_feed_name, read_installation(connections.context))
    rights = shell_of(request.app.state).notice_of_all
    text = render("changes/feed.xml", root=root, months=months, updated=updated, name_of=named, rights=rights)
    return Response(text, media_type=_ATOM, headers={"Cache-Control": "no-cache"})


def _feed_name(installation: uuid.UUID, of: str) -> str:
    """The name of the feed or of an entry for good, wherever it is served; each installation has its own."""
    return uuid.uuid5(installation, of).urn


def _known(context: Context, dump: str) -> Month:
    try:
        month = read_month(context, parse_dump_date(dump)) if len(dump) == len("20260401") else None
    except SettingError:
        month = None
    if month is None:
        raise NotFoundException(f"Nothing is known of a month {dump!r}: /changes lists those that are known.")
    return month


def _found(connections: Connected, month: Month, chosen: Mapping[str, str], cursor: str | None) -> MonthPage:
    entity, kind = cast("Entity | None", chosen.get("entity")), cast("Kind | None", chosen.get("kind"))
    try:
        dump = parse_dump_date(month.dump)
        return connections.answers.call(month_page, connections.context, dump, entity, kind, _ROWS, cursor)
    except RefusedError as error:
        raise ValidationException(str(error)) from error


def _chosen(asked: Mapping[str, str]) -> dict[str, str]:
    """The filters that are asked for."""
    chosen = {name: asked[name] for name in ("entity", "kind") if name in asked}
    for name, allowed in (("entity", ENTITIES), ("kind", _KINDS)):
        if name in chosen and chosen[name] not in allowed:
            raise ValidationException(f"{chosen[name][:50]!r} is no {name}: there are {', '.join(allowed)}.")
    return chosen


def _total(month: Month, chosen: Mapping[str, str]) -> int | None:
    """How many records match; None while the month is not counted."""
    rows = [one for one in month.counts if chosen.get("entity") in (None, one.entity)]
    kinds = [chosen["kind"]] if "kind" in chosen else _KINDS
    return sum(getattr(one, kind) for one in rows for kind in kinds) if month.counts else None


def _address(change: NamedChange) -> str:
    return record_address(SINGULAR[change.entity], change.id, change.name)


def _date(text: str) -> dt.date:
    try:
        return parse_dump_date(text)
    except SettingError as error:
        raise ValidationException(str(error)) from error


def _asked(request: AnyRequest) -> dict[str, str]:
    return {name: value for name, value in request.query_params.items() if value}


def _url(path: str, values: Mapping[str, str | None]) -> str:
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{path}?{query}" if query else path


ROUTES: Final = [changes_page, month_changes_page, changes_feed]
