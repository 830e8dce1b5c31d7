"""`/api/masters/{id}/versions`: the releases of a master, as its page lists them."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import QueryParameter
from litestar.status_codes import HTTP_404_NOT_FOUND

from functions.discover.artist.discography import parse_years
from functions.discover.records.master import master_versions
from functions.discover.records.versions import SortBy, Versions, Wanted, parse_place
from gateway.api.documents import Id, parse_id
from gateway.api.list_parameters import Cursor, Limit, readable_cursor
from gateway.connections import Connected
from gateway.errors import PROBLEMS, Problem, spec

Country = Annotated[str | None, QueryParameter(max_length=200, description="of this country only")]
FormatName = Annotated[
    str | None, QueryParameter(name="format", max_length=200, description="with this format, as in `Vinyl`")
]
LabelText = Annotated[
    str | None, QueryParameter(name="label", max_length=200, description="in the first label or its catalogue number")
]
YearsText = Annotated[
    str | None, QueryParameter(name="years", max_length=20, description="released in them, as in 1977 or 1977..1983")
]
Sort = Annotated[SortBy, QueryParameter(description="by which column; what is not known stands last")]
Order = Annotated[Literal["asc", "desc"], QueryParameter(description="upwards or downwards")]


@get(
    "/api/masters/{record:str}/versions",
    operation_id="get_versions",
    sync_to_thread=True,
    opt={"cached": True},
    summary="The releases of a master",
    tags=["Discover"],
    responses={HTTP_404_NOT_FOUND: spec(Problem, "There is no such master"), **PROBLEMS},
)
def versions(
    connections: Connected,
    record: Id,
    country: Country = None,
    format_name: FormatName = None,
    label: LabelText = None,
    years: YearsText = None,
    sort: Sort = "year",
    order: Order = "asc",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Versions:
    """Sorted and narrowed down, with the countries and formats that there are."""
    master = parse_id(record)
    with readable_cursor():
        first = parse_place(cursor)
        wanted = Wanted(country, format_name, label, parse_years(years))
    descending = order == "desc"
    found = master_versions(connections.context, master, wanted, sort, descending=descending, first=first, limit=limit)
    if found is None:
        raise NotFoundException(f"There is no master {master}.")
    return found


ROUTES: Final = [versions]
