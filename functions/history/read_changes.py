"""Reading the history: what each month has added, changed and removed, page by page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple, cast

import msgspec
import psycopg
from msgspec import Struct

from functions.extract.download.dump import parse_dump_date
from functions.history.net_change import Kind
from functions.history.patch import Patch
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import RefusedError, SettingError
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "read_changes.sql")
_CURSOR = re.compile(rf"(\d{{8}})\.({'|'.join(ENTITIES)})\.(\d{{1,19}})", re.ASCII)
_patch = msgspec.json.Decoder(Patch)

#: Bytes of patches after which a page ends: a single one may be as large as its document.
_PAGE_BYTES = 4_000_000
_READ_BATCH = 5_000


class Change(Struct, frozen=True, omit_defaults=True):
    """What a month, as in `20260501`, did to a record; `patch` is there for a changed one that is still there."""

    dump: str
    entity: Entity
    id: int
    kind: Kind
    patch: Patch | None = None


class MonthCounts(Struct, frozen=True):
    """How many records of an entity a month has added, changed and removed."""

    dump: str
    entity: Entity
    added: int
    changed: int
    removed: int


class Place(NamedTuple):
    """A change in the order of all: behind it a page begins."""

    dump: dt.date
    entity: Entity
    id: int

    def __str__(self) -> str:
        return f"{self.dump:%Y%m%d}.{self.entity}.{self.id}"


class Page(NamedTuple):
    """Changes, and the place of the last one where more may follow."""

    changes: list[Change]
    end: Place | None


def parse_place(text: str) -> Place:
    """A place as its text says it.

    Raises:
        RefusedError: it is none.
    """
    match = _CURSOR.fullmatch(text)
    with suppress(SettingError):  # eight digits that are no date
        if match and int(match[3]) < 2**63:
            return Place(parse_dump_date(match[1]), cast("Entity", match[2]), int(match[3]))
    raise RefusedError(f"{text[:60]!r} is no cursor: give `next` of the page before, or none to begin.")


def page(
    context: Context,
    since: dt.date,
    entities: Iterable[Entity] = ENTITIES,
    after: Place | None = None,
    limit: int = 100,
    *,
    until: dt.date | None = None,
    kind: Kind | None = None,
) -> Page:
    """Changes of a month and all later ones in the order of month, entity and id, without those of suppressed records.

    Args:
        after: where the page before ended.
        limit: how many at most; a page of large patches ends earlier.
        until: the last month; None: all.
        kind: what has to have become of a record.
    """
    found: list[Change] = []
    size, removed = 0, context.settings.show_removed
    with context.connection() as connection:
        for month in _months(connection, since, list(entities)):
            if until and month.dump > until:
                break
            if after and (month.dump, month.entity) < (after.dump, after.entity):
                continue
            start = after.id if after and (month.dump, month.entity) == (after.dump, after.entity) else -1
            wanted = {"after": start, "limit": limit - len(found), "removed": removed, "kind": kind}
            for change, more in _changes(connection, month, wanted):
                found.append(change)
                size += more
                if len(found) == limit or size > _PAGE_BYTES:
                    return Page(found, Place(month.dump, month.entity, change.id))
    return Page(found, None)


def changes(context: Context, since: dt.date, entities: Iterable[Entity] = ENTITIES) -> Iterator[Change]:
    """All of them, read piece by piece."""
    entities, end = tuple(entities), None
    while True:
        found, end = page(context, since, entities, end, _READ_BATCH)
        yield from found
        if end is None:
            return


def month_counts(context: Context, since: dt.date, entities: Iterable[Entity] = ENTITIES) -> list[MonthCounts]:
    """How many changes there are of each kind, by month and entity."""
    with context.connection() as connection:
        return [_count(connection, month) for month in _months(connection, since, list(entities))]


class _Month(NamedTuple):
    """One month of one entity; `first` where its history starts, which has no rows."""

    dump: dt.date
    entity: Entity
    first: bool


def _months(connection: psycopg.Connection[Any], since: dt.date, entities: list[Entity]) -> list[_Month]:
    values = {"since": since, "entities": entities}
    starts = connection.execute(_sql.baselines, values).fetchall()
    months = [_Month(dump, entity, first=False) for dump, entity in connection.execute(_sql.months, values)]
    return sorted([*months, *(_Month(dump, entity, first=True) for entity, dump in starts if dump >= since)])


def _changes(
    connection: psycopg.Connection[Any], month: _Month, wanted: dict[str, Any]
) -> Iterator[tuple[Change, int]]:
    """Changes of a month, each with the size of its patch."""
    dump, values = f"{month.dump:%Y%m%d}", {"entity": month.entity, "dump": month.dump, **wanted}
    if month.first:
        if wanted["kind"] not in (None, "added"):
            return
        for (number,) in connection.execute(getattr(_sql, f"first_{month.entity}"), values):
            yield Change(dump, month.entity, number, "added"), 0
        return
    for number, kind, patch in connection.execute(_sql.rows, values):
        yield Change(dump, month.entity, number, kind, _patch.decode(patch) if patch else None), len(patch or "")


def _count(connection: psycopg.Connection[Any], month: _Month) -> MonthCounts:
    values = {"entity": month.entity, "dump": month.dump}
    if month.first:
        stored, more = (
            _number(connection, query, values) for query in (getattr(_sql, f"stored_{month.entity}"), _sql.balance)
        )
        counts = {"added": stored - more}
    else:
        counts = dict(connection.execute(_sql.counts, values).fetchall())
    kinds = (counts.get(kind, 0) for kind in ("added", "changed", "removed"))
    return MonthCounts(f"{month.dump:%Y%m%d}", month.entity, *kinds)


def _number(connection: psycopg.Connection[Any], statement: str, values: dict[str, Any]) -> int:
    row = connection.execute(statement, values).fetchone()
    return row[0] if row else 0
