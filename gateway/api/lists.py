"""Lists for the operations page and for programs: parts, dead letters, quarantine, drift, schedules, the audit."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final

from litestar import get
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import PathParameter, QueryParameter
from litestar.status_codes import HTTP_404_NOT_FOUND
from msgspec import Struct

from functions.extract.download.dump import parse_dump_date
from functions.extract.records.quarantine_filter import PieceFilter
from functions.operations.dead_letter_list import LetterFilter, LetterPage, LetterSort, letter_page
from functions.operations.drift_list import DriftFilter, DriftKind, DriftPage, DriftSort, drift_page
from functions.operations.event_list import ANYBODY, EventFilter, EventPage, EventSort, event_page
from functions.operations.part_list import PartFilter, PartPage, PartSort, part_page
from functions.operations.quarantine_list import PiecePage, PieceSort, PieceView, piece_page, piece_view
from functions.operations.schedule_list import ScheduleStatus, schedule_views
from functions.operations.sorting import order_of
from functions.runtime.errors import RefusedError, SettingError
from functions.runtime.messages import PartState
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


class Schedules(Struct, frozen=True):
    """All schedules, in the order of their table."""

    schedules: list[ScheduleStatus]


WhichState = Annotated[PartState | None, QueryParameter(name="state", description="in this state only")]
WhichPart = Annotated[int | None, QueryParameter(ge=0, le=2**31 - 1, description="of the part with this number only")]
DumpDate = Annotated[str | None, QueryParameter(description="found in this dump, as in 20260401", max_length=8)]
WhichReason = Annotated[str | None, QueryParameter(description="with this reason only", max_length=50)]
RecordId = Annotated[int | None, QueryParameter(ge=0, le=2**63 - 1, description="of the record with this id")]
WhichDrift = Annotated[DriftKind | None, QueryParameter(description="unknown names, or fields that were lost")]
WhoActed = Annotated[str | None, QueryParameter(description="who has acted, as in cli:anna", max_length=200)]
WhichKind = Annotated[str | None, QueryParameter(description="of this kind only", max_length=50)]
_BY: Final = "by this column: of very many the first 100,000 of the list; without it as the list is"
PartsBy = Annotated[PartSort | None, QueryParameter(description=_BY)]
LettersBy = Annotated[LetterSort | None, QueryParameter(description=_BY)]
PiecesBy = Annotated[PieceSort | None, QueryParameter(description=_BY)]
DriftBy = Annotated[DriftSort | None, QueryParameter(description=_BY)]
EventsBy = Annotated[EventSort | None, QueryParameter(description=_BY)]
PieceNumber = Annotated[int, PathParameter(ge=1, le=2**63 - 1, description="number of the piece")]


@get("/api/parts", sync_to_thread=True, summary="The parts of a run", tags=["Operation"], responses=PROBLEMS)
def parts(
    connections: Connected,
    run: RunNumber = None,
    entity: WhichEntity = None,
    part_state: WhichState = None,
    function: WhichFunction = None,
    text: Text = None,
    sort: PartsBy = None,
    direction: Sorted = "asc",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> PartPage:
    """Parts by entity and number: where each is, and its error. Without `run` of the active run, else of the last."""
    wanted = PartFilter(run=run, entity=entity, state=part_state, function=function, text=text)
    with readable_cursor():
        return part_page(connections.context, wanted, limit, cursor, order_of(sort, direction))


@get("/api/dead-letters", sync_to_thread=True, summary="What was given up", tags=["Operation"], responses=PROBLEMS)
def dead_letters(
    connections: Connected,
    run: RunNumber = None,
    entity: WhichEntity = None,
    part: WhichPart = None,
    function: WhichFunction = None,
    text: Text = None,
    since: Since = None,
    until: Until = None,
    sort: LettersBy = None,
    direction: Sorted = "asc",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> LetterPage:
    """Messages that were given up, each with its error; `POST /api/dead-letters/requeue` tries them again."""
    wanted = LetterFilter(
        run=run,
        entity=entity,
        part=part,
        function=function,
        text=text,
        since=moment(since),
        until=moment(until),
    )
    with readable_cursor():
        return letter_page(connections.context, wanted, limit, cursor, order_of(sort, direction))


@get(
    "/api/quarantine",
    sync_to_thread=True,
    summary="Pieces of dumps that made no document",
    tags=["Operation"],
    responses=PROBLEMS,
)
def quarantine(
    connections: Connected,
    run: RunNumber = None,
    entity: WhichEntity = None,
    dump: DumpDate = None,
    reason: WhichReason = None,
    record: RecordId = None,
    text: Text = None,
    since: Since = None,
    until: Until = None,
    sort: PiecesBy = None,
    direction: Sorted = "asc",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> PiecePage:
    """Pieces, newest first, each with its first bytes; `text` is looked for in the detail of the reason."""
    wanted = PieceFilter(
        run=run,
        entity=entity,
        dump=date_of(dump),
        reason=reason,
        record=record,
        text=text,
        since=moment(since),
        until=moment(until),
    )
    with readable_cursor():
        return piece_page(connections.context, wanted, limit, cursor, order_of(sort, direction))


@get(
    "/api/quarantine/{number:int}",
    sync_to_thread=True,
    summary="One piece of a dump that made no document",
    tags=["Operation"],
    responses={HTTP_404_NOT_FOUND: spec(Problem, "There is no such piece"), **PROBLEMS},
)
def piece(connections: Connected, number: PieceNumber) -> PieceView:
    """One piece; `sample` has up to 64 KiB of it."""
    try:
        return piece_view(connections.context, number)
    except RefusedError as error:
        raise NotFoundException(f"There is no piece {number} in quarantine.") from error


@get(
    "/api/drift",
    sync_to_thread=True,
    summary="Drift of the form of dumps",
    tags=["Operation"],
    responses=PROBLEMS,
)
def drift(
    connections: Connected,
    run: RunNumber = None,
    entity: WhichEntity = None,
    kind: WhichDrift = None,
    text: Text = None,
    sort: DriftBy = None,
    direction: Sorted = "asc",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> DriftPage:
    """Names that the model does not know, and fields that most records have lost, each with an example."""
    wanted = DriftFilter(run=run, entity=entity, kind=kind, text=text)
    with readable_cursor():
        return drift_page(connections.context, wanted, limit, cursor, order_of(sort, direction))


@get("/api/schedules", sync_to_thread=True, summary="The schedules", tags=["Operation"], responses=PROBLEMS)
def schedules(connections: Connected) -> Schedules:
    """What each does and when, how it went last, and when it runs next."""
    return Schedules(schedule_views(connections.context))


@get("/api/audit", sync_to_thread=True, summary="Who has done what", tags=["Operation"], responses=PROBLEMS)
def audit(
    connections: Connected,
    by: WhoActed = None,
    kind: WhichKind = None,
    run: RunNumber = None,
    text: Text = None,
    since: Since = None,
    until: Until = None,
    sort: EventsBy = None,
    direction: Sorted = "asc",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> EventPage:
    """Events that somebody has caused, newest first: who, what, when, and with which outcome where it failed."""
    wanted = EventFilter(by=by or ANYBODY, kind=kind, run=run, text=text, since=moment(since), until=moment(until))
    with readable_cursor():
        return event_page(connections.context, wanted, limit, cursor, order_of(sort, direction))


def date_of(text: str | None) -> dt.date | None:
    """The date of a dump, as in 20260401.

    Raises:
        ValidationException: it is none.
    """
    try:
        return parse_dump_date(text) if text else None
    except SettingError as error:
        raise ValidationException(str(error)) from error


ROUTES: Final = [parts, dead_letters, quarantine, piece, drift, schedules, audit]
