"""`/api/lookup`: releases by a barcode, a catalogue number, a matrix number or another identifier."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import get
from litestar.params import QueryParameter

from functions.discover.lookup.read import LONGEST_TEXT, Lookup, look_up
from functions.identifiers.normal_form import Kind
from gateway.answers.answers import note_unfit
from gateway.api.list_parameters import Limit, readable_cursor
from gateway.connections import Connected
from gateway.errors import PROBLEMS

Asked = Annotated[
    str, QueryParameter(description="as typed or scanned, as in `7 24382 85992 5`", max_length=LONGEST_TEXT)
]
WhichKind = Annotated[Kind | None, QueryParameter(description="as this kind of identifier only")]
Prefixes = Annotated[bool, QueryParameter(description="also what begins with it")]
Cursor = Annotated[str | None, QueryParameter(description="`next` of the page before", max_length=400)]


@get(
    "/api/lookup",
    sync_to_thread=True,
    opt={"cached": True},
    summary="Releases by barcode, catalogue number, matrix number and the like",
    tags=["Discover"],
    responses=PROBLEMS,
)
def lookup(
    connections: Connected,
    q: Asked,
    kind: WhichKind = None,
    prefixes: Prefixes = True,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Lookup:
    """Releases that bear it, the best first; blanks, punctuation, case and check digits make no difference."""
    with readable_cursor():
        found = look_up(connections.context, q, limit, cursor, kind=kind, prefixes=prefixes)
    if not found.is_whole:
        note_unfit("identifiers are still being made, or time ran out")
    return found


ROUTES: Final = [lookup]
