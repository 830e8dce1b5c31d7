"""`/search`: records by word and by meaning, what they are narrowed down by, and the same as CSV and NDJSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.exceptions import ValidationException
from msgspec import Struct

from functions.discover.meaning.find import Mode, find
from functions.discover.release_links.names import label_names
from functions.discover.search.facet_counts import FacetCount, FacetCounts, facet_counts
from functions.discover.search.filters import CHOSEN_BY, Chosen, named_filters
from functions.discover.search.hits import Hit
from functions.discover.search.search import SearchPage, first_of
from functions.runtime.errors import RefusedError
from functions.search_entries.words import name_of
from gateway.connections import Connected
from gateway.csv_answers import csv_answer
from gateway.pages.list_page import plain_cell
from gateway.pages.render import page
from gateway.pages.words import cut

AnyRequest = Request[Any, Any, Any]

_ROWS: Final = 20
_SHOWN: Final = 8
_LONGEST: Final = 4_000
#: Characters of what is searched for in the title of a window.
_LONGEST_TITLE: Final = 200

#: Kinds of facets in the order of the page, and their heading; the names are parameters of an address.
_HEADINGS: Final = {
    "type": "Type",
    "genre": "Genre",
    "style": "Style",
    "decade": "Decade",
    "original": "First released",
    "country": "Country",
    "family": "Format family",
    "format": "Format",
    "label": "Label",
}
_COLUMNS: Final = (
    *("type", "id", "name", "by", "year", "original", "country", "label", "format", "releases", "match", "url"),
)


#: What is found by, and what the page calls it.
_MODES: Final[dict[Mode, str]] = {"words": "Words", "meaning": "Meaning", "hybrid": "Both"}


class Choice(Struct, frozen=True):
    """A value that hits are narrowed down by: its address adds it, or takes it away where it is chosen."""

    text: str
    count: int
    url: str
    chosen: bool


class Group(Struct, frozen=True):
    """The values of a kind; `more` are those that are a click away."""

    heading: str
    choices: list[Choice]
    more: list[Choice]


class Taken(Struct, frozen=True):
    """A value that was chosen, and the address without it."""

    heading: str
    text: str
    url: str


@get("/search", sync_to_thread=True, include_in_schema=False)
def search_page(request: AnyRequest, connections: Connected) -> Response[Any]:
    """The box and what was found; exactly its rows as CSV where `download=csv` is asked for."""
    text = (request.query_params.get("q") or "").strip()
    cursor = request.query_params.get("cursor") or None
    if len(text) > _LONGEST:
        raise ValidationException(
            f"That has {len(text):,} characters: {_LONGEST:,} are the most that a search may have."
        )
    chosen: dict[str, list[str]] = {
        kind: values for kind in CHOSEN_BY if (values := [one for one in request.query_params.getall(kind, []) if one])
    }
    mode: Mode = next((one for one in _MODES if one == request.query_params.get("mode")), "words")
    found, counts = _found(connections, text, chosen, mode, cursor)
    kept: dict[str, list[str]] = chosen if mode == "words" else {**chosen, "mode": [mode]}
    if request.query_params.get("download") == "csv":
        return csv_answer("search", _COLUMNS, _rows(found) if found else [])
    first = first_of(cursor) if found else 0
    best = found.hits[0] if found and found.hits and found.hits[0].match == "exact" and not first else None
    names = _label_names(connections, chosen, counts)
    return page(
        request,
        "search.html",
        title=f"{cut(text, _LONGEST_TITLE)} – search" if text else "Search",
        text=text,
        searched=text,
        told=told,
        told_besides=told_besides,
        found=found,
        best=best,
        hits=(found.hits[1:] if best else found.hits) if found else [],
        counts=counts,
        groups=_groups(counts, text, kept) if counts else [],
        taken=list(_taken(text, kept, names)),
        by=_MODES,
        find_by=mode,
        modes=[(name, _url(text, chosen | {"mode": [one]}), one == mode) for one, name in _MODES.items()],
        first=first,
        next_url=_url(text, kept, cursor=found.next) if found and found.next else "",
        first_url=_url(text, kept) if cursor else "",
        csv_url=_url(text, kept, cursor=cursor, download="csv"),
        lines_url=_url(text, kept, "/api/search", cursor=cursor, download="ndjson"),
        json_url=_url(text, kept, "/api/search", cursor=cursor),
        lookup_url=f"/lookup?{urlencode({'q': text[:200]})}" if found and found.bearers else "",
    )


def _found(
    connections: Connected, text: str, chosen: Chosen, mode: Mode, cursor: str | None
) -> tuple[SearchPage | None, FacetCounts | None]:
    if not text and not chosen:
        return None, None
    try:
        ask, context = connections.answers.call, connections.context
        found = ask(find, context, text, named_filters(chosen), mode, _ROWS, first_of(cursor))
        by_meaning = mode == "meaning" and not (found.vectors and found.vectors.off)
        return found, None if by_meaning else ask(facet_counts, context, text, chosen)  # which are of the words
    except RefusedError as error:
        raise ValidationException(str(error)) from error


def _groups(counts: FacetCounts, text: str, chosen: Mapping[str, Sequence[str]]) -> list[Group]:
    groups = []
    for kind, heading in _HEADINGS.items():
        choices = [_choice(kind, one, text, chosen) for one in counts.counts.get(kind, [])]
        if choices:
            groups.append(Group(heading, choices[:_SHOWN], choices[_SHOWN:]))
    return groups


def _choice(kind: str, one: FacetCount, text: str, chosen: Mapping[str, Sequence[str]]) -> Choice:
    value = str(one.label) if one.label is not None else one.value
    others = [other for other in chosen.get(kind, []) if other.casefold() != value.casefold()]
    is_chosen = len(others) < len(chosen.get(kind, []))
    values = others if is_chosen else [*others, value]
    return Choice(_shown(kind, one.value), one.count, _url(text, {**chosen, kind: values}), is_chosen)


def _shown(kind: str, value: str) -> str:
    return f"{value}s" if kind in ("type", "decade", "original") else value


def _label_names(
    connections: Connected, chosen: Mapping[str, Sequence[str]], counts: FacetCounts | None
) -> dict[str, str]:
    """The names of the labels that are chosen, by their ids."""
    names = {str(one.label): one.value for one in counts.counts["label"]} if counts else {}
    missing = [int(one) for one in chosen.get("label", []) if one not in names]
    if missing:
        with connections.context.connection() as connection:
            names |= {str(label): name_of(name) for label, name in label_names(connection, missing).items()}
    return names


def _taken(text: str, chosen: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> Iterator[Taken]:
    for kind, values in chosen.items():
        for value in values if kind in _HEADINGS else ():
            others = {**chosen, kind: [other for other in values if other != value]}
            shown = names.get(value, value) if kind == "label" else _shown(kind, value)
            yield Taken(_HEADINGS[kind].lower(), shown, _url(text, others))


def told(hit: Hit) -> str:
    """What tells a hit apart, its artists first."""
    return " · ".join(piece for piece in (hit.by, told_besides(hit)) if piece) or hit.type


def told_besides(hit: Hit) -> str:
    """What tells a hit apart besides its artists, and besides what it was found by."""
    said = {one.text for one in hit.found_by}
    pieces = [_years(hit), hit.country, "" if hit.label in said else hit.label, hit.format]
    pieces += [f"real name {hit.real_name}" if hit.real_name and hit.real_name not in said else "", _releases(hit)]
    pieces += [", ".join(hit.styles) if hit.type == "artist" else ""]
    return " · ".join(piece for piece in pieces if piece)


def _years(hit: Hit) -> str:
    if hit.first_year:
        return f"{hit.first_year}" if hit.first_year == hit.last_year else f"{hit.first_year}–{hit.last_year}"
    if hit.original and hit.original != hit.year:
        return f"{hit.year}, first released {hit.original}" if hit.year else f"first released {hit.original}"
    return str(hit.year or "")


def _releases(hit: Hit) -> str:
    if not hit.releases:
        return ""
    noun = "version" if hit.type == "master" else "release"
    return f"{hit.releases:,} {noun}{'' if hit.releases == 1 else 's'}"


def _rows(found: SearchPage) -> list[list[Any]]:
    return [[plain_cell(getattr(hit, name)) for name in _COLUMNS] for hit in found.hits]


def _url(text: str, chosen: Mapping[str, Sequence[str]], path: str = "/search", **more: str | None) -> str:
    pairs = [("q", text), *((kind, value) for kind, values in chosen.items() for value in values)]
    pairs += [(name, value) for name, value in more.items() if value]
    return f"{path}?{urlencode([pair for pair in pairs if pair[0] == 'q' or pair[1]])}"


ROUTES: Final = [search_page]
