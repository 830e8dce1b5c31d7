"""Acting: start and steer a load, scale, try again what was given up, run a schedule. Each is an event."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal

from litestar import Request, post
from litestar.exceptions import NotFoundException
from litestar.params import JSONBody, PathParameter
from litestar.status_codes import HTTP_200_OK, HTTP_404_NOT_FOUND, HTTP_409_CONFLICT
from msgspec import Meta, Struct

from functions.extract.records.quarantine_filter import PieceFilter
from functions.operations import dead_letter_actions, quarantine_actions, run_actions
from functions.operations.dead_letter_actions import Purged, Requeued
from functions.operations.dead_letter_list import LetterFilter
from functions.operations.quarantine_actions import Retried
from functions.operations.run_actions import LoadCheck, LoadWish, Started, Steered
from functions.operations.scale_action import Scaled, scale
from functions.operations.schedule_list import Asked, run_now
from functions.registry import FUNCTIONS
from functions.runtime.entities import ENTITIES, Entity
from functions.schedules import SCHEDULES
from gateway.access.sources import refuse_foreign_site
from gateway.api.list_parameters import moment, who_asks
from gateway.api.lists import date_of
from gateway.connections import Connected
from gateway.errors import BODY_PROBLEMS, PROBLEMS, Problem, spec
from gateway.nul_characters import WITHOUT_NUL

AnyRequest = Request[Any, Any, Any]

_TAG: Final = ["Acting"]
_OPERATE: Final = {"right": "operate"}
_REFUSED: Final = {HTTP_409_CONFLICT: spec(Problem, "It is refused now; the sentence says why"), **PROBLEMS}
_BODY_REFUSED: Final = {**_REFUSED, **BODY_PROBLEMS}
_NO_THING: Final = {HTTP_404_NOT_FOUND: spec(Problem, "There is no such thing")}
_NO_RUN: Final = {HTTP_404_NOT_FOUND: spec(Problem, "There is no such run"), **_REFUSED}

Number = Annotated[int, PathParameter(ge=1, le=2**63 - 1, description="number of the run")]
Name = Annotated[str, PathParameter(max_length=50, description="its name")]

_Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=WITHOUT_NUL)]
_Count = Annotated[int, Meta(ge=0, le=2**53)]
_Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class LoadBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A load; the fields are the options of `linernotes load`. `source`: a folder, s3://bucket/prefix, or discogs."""

    source: Annotated[str, Meta(min_length=1, max_length=2_000, pattern=WITHOUT_NUL)]
    dump: Annotated[str, Meta(pattern=r"^[0-9]{8}$")] | None = None
    entities: Annotated[list[Entity], Meta(min_length=1, max_length=4)] | None = None
    only_store: Literal["table", "graph"] | None = None
    engine: Literal["auto", "native", "lxml"] | None = None
    bulk: Literal["auto", "yes", "no"] = "auto"
    accept_deletions: bool = False
    accept_rejected: bool = False
    accept_collapsed: bool = False
    force: bool = False
    ignore_disk: bool = False


class ScaleBody(Struct, frozen=True, forbid_unknown_fields=True):
    """How many workers a function is to have; null: as many as its queue wants."""

    workers: Annotated[int, Meta(ge=0, le=64)] | None


class LettersBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which dead letters, as in `GET /api/dead-letters`, or by their `ids`; and how many were agreed to."""

    expected: _Count
    ids: Annotated[list[_Text], Meta(max_length=1_000)] | None = None
    run: _Id | None = None
    entity: Entity | None = None
    part: _Id | None = None
    function: _Text | None = None
    text: _Text | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


class PiecesBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which pieces, as in `GET /api/quarantine`, or one by its `number`; and how many were agreed to (`retryable`)."""

    expected: _Count
    number: _Id | None = None
    run: _Id | None = None
    entity: Entity | None = None
    dump: Annotated[str, Meta(pattern=r"^[0-9]{8}$")] | None = None
    reason: _Text | None = None
    record: _Id | None = None
    text: _Text | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@post(
    "/api/loads/check",
    sync_to_thread=True,
    status_code=HTTP_200_OK,
    opt=_OPERATE,
    summary="Look at a source before loading it",
    tags=_TAG,
    responses=_BODY_REFUSED,
)
def check_load(connections: Connected, data: JSONBody[LoadBody]) -> LoadCheck:
    """The dump's date, files and sizes, what is missing, what would come of it, and why it would be refused."""
    refuse_foreign_site(connections.context.settings, data.source)
    return run_actions.check_load(connections.context, _wish(data))


@post(
    "/api/loads",
    sync_to_thread=True,
    status_code=HTTP_200_OK,
    opt=_OPERATE,
    summary="Start a load",
    tags=_TAG,
    responses=_BODY_REFUSED,
)
def start_load(connections: Connected, request: AnyRequest, data: JSONBody[LoadBody]) -> Started:
    """Begin to load a dump. A load of the dump that is being loaded joins that run."""
    refuse_foreign_site(connections.context.settings, data.source)
    return run_actions.start_load(connections.context, connections.sender.send, _wish(data), who_asks(request))


@post(
    "/api/runs/{number:int}/pause",
    sync_to_thread=True,
    status_code=HTTP_200_OK,
    opt=_OPERATE,
    summary="Pause a run",
    tags=_TAG,
    responses=_NO_RUN,
)
def pause(connections: Connected, request: AnyRequest, number: Number) -> Steered:
    """Stop work at the next part; nothing is lost."""
    return run_actions.pause(connections.context, who_asks(request), number)


