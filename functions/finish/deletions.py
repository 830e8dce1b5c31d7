"""Which records the dump no longer has, and taking them out of PostgreSQL. The graph follows as for any change."""

from __future__ import annotations

import datetime as dt
import sys
from array import array
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any

import psycopg
import structlog
from pyroaring import BitMap64

from functions.documents.stored_documents import stored_documents
from functions.extract.records.quarantine import note_named
from functions.finish.deletion_limit import Removal, over_limit
from functions.load_table.bookkeeping import note_removals
from functions.runtime.entities import CODE, Entity
from functions.runtime.errors import RunInactive
from functions.runtime.ledger.models import File, Run
from functions.runtime.ledger.store import files_of, hold_run, sql
from functions.runtime.ledger.stored_objects import read_object
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_log = structlog.get_logger(__name__)
_sql = statements(__file__, "finish.sql")

_DELETE_BATCH = 1_000
_READ_BATCH = 1_000_000
#: Entities whose ids are compared at once.
_AT_ONCE = 2


def remove_gone(context: Context, run: Run) -> tuple[list[Removal], str | None]:
    """Carry out the deletions: what was removed, and None; or nothing, and why, when they are over the limit.

    Raises:
        RunInactive: the run was paused or cancelled.
        DamagedObject: it is not known any more which ids a file has.
    """
    if not run.writes_tables or run.kind != "load" or run.dump is None:
        return [], None
    with context.connection() as connection:
        files = files_of(connection, run.id)
    planned = _planned(context, files)
    alarm = None if run.accept_deletions else over_limit(planned, context.settings.deletion_share)
    if alarm:
        return [], alarm
    for removal in planned:
        _log.info("removed", entity=removal.entity, records=_remove(context, removal, run, run.dump))
    return planned, None


def _planned(context: Context, files: Iterable[File]) -> list[Removal]:
    """What the dump no longer has of each entity whose file is whole; ids in quarantine count as seen."""
    whole = [(file, file.seen_key) for file in files if file.whole and file.seen_key]
    with ThreadPoolExecutor(_AT_ONCE, "removals") as threads:
        return [removal for removal in threads.map(lambda each: _removal(context, *each), whole) if removal.ids]


def _remove(context: Context, removal: Removal, run: Run, dump: dt.date) -> int:
    """Take the records out of their table, their documents kept as tombstones. Returns how many went.

    They are counted in the run, and noted in the history, by the transaction that removes them.
    """
    rest, gone = iter(removal.ids), 0
    while ids := list(islice(rest, _DELETE_BATCH)):
        with context.connection() as connection:
            if not hold_run(connection, run.id):
                raise RunInactive
            some = _remove_some(connection, removal.entity, ids, dump)
            connection.execute(sql.add_written, {"run": run.id, "rows": some, "nodes": 0, "edges": 0})
            connection.execute(sql.add_removed, {"run": run.id, "entity": removal.entity, "rows": some})
        gone += some
    return gone


def note_named_pieces(context: Context, run: Run) -> None:
    """Note which pieces in quarantine are of records that the run's dump has, be its file whole or not."""
    with context.connection() as connection:
        for file in files_of(connection, run.id):
            if file.seen_key and run.kind == "load" and run.dump:
                note_named(connection, run.dump, file.entity, partial(_seen, context, file, file.seen_key))


def _seen(context: Context, file: File, seen_key: str) -> BitMap64:
    return BitMap64.deserialize(read_object(context.bucket, seen_key, file.seen))


def _removal(context: Context, file: File, seen_key: str) -> Removal:
    seen = _seen(context, file, seen_key)
    with context.connection() as connection:
        stored = _stored_ids(connection, file.entity)
    return Removal(file.entity, stored - seen, len(stored))


def _stored_ids(connection: psycopg.Connection[Any], entity: Entity) -> BitMap64:
    """The ids of an entity that have a document. They come as bytes, a range at a time: rows took far longer."""
    found, values = BitMap64(), {"entity": CODE[entity], "after": -1, "limit": _READ_BATCH}
    cursor = connection.cursor(binary=True)
    while row := cursor.execute(_sql.stored_ids, values).fetchone():
        data, values["after"] = row
        if data is None:
            break
        found |= BitMap64(_integers(data))
    return found


def _integers(data: bytes) -> array[int]:
    """What PostgreSQL sends as 64-bit integers, in its order of bytes."""
    found = array("Q", data)
    if sys.byteorder == "little":
        found.byteswap()
    return found


def _remove_some(connection: psycopg.Connection[Any], entity: Entity, ids: list[int], dump: dt.date) -> int:
    stored = stored_documents(connection, entity, ids)
    note_removals(connection, entity, dump, ids, stored)
    connection.execute(getattr(_sql, f"bury_{entity}"), {"ids": ids, "dump": dump})
    gone = connection.execute(getattr(_sql, f"remove_{entity}"), {"ids": ids}).rowcount
    connection.execute(_sql.forget_documents, {"entity": CODE[entity], "ids": ids})
    return gone
