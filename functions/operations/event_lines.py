"""The latest events, each with how bad it is."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal

from msgspec import Struct

from functions.runtime.ledger.store import Connection, fetch
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "sections.sql")

EventLevel = Literal["info", "good", "warn", "bad"]

_LEVELS: Final[dict[str, EventLevel]] = {
    "run-done": "good",
    "derivation-built": "good",
    "run-failed": "bad",
    "wrong-checksum": "bad",
    "part-dead": "bad",
    "derivation-dead": "bad",
    "run-stopped": "warn",
    "run-cancelled": "warn",
    "check-failed": "warn",
    "new-dump-refused": "warn",
    "download-put-off": "warn",
    "file-refused": "warn",
    "not-whole": "warn",
    "file-damaged": "warn",
    "part-damaged": "warn",
    "drift-collapsed": "warn",
    "drift-unknown": "warn",
    "graph-emptied": "warn",
    "process-ended": "warn",
}


class EventLine(Struct, frozen=True):
    """One event."""

    id: int
    at: dt.datetime
    run: int | None
    kind: str
    level: EventLevel
    detail: dict[str, Any]


class _Row(Struct, frozen=True):
    id: int
    at: dt.datetime
    run: int | None
    kind: str
    detail: dict[str, Any]


def event_lines(connection: Connection, limit: int = 30) -> list[EventLine]:
    """The latest events, newest first."""
    rows = fetch(connection, _Row, _sql.events, limit=limit)
    return [EventLine(row.id, row.at, row.run, row.kind, level_of(row.kind), row.detail) for row in rows]


def level_of(kind: str) -> EventLevel:
    """How bad an event of this kind is."""
    return _LEVELS.get(kind, "info")
