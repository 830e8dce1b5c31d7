"""`/api/counts/{kind}`: how many releases and masters each genre, style, label, country, format or year has."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import PathParameter, QueryParameter
from litestar.status_codes import HTTP_404_NOT_FOUND
from msgspec import Struct
from msgspec.structs import astuple

from functions.counts.top_counts import COUNT_KINDS, Collation, Count, CountKind, by_name, collation
from functions.discover.counts.read import largest_named
from functions.runtime.stores.context import Context
from gateway.api.list_parameters import Limit, readable_cursor
from gateway.connections import Connected
from gateway.csv_answers import csv_answer, wants_csv
from gateway.errors import PROBLEMS, Problem, spec
from gateway.ndjson_answers import AlsoRows, ListFormat, lines_answer, wants_lines

Order = Literal["releases", "name"]


class Counts(Struct, frozen=True):
    """Counts as the last run left them.

    By releases, the most first, and of as many by name; or by name. `collation` says how names are compared: by
    Unicode's root collation (`icu-root`), or, where PostgreSQL has no ICU, letter by letter without accents
    (`plain-letters`). `next` is the cursor of the page behind them, null behind the last.
    """

    kind: CountKind
    order: Order
    collation: Collation
    counts: list[Count]
    next: str | None


Kind = Annotated[str, PathParameter(description="what is counted by", schema_extra={"enum": list(COUNT_KINDS)})]
WhichOrder = Annotated[Order, QueryParameter(description="the most releases first, or all by name, page by page")]
NameCursor = Annotated[str | None, QueryParameter(description="`next` of the page before, by name", max_length=2_000)]


@get(
    "/api/counts/{kind:str}",
    sync_to_thread=True,
    opt={"cached": True},
    summary="How many releases and masters there are of each",
    tags=["Counts"],
    operation_class=AlsoRows,
    responses={HTTP_404_NOT_FOUND: spec(Problem, "Nothing is counted by that"), **PROBLEMS},
)
def counts(
    request: Request[Any, Any, Any],
    connections: Connected,
    kind: Kind,
    order: WhichOrder = "releases",
    limit: Limit = 100,
    cursor: NameCursor = None,
    format: ListFormat = None,  # noqa: A002  it is the name of the parameter
) -> Response[Counts]:
    """The keys with the most releases, or all of them by name. Ö stands with O, whatever the server's language is."""
    if kind not in COUNT_KINDS:
        raise NotFoundException(f"Nothing is counted by {kind[:40]!r}: the kinds are {', '.join(COUNT_KINDS)}.")
    found = _counts(connections.context, kind, order, limit, cursor)
    if wants_csv(request, format):
        return csv_answer(f"counts-{kind}", Count.__struct_fields__, map(astuple, found.counts))
    return lines_answer(f"counts-{kind}", found.counts) if wants_lines(request, format) else Response(found)


def _counts(context: Context, kind: CountKind, order: Order, limit: int, cursor: str | None) -> Counts:
    if order == "releases":
        if cursor is not None:
            raise ValidationException("Only `order=name` has pages: leave `cursor` out.")
        return Counts(kind, order, collation(context), largest_named(context, kind, limit), None)
    with readable_cursor():
        page = by_name(context, kind, limit, cursor)
    return Counts(kind, order, collation(context), page.counts, page.next)


ROUTES: Final = [counts]
