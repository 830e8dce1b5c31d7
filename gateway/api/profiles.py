"""`/api/genres` and `/api/styles`: every one of them, and what one is told by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import PathParameter, QueryParameter
from litestar.status_codes import HTTP_404_NOT_FOUND
from msgspec import Struct
from msgspec.structs import astuple

from functions.discover.addresses import NamedKind
from functions.discover.profiles.names import Name, find_name, names_of, nearest_names
from functions.discover.profiles.read import Profile, read_profile
from functions.runtime.stores.context import Context
from gateway.connections import Connected
from gateway.csv_answers import AlsoCsv, Format, csv_answer, wants_csv
from gateway.errors import PROBLEMS, Problem, spec
from gateway.ndjson_answers import AlsoRows, ListFormat, lines_answer, wants_lines

Part = Literal["years", "countries", "artists", "labels", "genres", "styles", "before", "after", "starts"]
_PARTS: Final[tuple[Part, ...]] = (
    *("years", "countries", "artists", "labels"),
    *("genres", "styles", "before", "after", "starts"),
)

Slug = Annotated[str, PathParameter(description="as in funk-soul, or the name itself", max_length=300)]
WhichPart = Annotated[Part | None, QueryParameter(description="of the CSV, this list only")]


class Names(Struct, frozen=True):
    """Every genre or style, those with the most releases first."""

    names: list[Name]


_NOT_FOUND: Final = {HTTP_404_NOT_FOUND: spec(Problem, "There is none of this name"), **PROBLEMS}


@get(
    "/api/genres",
    sync_to_thread=True,
    opt={"cached": True},
    summary="Every genre",
    tags=["Genres and styles"],
    operation_class=AlsoRows,
    responses=PROBLEMS,
)
def genres(
    request: Request[Any, Any, Any],
    connections: Connected,
    format: ListFormat = None,  # noqa: A002  it is the name of the parameter
) -> Response[Names]:
    """Genres with how many releases and masters have each."""
    return _names(request, connections.context, "genre", format)


@get(
    "/api/styles",
    sync_to_thread=True,
    opt={"cached": True},
    summary="Every style",
    tags=["Genres and styles"],
    operation_class=AlsoRows,
    responses=PROBLEMS,
)
def styles(
    request: Request[Any, Any, Any],
    connections: Connected,
    format: ListFormat = None,  # noqa: A002  it is the name of the parameter
) -> Response[Names]:
    """Styles with how many releases and masters have each."""
    return _names(request, connections.context, "style", format)


@get(
    "/api/genres/{slug:str}",
    sync_to_thread=True,
    opt={"cached": True},
    summary="A genre: when, where, by whom, and what goes with it",
    tags=["Genres and styles"],
    operation_class=AlsoCsv,
    responses=_NOT_FOUND,
)
def genre(
    request: Request[Any, Any, Any],
    connections: Connected,
    slug: Slug,
    part: WhichPart = None,
    format: Format = None,  # noqa: A002  it is the name of the parameter
) -> Response[Profile]:
    """A genre by the letters and digits of its name."""
    return _answer(request, connections.context, "genre", slug, part, format)


@get(
    "/api/styles/{slug:str}",
    sync_to_thread=True,
    opt={"cached": True},
    summary="A style: when, where, by whom, and what goes with it",
    tags=["Genres and styles"],
    operation_class=AlsoCsv,
    responses=_NOT_FOUND,
)
def style(
    request: Request[Any, Any, Any],
    connections: Connected,
    slug: Slug,
    part: WhichPart = None,
    format: Format = None,  # noqa: A002  it is the name of the parameter
) -> Response[Profile]:
    """A style by the letters and digits of its name."""
    return _answer(request, connections.context, "style", slug, part, format)


def _names(request: Request[Any, Any, Any], context: Context, kind: NamedKind, form: str | None) -> Response[Names]:
    names = names_of(context, kind)
    if wants_csv(request, form):
        return csv_answer(f"{kind}s", Name.__struct_fields__, map(astuple, names))
    return lines_answer(f"{kind}s", names) if wants_lines(request, form) else Response(Names(names))


def _answer(
    request: Request[Any, Any, Any], context: Context, kind: NamedKind, asked: str, part: Part | None, form: str | None
) -> Response[Profile]:
    names = names_of(context, kind)
    name = find_name(names, asked)
    if name is None:
        nearest = ", ".join(one.slug for one in nearest_names(names, asked))
        hint = f" Much like it: {nearest}." if nearest else f" /api/{kind}s lists all."
        raise NotFoundException(f"There is no {kind} {asked[:100]!r}.{hint}")
    profile = read_profile(context, kind, name)
    if wants_csv(request, form):
        parts = [part] if part else _PARTS
        return csv_answer(f"{kind}-{name.slug}", ("list", "id", "name", "releases"), _rows(profile, parts))
    return Response(profile)


def _rows(profile: Profile, parts: list[Part] | tuple[Part, ...]) -> Iterator[tuple[Any, ...]]:
    for part in parts:
        for one in getattr(profile, part):
            name = next(getattr(one, field) for field in ("year", "title", "name") if _is_told_by(one, part, field))
            yield part, getattr(one, "id", ""), name, one.releases


def _is_told_by(one: object, part: Part, field: str) -> bool:
    """Whether a row is told apart by this field."""
    return hasattr(one, field) and (field != "year" or part == "years")


ROUTES: Final = [genres, styles, genre, style]
