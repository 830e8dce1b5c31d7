"""`/credits`: a form for questions about credits, its answers, and the same as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.exceptions import ValidationException

from functions.discover.artist.discography import parse_years
from functions.discover.credits.ask import LONGEST, Asked, CreditLine, Credits, ask
from functions.discover.release_links.role_categories import CATEGORIES
from functions.runtime.errors import RefusedError
from gateway.connections import Connected
from gateway.csv_answers import csv_answer
from gateway.pages.list_page import plain_cell
from gateway.pages.render import page
from gateway.pages.words import cut

AnyRequest = Request[Any, Any, Any]

_ROWS: Final = 50
_FIELDS: Final[tuple[str, ...]] = ("role", "on", "by", "with", "years")
_HEADINGS: Final = (
    "artist",
    "name",
    "kind",
    "id",
    "title",
    "year",
    "roles",
    "roles of the other",
    "releases",
    "credited as",
    "the other credited as",
)


@get("/credits", sync_to_thread=True, include_in_schema=False)
def credits_page(request: AnyRequest, connections: Connected) -> Response[Any]:
    """The form, and the answer; exactly its rows as CSV where `download=csv` is asked for."""
    asked = {name: value.strip() for name, value in request.query_params.items() if value.strip()}
    given = {name: asked[name] for name in _FIELDS if name in asked}
    for name, value in given.items():
        if len(value) > LONGEST:
            raise ValidationException(
                f"{name} has {len(value):,} characters: {LONGEST} are the most that is asked for."
            )
    found = _answer(connections, given, asked.get("cursor")) if given else None
    if asked.get("download") == "csv":
        return csv_answer("credits", _HEADINGS, map(_row, found.lines if found else []))
    here = given | {"cursor": asked.get("cursor", "")}
    return page(
        request,
        "credits.html",
        title=f"{cut(', '.join(given.values()), 200)} – credits" if given else "Credits",
        given=given,
        found=found,
        categories=CATEGORIES,
        role_urls={one: _url(given | {"role": one}) for one in (found.role.nearest if found and found.role else [])},
        next_url=_url(given | {"cursor": found.next}) if found and found.next else "",
        first_url=_url(given) if "cursor" in asked else "",
        csv_url=_url(here | {"download": "csv"}),
        json_url=_url(here, "/api/credits"),
    )


def _answer(connections: Connected, given: Mapping[str, str], cursor: str | None) -> Credits:
    try:
        asked = Asked(
            given.get("role", ""),
            given.get("on", ""),
            given.get("by", ""),
            given.get("with", ""),
            parse_years(given.get("years")),
        )
        return connections.answers.call(ask, connections.context, asked, _ROWS, cursor)
    except RefusedError as error:
        raise ValidationException(str(error)) from error


def _row(line: CreditLine) -> list[Any]:
    who, record = line.who, line.record
    return [
        who.id if who else None,
        plain_cell(who.text) if who else None,
        record.kind if record else None,
        record.id if record else None,
        plain_cell(record.text) if record else None,
        line.year,
        plain_cell(", ".join(line.roles)),
        plain_cell(", ".join(line.others_roles)),
        line.releases,
        plain_cell(", ".join(line.credited_as)),
        plain_cell(", ".join(line.others_credited_as)),
    ]


def _url(values: Mapping[str, str], path: str = "/credits") -> str:
    return f"{path}?{urlencode({name: value for name, value in values.items() if value})}"


ROUTES: Final = [credits_page]
