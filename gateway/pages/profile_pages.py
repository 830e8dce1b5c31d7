"""`/genres`, `/genre/…` and `/style/…`: what there is, and what one is told by."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.params import PathParameter
from litestar.response import Redirect
from litestar.status_codes import HTTP_301_MOVED_PERMANENTLY, HTTP_404_NOT_FOUND

from functions.discover.addresses import NamedKind, named_address, record_address
from functions.discover.profiles.names import Name, find_name, names_of, nearest_names
from functions.discover.profiles.read import NamedCount, RecordCount, read_profile
from functions.runtime.stores.context import Context
from gateway.answers.answers import answers_of
from gateway.connections import Connected
from gateway.pages.render import page
from gateway.pages.year_chart import year_chart

AnyRequest = Request[Any, Any, Any]
#: A name may have a slash in it.
Asked = Annotated[Path, PathParameter()]
_LONGEST: Final = 300

#: Countries that are shown at once; the others are a click away.
_COUNTRIES: Final = 12


@get("/genres", sync_to_thread=True, include_in_schema=False)
def genres_page(request: AnyRequest, connections: Connected) -> Response[Any]:
    """Every genre and every style."""
    return page(
        request,
        "profiles/all.html",
        title="Genres and styles",
        genres=names_of(connections.context, "genre"),
        styles=names_of(connections.context, "style"),
        address=named_address,
    )


@get("/genre/{asked:path}", sync_to_thread=True, include_in_schema=False)
def genre_page(request: AnyRequest, connections: Connected, asked: Asked) -> Response[Any]:
    """A genre; its name itself leads to its address."""
    return _page(request, connections.context, "genre", asked)


@get("/style/{asked:path}", sync_to_thread=True, include_in_schema=False)
def style_page(request: AnyRequest, connections: Connected, asked: Asked) -> Response[Any]:
    """A style; its name itself leads to its address."""
    return _page(request, connections.context, "style", asked)


def _page(request: AnyRequest, context: Context, kind: NamedKind, path: Path) -> Response[Any]:
    asked = str(path).removeprefix("/")[:_LONGEST]
    names = names_of(context, kind)
    name = find_name(names, asked)
    if name is None:
        return _unknown(request, kind, asked, nearest_names(names, asked))
    if asked != name.slug:
        return Redirect(named_address(kind, name.name), status_code=HTTP_301_MOVED_PERMANENTLY)
    profile = answers_of(request).call(read_profile, context, kind, name)
    return page(
        request,
        "profiles/profile.html",
        title=profile.name,
        profile=profile,
        chart=year_chart({one.year: one.releases for one in profile.years}),
        countries=profile.countries,
        shown=_COUNTRIES,
        address=named_address,
        record_address=record_address,
        record_url=_record_url,
        name_url=_name_url,
        api=f"/api{named_address(kind, name.name).replace(f'/{kind}/', f'/{kind}s/', 1)}",
    )


def _unknown(request: AnyRequest, kind: NamedKind, asked: str, nearest: list[Name]) -> Response[Any]:
    return page(
        request,
        "profiles/unknown.html",
        title="Not found",
        status=HTTP_404_NOT_FOUND,
        kind=kind,
        asked=asked[:100],
        nearest=nearest,
        address=named_address,
    )


def _record_url(kind: str, one: RecordCount) -> str:
    return record_address(kind, one.id, one.name)


def _name_url(kind: NamedKind, one: NamedCount) -> str:
    return named_address(kind, one.name)


ROUTES: Final = [genres_page, genre_page, style_page]
