"""What has happened, as pages: activity, and the audit of what people have done."""

from __future__ import annotations

from typing import Any, Final, get_args

import msgspec
from litestar import Request, Response, get

from functions.operations.event_list import ANYBODY, EventFilter, EventSort, EventView, event_page
from functions.runtime.ledger.event_kinds import Level
from gateway.connections import Connected
from gateway.pages.filters import filter_fields, read_filter
from gateway.pages.list_fields import ENTITY, RUN, TEXT, TIMES, cursor_of
from gateway.pages.list_page import ROWS, Column, Field, ListPage, Row, asked_order, list_response, run_link

AnyRequest = Request[Any, Any, Any]


@get("/operations/events", sync_to_thread=True, include_in_schema=False)
def events_page(request: AnyRequest, connections: Connected) -> Response[Any]:
    """What has happened, newest first."""
    wanted = read_filter(request.query_params, EventFilter)
    order = asked_order(request, get_args(EventSort))
    found = event_page(connections.context, wanted, ROWS, cursor_of(request), order)
    return list_response(
        request,
        ListPage(
            heading="Activity",
            lead="What has happened." if order else "What has happened, newest first.",
            noun="event",
            nouns="events",
            empty="Nothing matches.",
            api="/api/events",
            columns=(
                Column("at", "When", "moment", "at"),
                Column("level", "Level"),
                Column("kind", "Kind", "code", "kind"),
                Column("run", "Run", "link", "run"),
                Column("words", "What", "long"),
                Column("by", "By", sort="by"),
            ),
            fields=(RUN, ENTITY, Field("level", "Level", get_args(Level)), Field("kind", "Kind"), TEXT, *TIMES),
            rows=[_event_row(event) for event in found.events],
            total=found.total,
            next=found.next,
            given=filter_fields(wanted),
            order=order,
        ),
    )


@get("/operations/audit", sync_to_thread=True, include_in_schema=False)
def audit_page(request: AnyRequest, connections: Connected) -> Response[Any]:
    """What people have done, and what came of it."""
    wanted = read_filter(request.query_params, EventFilter)
    of_people = msgspec.structs.replace(wanted, by=wanted.by or ANYBODY)
    order = asked_order(request, get_args(EventSort))
    found = event_page(connections.context, of_people, ROWS, cursor_of(request), order)
    return list_response(
        request,
        ListPage(
            heading="Audit",
            lead="Who has done what, and what came of it.",
            noun="action",
            nouns="actions",
            empty="Nobody has done anything so far.",
            api="/api/audit",
            columns=(
                Column("at", "When", "moment", "at"),
                Column("by", "Who", sort="by"),
                Column("kind", "Kind", "code", "kind"),
                Column("words", "What", "long"),
                Column("run", "Run", "link", "run"),
            ),
            fields=(Field("by", "Who"), Field("kind", "Kind"), RUN, TEXT, *TIMES),
            rows=[_event_row(event) for event in found.events],
            total=found.total,
            next=found.next,
            given=filter_fields(wanted),
            order=order,
        ),
    )


def _event_row(event: EventView) -> Row:
    tone = {"error": "bad", "warning": "warn"}.get(event.level, "")
    cells = {name: getattr(event, name) for name in ("at", "level", "kind", "words", "by")}
    return Row(str(event.id), {**cells, "run": run_link(event.run)}, tone)


ROUTES: Final = [events_page, audit_page]
