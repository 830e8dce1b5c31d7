"""`/api/counts/{kind}`: how many releases and masters each genre, style, label, country, format or year has."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter, QueryParameter
from litestar.status_codes import HTTP_404_NOT_FOUND
from msgspec import Struct

from functions.counts.top_counts import COUNT_KINDS, Count, CountKind, largest
from gateway.connections import Connected
from gateway.errors import PROBLEMS, Problem, spec


class Counts(Struct, frozen=True):
    """Counts as the last run left them, the most releases first."""

    kind: CountKind
    counts: list[Count]


Kind = Annotated[str, PathParameter(description="what is counted by", schema_extra={"enum": list(COUNT_KINDS)})]
Limit = Annotated[int, QueryParameter(ge=1, le=1_000, description="how many at most")]


@get(
    "/api/counts/{kind:str}",
    sync_to_thread=True,
    summary="How many releases and masters there are of each",
    tags=["Counts"],
    responses={HTTP_404_NOT_FOUND: spec(Problem, "Nothing is counted by that"), **PROBLEMS},
)
def counts(connections: Connected, kind: Kind, limit: Limit = 100) -> Counts:
    """The keys with the most releases."""
    if kind not in COUNT_KINDS:
        raise NotFoundException(f"Nothing is counted by {kind[:40]!r}: the kinds are {', '.join(COUNT_KINDS)}.")
    return Counts(kind, largest(connections.context, kind, limit))


ROUTES: Final = [counts]
