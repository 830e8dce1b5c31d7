"""`/`: what the collection holds, what the last month changed, and places to begin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import psycopg
from litestar import Request, Response, get
from msgspec import Struct

from functions.counts.top_counts import Collation, Count, CountKind, collation, largest
from functions.discover.addresses import named_address, record_address
from functions.discover.documents.read import first_documents
from functions.discover.months.read import Month, read_month
from functions.discover.release_links.names import label_names
from functions.discover.start.read import Place, places_to_start
from functions.operations.collection import Collection
from functions.runtime.errors import LinernotesError
from functions.runtime.stores.context import Context
from functions.search_entries.words import name_of
from gateway.connections import Connected
from gateway.pages import words
from gateway.pages.render import page
from gateway.pages.shell import shell_of

_T = TypeVar("_T")

#: Rows of each list.
_ROWS: Final = 10
#: Seconds for which places to start hold: then one that is suppressed is gone.
_DRAWN_S: Final = 60.0


class RankedList(Struct, frozen=True):
    """The keys of a kind with the most releases; `glyph` is the kind of thing they are, where it has a sign.

    `names` are those of labels by their ids.
    """

    kind: CountKind
    title: str
    column: str
    glyph: str
    rows: list[Count]
    names: Mapping[str, str]

    def shown(self, row: Count) -> str:
        """What people know a row by; of a label that nobody names its id."""
        return self.names.get(row.key, row.key)

    @property
    def most(self) -> int:
        """Releases of the first."""
        return self.rows[0].releases if self.rows else 0


_LISTS: Final[tuple[tuple[CountKind, str, str, str], ...]] = (
    ("label", "Labels with the most releases", "label", "label"),
    ("genre", "Genres", "genre", "genre"),
    ("style", "Styles", "style", "style"),
    ("country", "Where records come from", "country", ""),
)


#: How names are sorted, for people.
_BY_NAME: Final[dict[Collation, str]] = {
    "icu-root": "in Unicode’s order",
    "plain-letters": "letter by letter without accents, as PostgreSQL has no ICU here",
}


@get("/", sync_to_thread=True, include_in_schema=False)
def home_page(request: Request[Any, Any, Any], connections: Connected) -> Response[str]:
    """What there is. A store that is down costs what it holds, and the rest is shown."""
    context = connections.context
    collection = shell_of(request.app.state).collection
    return page(
        request,
        "home.html",
        title="Home",
        headline=_headline(collection),
        lead=_lead(collection),
        unavailable="" if collection else "PostgreSQL does not answer now.",
        empty=bool(collection and collection.dump is None and collection.run is None),
        holds=_holds(collection),
        lists=_readable(lambda: _lists(context)) if collection else [],
        by_name=_readable(lambda: [_BY_NAME[collation(context)]]) if collection else [],
        changed=_readable(lambda: _changed(context, collection)),
        starts=_readable(lambda: _starts(context, collection)),
        documents=_readable(lambda: first_documents(context)) if collection else [],
        record_address=record_address,
        address=named_address,
        url=_url,
    )


def _headline(collection: Collection | None) -> str:
    if collection is None or not collection.releases + collection.artists:
        return "linernotes"
    return f"{collection.releases:,} releases by {collection.artists:,} artists"


def _lead(collection: Collection | None) -> str:
    if collection is None:
        return "The monthly Discogs dumps as a music graph and a document store."
    if collection.run is not None:
        return f"Run {collection.run} is {collection.run_state}: Operations shows how far it is."
    if collection.dump is None:
        return "Nothing is loaded yet."
    return f"As of {words.date(collection.dump)}, in documents and as a graph."


def _holds(collection: Collection | None) -> list[tuple[str, int, str]]:
    """How many there are of each kind, and where they are."""
    if collection is None:
        return []
    records = [(name, f"/search?type={name[:-1]}") for name in ("releases", "masters", "artists", "labels")]
    named = [(name, f"/genres#{name}") for name in ("genres", "styles")]
    return [(name, getattr(collection, name), address) for name, address in (*records, *named)]


def _url(kind: CountKind, row: Count) -> str:
    """The page of a row of a list; of a country, and of a label without a document, its records."""
    if kind == "label" and row.name:
        return record_address("label", int(row.key), row.name)
    if kind == "genre" or kind == "style":
        return named_address(kind, row.key)
    return f"/search?{urlencode([(str(kind), row.key)])}"


def _lists(context: Context) -> list[RankedList]:
    lists = []
    for kind, title, column, glyph in _LISTS:
        rows = [
            one for one in largest(context, kind, _ROWS) if one.releases
        ]  # what only masters have is none of releases
        names = _label_names(context, rows) if kind == "label" else {}
        lists.append(RankedList(kind, title, column, glyph, rows, names))
    return lists


def _label_names(context: Context, rows: list[Count]) -> dict[str, str]:
    with context.connection() as connection:
        names = label_names(connection, [int(row.key) for row in rows])
    return {str(label): name_of(name) for label, name in names.items()}


def _changed(context: Context, collection: Collection | None) -> list[Month]:
    """What the last month has changed."""
    if collection is None or collection.dump is None or collection.run is not None:
        return []
    month = read_month(context, collection.dump)
    return [month] if month else []


def _starts(context: Context, collection: Collection | None) -> list[Place]:
    """Places to start, drawn once for a while."""
    if collection is None or collection.dump is None:
        return []
    year = collection.dump.year - 1
    return context.memory.recall("places-to-start", _DRAWN_S, lambda: places_to_start(context, year))


def _readable(read: Callable[[], list[_T]]) -> list[_T]:
    """What is read; nothing where it cannot be."""
    try:
        return read()
    except (LinernotesError, psycopg.Error):
        return []


ROUTES: Final = [home_page]
