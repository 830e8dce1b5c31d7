"""`/api/credits`, and of an artist its discography, its years and whom it played with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final, Literal

from litestar import get
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import QueryParameter
from litestar.status_codes import HTTP_404_NOT_FOUND

from functions.discover.artist.discography import Discography, SortBy, Wanted, discography, parse_years
from functions.discover.artist.summary import PlayedWith, Summary, played_with, summary
from functions.discover.credits.ask import LONGEST, Asked, Credits, ask
from functions.discover.documents.read import Removed, read_document
from functions.discover.release_links.read import Kind
from functions.runtime.errors import RefusedError
from gateway.answers.answers import note_unfit
from gateway.api.documents import Id, parse_id
from gateway.connections import Connected
from gateway.errors import PROBLEMS, Problem, spec

_TAGS: Final = ["Discover"]
_FOUND: Final = {**PROBLEMS, HTTP_404_NOT_FOUND: spec(Problem, "There is no such artist")}

Role = Annotated[
    str, QueryParameter(max_length=LONGEST, description="as in `Mastered By`, or a category, as in mastering or bass")
]
On = Annotated[str, QueryParameter(max_length=LONGEST, description="a record: `release/ID`, `master/ID`, or words")]
By = Annotated[str, QueryParameter(max_length=LONGEST, description="a person: an id, or a name")]
With = Annotated[str, QueryParameter(name="with", max_length=LONGEST, description="another one: an id, or a name")]
YearsGiven = Annotated[str, QueryParameter(name="years", max_length=10, description="as in 1977 or 1977..1983")]
Rows = Annotated[int, QueryParameter(ge=1, le=100, description="how many at most")]
Cursor = Annotated[str | None, QueryParameter(description="`next` of the page before", max_length=60)]
Show = Annotated[Literal["main", "appears", "credited"], QueryParameter(name="show", description="releases named how")]
Sort = Annotated[SortBy, QueryParameter(description="by which column")]
Order = Annotated[Literal["asc", "desc"], QueryParameter(description="which way")]
OfFormat = Annotated[
    str | None, QueryParameter(name="format", max_length=100, description="a format, or a family of them")
]
OfRole = Annotated[str | None, QueryParameter(name="role", max_length=LONGEST, description="a role, or a category")]
OfLabel = Annotated[int | None, QueryParameter(name="label", ge=1, le=2**63 - 1, description="of the label of this id")]


@contextmanager
def _readable() -> Iterator[None]:
    """Years or a cursor that are none are a mistake in the request."""
    try:
        yield
    except RefusedError as error:
        raise ValidationException(str(error)) from error


@get(
    "/api/credits",
    sync_to_thread=True,
    opt={"cached": True},
    summary="Who did what on which record",
    tags=_TAGS,
    responses=PROBLEMS,
)
def credits_asked(
    connections: Connected,
    role: Role = "",
    on: On = "",
    by: By = "",
    together_with: With = "",
    years: YearsGiven = "",
    limit: Rows = 50,
    cursor: Cursor = None,
) -> Credits:
    """A record: who did it there. Two people: where both are named. One: their records. A role: who has it most."""
    with _readable():
        asked = Asked(role, on, by, together_with, parse_years(years))
        found = ask(connections.context, asked, limit, cursor)
    if not found.is_whole:
        note_unfit("not everything was looked at")
    return found


@get(
    "/api/artists/{record:str}/discography",
    sync_to_thread=True,
    opt={"cached": True},
    summary="What an artist made, appears on, or is credited on",
    tags=_TAGS,
    responses=_FOUND,
)
def artist_discography(
    connections: Connected,
    record: Id,
    show: Show = "main",
    sort: Sort = "year",
    order: Order = "asc",
    years: YearsGiven = "",
    format_name: OfFormat = None,
    role: OfRole = None,
    label: OfLabel = None,
    limit: Rows = 50,
    cursor: Cursor = None,
) -> Discography:
    """Masters and releases, those of a master together; of artists with very many releases each one for itself."""
    number = _known(connections, record)
    kind: Kind = show
    with _readable(), connections.context.statements() as connection:
        wanted = Wanted(parse_years(years), format_name, role, label)
        return discography(connection, number, kind, wanted, sort, cursor, descending=order == "desc", limit=limit)


@get(
    "/api/artists/{record:str}/summary",
    sync_to_thread=True,
    opt={"cached": True},
    summary="An artist in figures: by year, styles and labels",
    tags=_TAGS,
    responses=_FOUND,
)
def artist_summary(connections: Connected, record: Id) -> Summary:
    """How many releases name an artist, by year and kind, and the styles and labels of most of them."""
    number = _known(connections, record)
    with connections.context.statements() as connection:
        return summary(connection, number)


@get(
    "/api/artists/{record:str}/played-with",
    sync_to_thread=True,
    opt={"cached": True},
    summary="Who is named on the same releases",
    tags=_TAGS,
    responses=_FOUND,
)
def artist_played_with(connections: Connected, record: Id, limit: Rows = 20) -> PlayedWith:
    """Those who are named on most of an artist's releases."""
    number = _known(connections, record)
    with connections.context.statements() as connection:
        return played_with(connection, number, limit)


def _known(connections: Connected, record: str) -> int:
    """The id of an artist who is there."""
    number = parse_id(record)
    found = read_document(connections.context, "artists", number)
    if found is None or isinstance(found, Removed):
        raise NotFoundException(f"There is no artist {number}.")
    return number


ROUTES: Final = [credits_asked, artist_discography, artist_summary, artist_played_with]
