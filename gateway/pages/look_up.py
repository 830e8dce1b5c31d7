"""`/lookup`: releases by a barcode, a catalogue number, a matrix number or another identifier."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.exceptions import ValidationException

from functions.discover.lookup.probes import How
from functions.discover.lookup.read import LONGEST_TEXT, Lookup, look_up
from functions.identifiers.normal_form import Kind
from functions.runtime.errors import RefusedError
from gateway.connections import Connected
from gateway.csv_answers import csv_answer
from gateway.pages.list_page import plain_cell
from gateway.pages.render import page

AnyRequest = Request[Any, Any, Any]

#: Identifiers of a page.
_ROWS: Final = 100

_KINDS: Final[dict[Kind, str]] = {
    "barcode": "a barcode",
    "catno": "a catalogue number",
    "matrix": "a matrix number",
    "label-code": "a label code",
    "sid": "a SID code",
    "isrc": "an ISRC",
    "asin": "an ASIN",
    "other": "another identifier",
}
_HOWS: Final[dict[How, str]] = {
    "exact": "exact",
    "check-digit": "with or without its check digit",
    "other-check-digit": "another check digit",
    "prefix": "begins with it",
}
#: Of the release, then of what matched.
_HEADINGS: Final = (
    *("release", "artists", "title", "label", "catno", "year", "country", "format"),
    *("kind", "type", "written", "description", "how"),
)


@get("/lookup", sync_to_thread=True, include_in_schema=False)
def lookup_page(request: AnyRequest, connections: Connected) -> Response[Any]:
    """The box, and what was found; exactly its rows as CSV where `format=csv` is asked for."""
    asked = {name: value for name, value in request.query_params.items() if value}
    text = asked.get("q", "")
    found = _found(connections, text, asked.get("cursor")) if text else None
    if found and asked.get("format") == "csv":
        return csv_answer("lookup", _HEADINGS, _rows(found))
    following = found.next if found else None
    return page(
        request,
        "lookup.html",
        title=f"{text} – look up" if text else "Look up",
        text=text,
        found=found,
        most=LONGEST_TEXT,
        kinds=_KINDS,
        hows=_HOWS,
        first_page="cursor" not in asked,
        first_url=_url("/lookup", q=text),
        next_url=_url("/lookup", q=text, cursor=following) if following else "",
        csv_url=_url("/lookup", q=text, cursor=asked.get("cursor"), format="csv"),
        json_url=_url("/api/lookup", q=text, cursor=asked.get("cursor")),
    )


def _found(connections: Connected, text: str, cursor: str | None) -> Lookup:
    if len(text) > LONGEST_TEXT:
        raise ValidationException(f"That has {len(text):,} characters: {LONGEST_TEXT} are the most that is looked up.")
    try:
        return connections.answers.call(look_up, connections.context, text, _ROWS, cursor)
    except RefusedError as error:
        raise ValidationException(str(error)) from error


def _rows(found: Lookup) -> list[list[Any]]:
    return [
        [
            plain_cell(cell)
            for cell in (
                *(hit.id, hit.artists, hit.title, hit.label, hit.catno, hit.year, hit.country, hit.format),
                *(match.kind, match.type, match.written, match.description, match.how),
            )
        ]
        for hit in found.hits
        for match in hit.matches
    ]


def _url(path: str, **values: str | None) -> str:
    return f"{path}?{urlencode({name: value for name, value in values.items() if value})}"


ROUTES: Final = [lookup_page]
