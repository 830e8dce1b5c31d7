"""`/search`: records by word, what they are narrowed down by, and the same as CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.exceptions import ValidationException
from markupsafe import Markup, escape
from msgspec import Struct

from functions.discover.addresses import record_address
from functions.discover.search.facet_counts import FacetCount, facet_counts
from functions.discover.search.filters import named_filters
from functions.discover.search.query import parse_query
from functions.discover.search.search import Hit, SearchPage, first_of, search
from functions.identifiers.recognise import recognise
from functions.runtime.errors import RefusedError
from functions.search_entries.words import fold
from gateway.connections import Connected
from gateway.csv_answers import csv_answer
from gateway.pages.list_page import plain_cell
from gateway.pages.render import page

AnyRequest = Request[Any, Any, Any]

_ROWS: Final = 20
_SHOWN: Final = 8
_LONGEST: Final = 500

#: Kinds of facets in the order of the page, their heading, and the parameter of an address.
_KINDS: Final = {
    "type": "Type",
    "genre": "Genre",
    "style": "Style",
    "decade": "Decade",
    "country": "Country",
    "family": "Format",
    "format": "Medium",
    "label": "Label",
}
_HEADINGS: Final = ("type", "id", "name", "by", "year", "country", "label", "format", "match")
_WORD: Final = re.compile(r"\w+")


class Choice(Struct, frozen=True):
    """A value that hits are narrowed down by: its address adds it, or takes it away where it is chosen."""

    text: str
    count: int
    url: str
    chosen: bool


class Group(Struct, frozen=True):
    """The values of a kind; `more` are those that a click away."""

    heading: str
    choices: list[Choice]
    more: list[Choice]


class Line(Struct, frozen=True):
    """A hit as it is shown: its name with what matched marked."""

    hit: Hit
    name: Markup
    url: str


@get("/search", sync_to_thread=True, include_in_schema=False)
def search_page(request: AnyRequest, connections: Connected) -> Response[Any]:
    """The box and what was found; exactly its rows as CSV where `download=csv` is asked for."""
    asked = {name: value for name, value in request.query_params.items() if value}
    text = asked.get("q", "").strip()
    if len(text) > _LONGEST:
        raise ValidationException(f"That has {len(text):,} characters: {_LONGEST} are the most that is looked for.")
    chosen = {name: asked[name] for name in _KINDS if name in asked}
    found = _found(connections, text, chosen, asked.get("cursor"))
    if asked.get("download") == "csv":
        return csv_answer("search", _HEADINGS, _rows(found) if found else [])
    kept = {"q": text, **chosen}
    return page(
        request,
        "search.html",
        title=text or "Search",
        text=text,
        searched=text,
        told=_told,
        found=found,
        lines=[_line(hit, text) for hit in found.hits] if found else [],
        groups=_groups(connections, text, chosen) if found else [],
        chosen=[(_KINDS[name], value, _url(kept | {name: ""})) for name, value in chosen.items()],
        first=first_of(asked.get("cursor")),
        next_url=_url(kept | {"cursor": found.next}) if found and found.next else "",
        first_url=_url(kept) if "cursor" in asked else "",
        csv_url=_url(kept | {"cursor": asked.get("cursor", ""), "download": "csv"}),
        json_url=_url(kept | {"cursor": asked.get("cursor", "")}, "/api/search"),
        lookup_url=_url({"q": text}, "/lookup") if _is_number(text) else "",
    )


def _found(connections: Connected, text: str, chosen: Mapping[str, str], cursor: str | None) -> SearchPage | None:
    if not text and not chosen:
        return None
    try:
        return search(connections.context, text, named_filters(chosen), _ROWS, first_of(cursor))
    except RefusedError as error:
        raise ValidationException(str(error)) from error


def _groups(connections: Connected, text: str, chosen: Mapping[str, str]) -> list[Group]:
    """The facets of what was found; those of a kind that is chosen as if it were not, so that another may be."""
    whole = facet_counts(connections.context, text, named_filters(chosen)).counts
    groups = []
    for kind, heading in _KINDS.items():
        counts = whole.get(kind, [])
        if kind in chosen:
            others = {name: value for name, value in chosen.items() if name != kind}
            counts = facet_counts(connections.context, text, named_filters(others)).counts[kind]
        choices = [_choice(kind, one, text, chosen) for one in counts]
        if choices:
            groups.append(Group(heading, choices[:_SHOWN], choices[_SHOWN:]))
    return groups


def _choice(kind: str, one: FacetCount, text: str, chosen: Mapping[str, str]) -> Choice:
    value = str(one.label) if one.label is not None else one.value
    is_chosen = chosen.get(kind) == value
    shown = f"{one.value}s" if kind in ("type", "decade") else one.value
    return Choice(shown, one.count, _url({"q": text, **chosen, kind: "" if is_chosen else value}), is_chosen)


def _line(hit: Hit, text: str) -> Line:
    wanted = {word for term in parse_query(text).terms if not term.excluded for word in term.words}
    return Line(hit, _marked(hit.name, wanted), record_address(hit.type, hit.id, hit.name))


def _told(hit: Hit) -> str:
    """What tells a hit apart."""
    year = "" if hit.year is None else str(hit.year)
    return " · ".join(piece for piece in (hit.by, year, hit.country, hit.label, hit.format) if piece) or hit.type


def _marked(name: str, wanted: set[str]) -> Markup:
    """A name, the words that were asked for marked."""
    return Markup("").join(_pieces(name, wanted))


def _pieces(name: str, wanted: set[str]) -> Iterator[Markup]:
    at = 0
    for match in _WORD.finditer(name):
        yield escape(name[at : match.start()])
        at = match.end()
        shown = escape(match[0])
        folded = fold(match[0])
        yield (
            Markup("<mark>{}</mark>").format(shown)
            if folded in wanted or any(len(word) == 2 and not word.isascii() and word in folded for word in wanted)
            else shown
        )
    yield escape(name[at:])


def _is_number(text: str) -> bool:
    """Whether a text looks like a barcode or a catalogue number, as well."""
    return any(character.isdigit() for character in text) and bool(recognise(text))


def _rows(found: SearchPage) -> list[list[Any]]:
    return [[plain_cell(getattr(hit, name)) for name in _HEADINGS] for hit in found.hits]


def _url(values: Mapping[str, str | None], path: str = "/search") -> str:
    return f"{path}?{urlencode({name: value for name, value in values.items() if value})}"


ROUTES: Final = [search_page]
