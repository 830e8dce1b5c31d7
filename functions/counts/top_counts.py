"""Reading the counts: the largest of a kind, or all of them by name."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, get_args

from msgspec import Struct

from functions.counts.name_cursor import Place, cursor_of, place_of
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.store import fetch
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "counts.sql")

CountKind = Literal["genre", "style", "label", "country", "format", "year"]
COUNT_KINDS: Final[tuple[CountKind, ...]] = get_args(CountKind)

#: By which names are sorted: Unicode's root collation, or, where PostgreSQL has no ICU, letters without their accents.
Collation = Literal["icu-root", "plain-letters"]

_LARGEST_ID: Final = 2**63 - 1


class Count(Struct, frozen=True):
    """How many releases and masters have a key. A label's key is its id, and `name` what it is called.

    `name` is null where it is not known, and of everything but labels.
    """

    key: str
    name: str | None
    releases: int
    masters: int

    @property
    def shown(self) -> str:
        """What people know it by."""
        return self.key if self.name is None else self.name


class CountPage(NamedTuple):
    """Counts, and where the page after them begins; None after the last."""

    counts: list[Count]
    next: str | None


def largest(context: Context, kind: CountKind, limit: int) -> list[Count]:
    """The keys of a kind with the most releases; of as many, by name."""
    statement = _sql.largest_labels if kind == "label" else _sql.largest
    with context.connection() as connection:
        return fetch(connection, Count, statement, kind=kind, limit=limit)


def by_name(context: Context, kind: CountKind, limit: int, cursor: str | None) -> CountPage:
    """A page of the keys of a kind in the order of their names; of labels those with a document.

    Raises:
        RefusedError: the cursor is none.
    """
    labels = kind == "label"
    after = place_of(cursor) if cursor else Place("", "-1" if labels else "")
    is_id = after.key.isascii() and after.key.isdigit() and len(after.key) < 20 and int(after.key) <= _LARGEST_ID
    if labels and cursor and not is_id:
        raise RefusedError(f"{cursor[:60]!r} is no cursor of labels: give `next` of the page before, or none to begin.")
    statement = _sql.labels_by_name if labels else _sql.by_name
    with context.connection() as connection:
        found = fetch(connection, Count, statement, kind=kind, limit=limit + 1, name=after.name, key=after.key)
    last = found[limit - 1] if len(found) > limit else None
    return CountPage(found[:limit], cursor_of(last.shown, last.key) if last else None)


def collation(context: Context) -> Collation:
    """By which names are sorted here."""
    with context.statements() as connection:
        return "icu-root" if connection.execute(_sql.order).fetchone() == ("i",) else "plain-letters"
