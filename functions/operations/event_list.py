"""Events, newest first, by what they are and when they were; and those that a person has caused, for the audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import msgspec
import psycopg
from msgspec import Struct

from functions.operations.paging import MOST_SEARCHED, Total, number_of, read_page
from functions.operations.sorting import Listed, Order, read_sorted
from functions.runtime.entities import Entity
from functions.runtime.ledger.event_kinds import Level, kinds_of, level_of, words_of
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.runtime.stores.text_search import like

_sql = statements(__file__, "event_list.sql")

EventSort = Literal["at", "kind", "run", "by"]
_SORTED: Final = Listed(
    _sql.list,
    "before",
    {"at": ("at", "timestamptz"), "kind": ("kind", "text"), "run": ("run", "bigint"), "by": ("acted_by", "text")},
)

#: Who is asked for by the audit page: whoever has acted.
ANYBODY = "anybody"


class EventFilter(Struct, frozen=True, kw_only=True):
    """Which events: all that match every field that is given.

    `until` is the first moment that no longer counts. `text` is looked for in kind and detail; it, `entity`, `function`
    and `by` among the newest 100,000 that match all else. `by` is who has acted: `anybody` stands for all of them.
    """

    run: int | None = None
    kind: str | None = None
    level: Level | None = None
    entity: Entity | None = None
    function: str | None = None
    by: str | None = None
    text: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


class EventView(Struct, frozen=True):
    """One event: its `level`, what it says in `words`, and its `detail` as it was noted.

    `by` is who has caused it, such as `cli:anna` or `key:nightly`, and null where nobody has.
    """

    id: int
    at: dt.datetime
    run: int | None
    kind: str
    level: Level
    words: str
    by: str | None
    detail: dict[str, Any]


class EventPage(Struct, frozen=True):
    """Events, newest first; `next` is the cursor of the page behind them, null behind the last."""

    events: list[EventView]
    next: str | None
    total: Total


class _Row(Struct, frozen=True):
    id: int
    at: dt.datetime
    run: int | None
    kind: str
    detail: dict[str, Any]


def event_page(
    context: Context, wanted: EventFilter, limit: int = 100, cursor: str | None = None, order: Order | None = None
) -> EventPage:
    """A page of events, newest first without an order.

    Raises:
        RefusedError: the cursor is none.
    """
    values = {**_values(wanted), "before": number_of(cursor if order is None else None)}
    with context.connection() as connection:
        if order is not None:
            page = read_sorted(connection, _Row, _SORTED, values, limit, order, cursor)
            return EventPage([_view(row) for row in page.rows], page.next, page.total)
        found = read_page(connection, _Row, _sql.list, values, limit, "before")
    views = [_view(row) for row in found.rows]
    return EventPage(views, str(views[-1].id) if found.more else None, found.total)


def events_after(context: Context, number: int, limit: int) -> list[EventView]:
    """Events that came after one, oldest first."""
    with context.connection() as connection:
        return views_of(connection.execute(_sql.after, {"after": number, "limit": limit}))


def events_before(context: Context, number: int, ids: Sequence[int] | None) -> list[EventView]:
    """Events with smaller numbers than one that may have come after it: those of `ids`, or of the last minute, if None.

    A number is drawn when an event is added, and others see the event once its transaction ends.
    """
    with context.connection() as connection:
        if ids is None:
            return views_of(connection.execute(_sql.lately_before, {"before": number}))
        return views_of(connection.execute(_sql.of_numbers, {"ids": list(ids)})) if ids else []


def matches(view: EventView, wanted: EventFilter) -> bool:
    """Whether an event that has just come is among those wanted: the same rule as that of the list."""
    return (
        _is(wanted.run, view.run)
        and _is(wanted.kind, view.kind)
        and _is(wanted.level, view.level)
        and _is(wanted.entity, view.detail.get("entity"))
        and _is(wanted.function, view.detail.get("function"))
        and (_is(wanted.by, view.by) or (wanted.by == ANYBODY and view.by is not None))
        and (wanted.since is None or view.at >= wanted.since)
        and (wanted.until is None or view.at < wanted.until)
        and (not wanted.text or wanted.text.lower() in _searched(view))
    )


def views_of(rows: Iterable[Sequence[Any]]) -> list[EventView]:
    """Events of rows with id, at, run, kind and detail."""
    return [_view(_Row(*row)) for row in rows]


async def listen(connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> None:
    """Have a connection told the number of each event that is added from now on."""
    await connection.execute(_sql.listen)


async def new_events(
    connection: psycopg.AsyncConnection[tuple[Any, ...]], ids: Sequence[int], after: int, limit: int
) -> list[EventView]:
    """Events of these numbers, and those that came after one, oldest first."""
    cursor = await connection.execute(_sql.new, {"ids": list(ids), "after": after, "limit": limit})
    return views_of(await cursor.fetchall())


async def missed_events(
    connection: psycopg.AsyncConnection[tuple[Any, ...]], known: Iterable[int], after: int, limit: int
) -> list[EventView]:
    """Events that came after one, by their numbers or later than these say, but for those that are known."""
    cursor = await connection.execute(_sql.missed, {"known": list(known), "after": after, "limit": limit})
    return views_of(await cursor.fetchall())


async def numbers_until(connection: psycopg.AsyncConnection[tuple[Any, ...]], last: int) -> frozenset[int]:
    """The numbers of the events that are there among the last thousand up to one."""
    cursor = await connection.execute(_sql.numbers_until, {"until": last})
    return frozenset(int(row[0]) for row in await cursor.fetchall())


async def last_event(connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> int:
    """The number of the last event; 0 where there is none."""
    row = await (await connection.execute(_sql.last)).fetchone()
    return int(row[0]) if row else 0


async def last_restore(connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> int:
    """The number of the last event that tells of a backup which took the place of the database; 0 where none does."""
    row = await (await connection.execute(_sql.last_restore)).fetchone()
    return int(row[0]) if row else 0


def _searched(view: EventView) -> str:
    return f"{view.kind} {msgspec.json.encode(view.detail).decode()}".lower()


def _is(wanted: object, found: object) -> bool:
    return wanted is None or wanted == found


def _view(row: _Row) -> EventView:
    by = row.detail.get("by")
    return EventView(
        id=row.id,
        at=row.at,
        run=row.run,
        kind=row.kind,
        level=level_of(row.kind),
        words=words_of(row.kind, row.detail),
        by=str(by) if by is not None else None,
        detail=row.detail,
    )


def _values(wanted: EventFilter) -> dict[str, Any]:
    level = wanted.level
    return {
        "run": wanted.run,
        "kinds": [wanted.kind] if wanted.kind else None,
        "level": list(kinds_of(level)) if level and level != "info" else None,
        "other": [*kinds_of("warning"), *kinds_of("error")] if level == "info" else None,
        "entity": wanted.entity,
        "function": wanted.function,
        "acted": wanted.by is not None,
        "by": None if wanted.by == ANYBODY else wanted.by,
        "text": like(wanted.text),
        "since": wanted.since,
        "until": wanted.until,
        "searched": MOST_SEARCHED,
    }
