"""Whether there are search entries, and whether they are those of all documents."""

from __future__ import annotations

from typing import Final

from functions.discover.search.query import Query
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "search.sql")

_KNOWN_S: Final = 2.0

MAKING: Final = (
    "Search entries are still being made of the documents: nothing, or not everything, is found by words yet. "
    "Look-ups of barcodes and catalogue numbers may be further, and every record has its page by its id."
)
BEHIND: Final = "Records that changed last are not yet found by what is new in them."


TRACKS_OFF: Final = (
    "Titles of tracks are not looked for: LINERNOTES_SEARCH_TRACKS of `main` or `all` has them made findable."
)


def is_settled(notice: str | None) -> bool:
    """Whether nothing that is looked through is being made."""
    return notice not in (MAKING, BEHIND)


def notice_of_state(context: Context, query: Query) -> str | None:
    """Why there may be more than is found; None where everything is found."""
    if context.settings.search_tracks == "off" and any(piece.field == "track" for piece in query.understood):
        return TRACKS_OFF
    return context.memory.recall("search-state", _KNOWN_S, lambda: _read(context))


def _read(context: Context) -> str | None:
    with context.statements() as connection:
        row = connection.execute(_sql.state).fetchone()
    there, caught_up = row or (False, False)
    return MAKING if not there else None if caught_up else BEHIND