@post(
    "/api/runs/{number:int}/unpause",
    sync_to_thread=True,
    status_code=HTTP_200_OK,
    opt=_OPERATE,
    summary="Go on with a paused run",
    tags=_TAG,
    responses=_NO_RUN,
)
def unpause(connections: Connected, request: AnyRequest, number: Number) -> Steered:
    """Go on where it was paused."""
    return run_actions.unpause(connections.context, connections.sender.send, who_asks(request), number)


@post(
    "/api/runs/{number:int}/cancel",
    sync_to_thread=True,
    status_code=HTTP_200_OK,
    opt=_OPERATE,
    summary="Cancel a run",
    tags=_TAG,
    responses=_NO_RUN,
)
def cancel(connections: Connected, request: AnyRequest, number: Number) -> Steered:
    """End it where it is. What it has loaded stays, and a later load goes on from there."""
    return run_actions.cancel(connections.context, who_asks(request), number)


@post(
    "/api/runs/{number:int}/resume",
    sync_to_thread=True,
    status_code=HTTP_200_OK,
    opt=_OPERATE,
    summary="Resume a run",
    tags=_TAG,
    responses=_NO_RUN,
)
def resume(connections: Connected, request: AnyRequest, number: Number) -> Steered:
    """Send again what is due of the active run, or take up the one that failed."""
    return run_actions.resume(connections.context, connections.sender.send, who_asks(request), number)


@post(
    "/api/functions/{name:str}/scale",
    sync_to_thread=True,
    status_code=HTTP_200_OK,
    opt=_OPERATE,
    summary="Scale a function",
    tags=_TAG,
    responses={**_NO_THING, **_BODY_REFUSED},
)
def scale_function(connections: Connected, request: AnyRequest, name: Name, data: JSONBody[ScaleBody]) -> Scaled:
    """Keep so many workers of a function of the embedded stack, until it is stopped; null follows its queue again."""
    if name not in FUNCTIONS.names:
        raise NotFoundException(f"There is no function {name!r}: there are {', '.join(FUNCTIONS.names)}.")
    return scale(connections.context, name, data.workers, who_asks(request))


@post(
    "/api/dead-letters/requeue",
    sync_to_thread=True,
    status_code=HTTP_200_OK,
    opt=_OPERATE,
    summary="Try dead letters again",
    tags=_TAG,
    responses=_BODY_REFUSED,
)
def requeue(connections: Connected, request: AnyRequest, data: JSONBody[LettersBody]) -> Requeued:
    """Try all that match again, unless there are more of them by now than were agreed to."""
    send, by = connections.sender.send, who_asks(request)
    return dead_letter_actions.requeue(connections.context, send, by, _letters(data), data.expected)


@post(
    "/api/dead-letters/purge",
    sync_to_thread=True,
    status_code=HTTP_200_OK,
    opt=_OPERATE,
    summary="Drop dead letters",
    tags=_TAG,
    responses=_BODY_REFUSED,
)
def purge(connections: Connected, request: AnyRequest, data: JSONBody[LettersBody]) -> Purged:
    """Drop all that match, unless there are more of them by now than were agreed to; their parts stay dead."""
    return dead_letter_actions.purge(connections.context, who_asks(request), _letters(data), data.expected)


@post(
    "/api/quarantine/retry",
    sync_to_thread=True,
    status_code=HTTP_200_OK,
    opt=_OPERATE,
    summary="Parse pieces in quarantine again",
    tags=_TAG,
    responses=_BODY_REFUSED,
)
def retry(connections: Connected, request: AnyRequest, data: JSONBody[PiecesBody]) -> Retried:
    """Begin a run that parses those again that match and can be, unless there are more than were agreed to."""
    send, by = connections.sender.send, who_asks(request)
    return quarantine_actions.retry(connections.context, send, by, _pieces(data), data.expected)


@post(
    "/api/schedules/{name:str}/run",
    sync_to_thread=True,
    status_code=HTTP_200_OK,
    opt=_OPERATE,
    summary="Run a schedule now",
    tags=_TAG,
    responses={**_NO_THING, **_REFUSED},
)
def run_schedule(connections: Connected, request: AnyRequest, name: Name) -> Asked:
    """Have the scheduler run it within seconds; `/api/schedules` says how it went."""
    if name not in {schedule.name for schedule in SCHEDULES}:
        raise NotFoundException(f"There is no schedule {name!r}: /api/schedules lists them.")
    return run_now(connections.context, name, who_asks(request))


def _wish(body: LoadBody) -> LoadWish:
    return LoadWish(
        source=body.source,
        dump=body.dump,
        entities=tuple(body.entities) if body.entities else ENTITIES,
        only_store=body.only_store,
        engine=body.engine,
        bulk=body.bulk,
        accept_deletions=body.accept_deletions,
        accept_rejected=body.accept_rejected,
        accept_collapsed=body.accept_collapsed,
        force=body.force,
        ignore_disk=body.ignore_disk,
    )


def _letters(body: LettersBody) -> LetterFilter:
    return LetterFilter(
        ids=body.ids,
        run=body.run,
        entity=body.entity,
        part=body.part,
        function=body.function,
        text=body.text,
        since=moment(body.since),
        until=moment(body.until),
    )


def _pieces(body: PiecesBody) -> PieceFilter:
    return PieceFilter(
        number=body.number,
        run=body.run,
        entity=body.entity,
        dump=date_of(body.dump),
        reason=body.reason,
        record=body.record,
        text=body.text,
        since=moment(body.since),
        until=moment(body.until),
    )


ROUTES: Final = [
    check_load,
    start_load,
    pause,
    unpause,
    cancel,
    resume,
    scale_function,
    requeue,
    purge,
    retry,
    run_schedule,
]
