"""`/api/runs`: what was loaded, and how far it is; in the form of `linernotes status --json`."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter, QueryParameter
from litestar.status_codes import HTTP_404_NOT_FOUND
from msgspec import Struct

from functions.runs.run_status import RunView, run_view, run_views
from functions.runtime.errors import PermanentError
from gateway.connections import Connected
from gateway.errors import PROBLEMS, Problem, spec


class Runs(Struct, frozen=True):
    """Runs, newest first; `next` is the cursor of the page behind them, null behind the last."""

    runs: list[RunView]
    next: str | None


Limit = Annotated[int, QueryParameter(ge=1, le=200, description="how many at most")]
Cursor = Annotated[int | None, QueryParameter(ge=1, description="`next` of the page before")]
Number = Annotated[int, PathParameter(ge=1, le=2**63 - 1, description="number of the run")]


@get("/api/runs", sync_to_thread=True, summary="The latest runs, newest first", tags=["Runs"], responses=PROBLEMS)
def runs(connections: Connected, limit: Limit = 20, cursor: Cursor = None) -> Runs:
    """The latest runs with their state, files and what they have written."""
    found = run_views(connections.context, limit + 1, before=cursor)
    return Runs(found[:limit], str(found[limit - 1].id) if len(found) > limit else None)


@get(
    "/api/runs/{number:int}",
    sync_to_thread=True,
    summary="One run",
    tags=["Runs"],
    responses={HTTP_404_NOT_FOUND: spec(Problem, "There is no such run"), **PROBLEMS},
)
def run(connections: Connected, number: Number) -> RunView:
    """One run."""
    try:
        return run_view(connections.context, number)
    except PermanentError as error:
        raise NotFoundException(f"There is no run {number}.") from error


ROUTES: Final = [runs, run]
