"""Quarantine: pieces of a dump that make no document, kept with their reason and bytes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Literal

import psycopg
from msgspec import Struct

from functions.runtime.entities import Entity
from functions.runtime.statements import statements

_sql = statements(__file__, "quarantine.sql")

Reason = Literal[
    "bad-number", "duplicate-id", "no-id", "not-utf-8", "not-well-formed", "stray-bytes", "too-deep", "truncated"
]


class Rejected(Struct, frozen=True):
    """A piece of a dump that was put aside. `record_id` is None when the piece does not tell."""

    stream_at: int
    record_id: int | None
    reason: Reason
    detail: str
    data: bytes


def put_aside(
    connection: psycopg.Connection[Any], run: int, dump: dt.date, entity: Entity, pieces: Iterable[Rejected]
) -> None:
    """Keep pieces in the quarantine; a piece that is there already is not put there twice."""
    rows = [
        {
            "dump": dump,
            "entity": entity,
            "stream_at": piece.stream_at,
            "record_id": piece.record_id,
            "reason": piece.reason,
            "detail": piece.detail,
            "bytes": piece.data,
            "run": run,
        }
        for piece in pieces
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_sql.insert, rows)
