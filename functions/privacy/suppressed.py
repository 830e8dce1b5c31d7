"""The list of suppressed records: they stay in both stores, and nobody is shown them.

Whoever serves records leaves out what is listed, in SQL: `suppressed.sql` says how. The list is the owner's: the
gateway's users at PostgreSQL see which records are listed, neither why nor by whom.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress as ignoring
from typing import Any, Final

import psycopg
from msgspec import Struct

from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import RefusedError, SettingError
from functions.runtime.ledger.store import add_event, fetch
from functions.runtime.stores.query_files import statements

Connection = psycopg.Connection[Any]

#: Characters of the longest reason.
LONGEST_REASON: Final = 1_000

_sql = statements(__file__, "suppressed.sql")


class Suppressed(Struct, frozen=True):
    """A record that is not shown: why, where a reason was given, and who has listed it when."""

    entity: Entity
    id: int
    reason: str | None
    by: str
    at: dt.datetime


class SuppressedPage(Struct, frozen=True):
    """Records by entity and id; `next` is the cursor of the page behind them, null behind the last."""

    records: list[Suppressed]
    next: str | None


def suppress(
    connection: Connection, entity: Entity, ids: Sequence[int], *, by: str, reason: str | None = None
) -> list[int]:
    """Show these records to nobody from now on; a record need not be there yet.

    Args:
        connection: its transaction lists them, and notes that as an event, which names neither records nor reason.
        by: who wants it.

    Returns:
        Those that were not listed before.

    Raises:
        SettingError: the reason is too long.
    """
    if reason and len(reason) > LONGEST_REASON:
        raise SettingError(f"The reason has {len(reason):,} characters: {LONGEST_REASON:,} are the most that is kept.")
    values = {"entity": entity, "ids": list(ids), "reason": reason or None, "by": by}
    added = sorted(number for (number,) in connection.execute(_sql.add, values).fetchall())
    if added:
        add_event(connection, "suppressed", by=by, entity=entity, records=len(added))
    return added


def unsuppress(connection: Connection, entity: Entity, ids: Sequence[int], *, by: str) -> list[int]:
    """Show these records again.

    Returns:
        Those that were listed.
    """
    values = {"entity": entity, "ids": list(ids)}
    removed = sorted(number for (number,) in connection.execute(_sql.remove, values).fetchall())
    if removed:
        add_event(connection, "unsuppressed", by=by, entity=entity, records=len(removed))
    return removed


def suppressed_page(
    connection: Connection, entity: Entity | None = None, limit: int = 100, cursor: str | None = None
) -> SuppressedPage:
    """A page of the list.

    Raises:
        RefusedError: the cursor is none.
    """
    after_entity, after_id = _place(cursor)
    values = {"entity": entity, "after_entity": after_entity, "after_id": after_id, "limit": limit + 1}
    found = fetch(connection, Suppressed, _sql.page, **values)
    last = found[limit - 1] if len(found) > limit else None
    return SuppressedPage(found[:limit], f"{last.entity}.{last.id}" if last else None)


def is_suppressed(connection: Connection, entity: Entity, record: int) -> bool:
    """Whether a record is listed."""
    row = connection.execute(_sql.is_suppressed, {"entity": entity, "id": record}).fetchone()
    return bool(row and row[0])


def keep_suppressed(old: Connection, new: Connection) -> None:
    """List in one database what is listed in another: a backup of before does not show again what was hidden since."""
    with new.cursor() as cursor:
        cursor.executemany(_sql.keep, old.execute(_sql.all).fetchall())


def _place(cursor: str | None) -> tuple[str, int]:
    if not cursor:
        return "", 0
    entity, _, number = cursor.partition(".")
    with ignoring(ValueError):
        if entity in ENTITIES and 0 <= int(number) < 2**63:
            return entity, int(number)
    raise RefusedError(f"{cursor[:60]!r} is no cursor: give `next` of the page before, or none to begin.")
