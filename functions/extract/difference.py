"""Which records of the stream are new or changed: their raw digest against `record_state`."""

from __future__ import annotations

from typing import Any

import psycopg

from functions.extract.cutter import Found
from functions.runtime.entities import CODE, Entity
from functions.runtime.statements import statements

_sql = statements(__file__, "extract.sql")

#: A range that holds at most this many ids for each one asked is read as a range, else id by id.
_SPARSE = 20


def changed(connection: psycopg.Connection[Any], entity: Entity, batch: list[Found]) -> list[Found]:
    """The records of a batch whose bytes the stores do not know yet, in the batch's order."""
    if not batch:
        return []
    ids = [record.id for record in batch]
    low, high = min(ids), max(ids)
    if high - low <= _SPARSE * len(ids):
        rows = connection.execute(_sql.raw_in_range, {"entity": CODE[entity], "low": low, "high": high})
    else:
        rows = connection.execute(_sql.raw_by_id, {"entity": CODE[entity], "ids": ids})
    known = dict(rows.fetchall())
    return [record for record in batch if known.get(record.id) != record.raw]
