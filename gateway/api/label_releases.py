"""`/api/labels/{id}/releases`: the releases of a label, or those that it did something for as a company."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import QueryParameter
from litestar.status_codes import HTTP_404_NOT_FOUND

from functions.discover.artist.discography import parse_years
from functions.discover.label.page import Asked, releases_of_label
from functions.discover.label.releases import As, LabelReleases, SortBy, Wanted
from gateway.api.documents import Id, parse_id
from gateway.api.list_parameters import Cursor, Limit, readable_cursor
from gateway.connections import Connected
from gateway.errors import PROBLEMS, Problem, spec
from gateway.ndjson_answers import AlsoLines, lines_answer, wants_lines

AsWhat = Annotated[As, QueryParameter(name="as", description="as their label, or as a company that did something")]
YearsText = Annotated[str | None, QueryParameter(description="as in 1977..1983", max_length=20)]
FormatName = Annotated[
    str | None, QueryParameter(name="format", max_length=200, description="with this format or family, as in `Vinyl`")
]
Genre = Annotated[str | None, QueryParameter(max_length=200, description="of this genre")]
Style = Annotated[str | None, QueryParameter(max_length=200, description="of this style")]
Role = Annotated[str | None, QueryParameter(max_length=200, description="what the company did, as in `Pressed By`")]
Sort = Annotated[SortBy, QueryParameter(description="by which column; of a large label always the year")]
Order = Annotated[Literal["asc", "desc"], QueryParameter(description="upwards or downwards")]


@get(
    "/api/labels/{record:str}/releases",
    operation_id="get_label_releases",
    sync_to_thread=True,
    opt={"cached": True},
    summary="The releases of a label",
    tags=["Discover"],
    operation_class=AlsoLines,
    responses={HTTP_404_NOT_FOUND: spec(Problem, "There is no such label"), **PROBLEMS},
)
def releases(
    request: Request[Any, Any, Any],
    connections: Connected,
    record: Id,
    as_what: AsWhat = "label",
    years: YearsText = None,
    format_name: FormatName = None,
    genre: Genre = None,
    style: Style = None,
    role: Role = None,
    sort: Sort = "year",
    order: Order = "asc",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response[LabelReleases]:
    """Sorted and narrowed down, with their catalogue numbers, or with what the company did; also as NDJSON."""
    label = parse_id(record)
    with readable_cursor():
        wanted = Wanted(parse_years(years), format_name, genre, style, role)
        descending = order == "desc"
        asked = Asked(kind=as_what, wanted=wanted, sort=sort, descending=descending, cursor=cursor, limit=limit)
        found = releases_of_label(connections.context, label, asked)
    if found is None:
        raise NotFoundException(f"There is no label {label}.")
    name = f"releases-of-label-{label}"
    return lines_answer(name, found.releases) if wants_lines(request) else Response(found)


ROUTES: Final = [releases]
