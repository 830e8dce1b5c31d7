"""`/api/operations`: how the installation is; how far a run is, and its timeline; one part with its attempts."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter
from litestar.status_codes import HTTP_404_NOT_FOUND

from functions.operations.attempts import PartHistory, part_view
from functions.operations.read_run import run_progress
from functions.operations.run_progress import RunProgress
from functions.operations.snapshot import Snapshot, read_snapshot
from functions.operations.timeline import Timeline, timeline_of
from functions.runtime.entities import Entity
from gateway.connections import Connected
from gateway.errors import PROBLEMS, Problem, spec

Number = Annotated[int, PathParameter(ge=1, le=2**63 - 1, description="number of the run")]
Which = Annotated[Entity, PathParameter(description="of which file")]
Part = Annotated[int, PathParameter(ge=0, le=2**31 - 1, description="number of the part")]


@get(
    "/api/operations",
    sync_to_thread=True,
    opt={"right": "read"},
    summary="How the installation is: all that the operations page shows",
    tags=["Operation"],
    responses=PROBLEMS,
)
def operations(connections: Connected) -> Snapshot:
    """One moment of it. A store that is down is named in `unavailable`, and what it would tell is null."""
    return read_snapshot(connections.context)


@get(
    "/api/runs/{number:int}/progress",
    sync_to_thread=True,
    opt={"right": "read"},
    summary="How far a run is with each entity and each stage",
    tags=["Runs"],
    responses={HTTP_404_NOT_FOUND: spec(Problem, "There is no such run"), **PROBLEMS},
)
def progress(connections: Connected, number: Number) -> RunProgress:
    """Records, parts, rate and time left of each stage. Parts of a run that ended long ago are no longer counted."""
    found = run_progress(connections.context, number)
    if found is None:
        raise NotFoundException(f"There is no run {number}.")
    return found


@get(
    "/api/runs/{number:int}/timeline",
    sync_to_thread=True,
    opt={"right": "read"},
    summary="When which function was at a run",
    tags=["Runs"],
    responses={HTTP_404_NOT_FOUND: spec(Problem, "There is no such run"), **PROBLEMS},
)
def timeline(connections: Connected, number: Number) -> Timeline:
    """Spans of each function, and equal slices of the run's time: how long its parts have waited and run."""
    found = timeline_of(connections.context, number)
    if found is None:
        raise NotFoundException(f"There is no run {number}.")
    return found


@get(
    "/api/runs/{number:int}/parts/{entity:str}/{part:int}",
    sync_to_thread=True,
    opt={"right": "read"},
    summary="One part of a run, with its attempts that failed",
    tags=["Runs"],
    responses={HTTP_404_NOT_FOUND: spec(Problem, "There is no such part"), **PROBLEMS},
)
def part(connections: Connected, number: Number, entity: Which, part: Part) -> PartHistory:
    """Where a part is, the steps that it has been through, and the error of each attempt, the latest first."""
    found = part_view(connections.context, number, entity, part)
    if found is None:
        raise NotFoundException(f"Run {number} has no part {part} of {entity}.")
    return found


ROUTES: Final = [operations, progress, timeline, part]
