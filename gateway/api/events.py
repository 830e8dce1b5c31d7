"""`/api/events`: what happened, as a list and as a stream of what is new."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final

from litestar import get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter, SkipValidation
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK, HTTP_429_TOO_MANY_REQUESTS

from functions.operations.event_list import EventFilter, EventPage, EventSort, event_page
from functions.operations.paging import number_of
from functions.operations.sorting import order_of
from functions.runtime.entities import Entity
from functions.runtime.ledger.event_kinds import Level
from gateway.api.list_parameters import (
    Cursor,
    Limit,
    RunNumber,
    Since,
    Sorted,
    Text,
    Until,
    WhichEntity,
    WhichFunction,
    moment,
    readable_cursor,
)
from gateway.connections import Connected
from gateway.errors import PROBLEMS, Problem, spec
from gateway.live.event_streams import EventStreams

WhichKind = Annotated[str | None, QueryParameter(description="of this kind only, as in run-done", max_length=50)]
WhichLevel = Annotated[Level | None, QueryParameter(description="this grave only")]
EventsBy = Annotated[
    EventSort | None,
    QueryParameter(description="by this column: of very many the newest 100,000; without it newest first"),
]
WhoActed = Annotated[
    str | None, QueryParameter(description="caused by them, as in cli:anna; `anybody` for all of them", max_length=200)
]
LastEvent = Annotated[
    str | None,
    HeaderParameter(name="Last-Event-ID", description="number of the last event that is known", max_length=20),
]

_STREAM: Final = "text/event-stream"
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@get("/api/events", sync_to_thread=True, summary="What happened, newest first", tags=["Events"], responses=PROBLEMS)
def events(
    connections: Connected,
    run: RunNumber = None,
    kind: WhichKind = None,
    level: WhichLevel = None,
    entity: WhichEntity = None,
    function: WhichFunction = None,
    by: WhoActed = None,
    text: Text = None,
    since: Since = None,
    until: Until = None,
    sort: EventsBy = None,
    direction: Sorted = "asc",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> EventPage:
    """Events that match all that is given, each with its level and what it says in words."""
    wanted = _filter(run, kind, level, entity, function, by, text, since, until)
    with readable_cursor():
        return event_page(connections.context, wanted, limit, cursor, order_of(sort, direction))


@get(
    "/api/events/stream",
    summary="Events as they come, as server-sent events",
    tags=["Events"],
    opt={"stream": True},
    media_type=_STREAM,
    responses={
        HTTP_200_OK: ResponseSpec(str, description="Events without end", media_type=_STREAM, generate_examples=False),
        HTTP_429_TOO_MANY_REQUESTS: spec(Problem, "As many streams are open as may be"),
        **{status: said for status, said in PROBLEMS.items() if status != HTTP_429_TOO_MANY_REQUESTS},
    },
)
async def event_stream(
    connections: Connected,
    event_streams: NamedDependency[SkipValidation[EventStreams]],
    run: RunNumber = None,
    kind: WhichKind = None,
    level: WhichLevel = None,
    entity: WhichEntity = None,
    function: WhichFunction = None,
    by: WhoActed = None,
    text: Text = None,
    last_event: LastEvent = None,
) -> Stream:
    """Each event has its number as `id`, its kind as `event`, and as `data` what `/api/events` has of it.

    With `Last-Event-ID` the stream begins behind that event, else with what is new. While nothing is, a comment comes
    every 15 s. `event: missed` says that some were left out, which `/api/events` has. A stream ends after half an hour;
    a browser begins another by itself.

    Numbers do not always grow: an event whose transaction ended late follows later ones. One may come more than once:
    a gateway that was started in between sends those of the last minute again. By its number a program knows it.
    """
    wanted = _filter(run, kind, level, entity, function, by, text, None, None)
    with readable_cursor():
        last = number_of(last_event or None)
    slot = event_streams.take()
    return Stream(event_streams.stream(connections.context, wanted, last, slot), media_type=_STREAM, headers=_HEADERS)


def _filter(
    run: int | None,
    kind: str | None,
    level: Level | None,
    entity: Entity | None,
    function: str | None,
    by: str | None,
    text: str | None,
    since: dt.datetime | None,
    until: dt.datetime | None,
) -> EventFilter:
    return EventFilter(
        run=run,
        kind=kind,
        level=level,
        entity=entity,
        function=function,
        by=by,
        text=text,
        since=moment(since),
        until=moment(until),
    )


ROUTES: Final = [events, event_stream]
