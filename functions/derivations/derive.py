"""`derive`: one batch of documents is read once, and handed to every derivation that has still to be made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
from msgspec import Struct

from functions.derivations.plan import send_due
from functions.derivations.tables import Rows, replace_rows
from functions.extract.records.record import RECORD_TYPE
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import PermanentError, TransientError
from functions.runtime.function_table import DerivationSpec
from functions.runtime.ledger.claims import counted
from functions.runtime.ledger.store import DERIVATION_LOCK, LOCK_TIMEOUT_S, add_event
from functions.runtime.masking import mask
from functions.runtime.messages import Derive, Message
from functions.runtime.messaging.retry_policy import Hooks, Retry
from functions.runtime.stores.context import Context
from functions.runtime.stores.lock_wait import lock
from functions.runtime.stores.query_files import statements
from functions.runtime.telemetry.metrics import count_records, stage

_sql = statements(__file__, "batches.sql")
_documents = statements(__file__, "documents.sql")

#: Documents that are read from the server at once.
_READ_AHEAD = 1_000

Connection = psycopg.Connection[Any]


class _Work(Struct):
    """What one derivation makes of the batch, and why it could not."""

    spec: DerivationSpec
    building: bool
    rows: dict[str, list[tuple[Any, ...]]]
    error: Exception | None = None


class _Batch(Struct, frozen=True):
    """The documents of a batch, by a range of ids or by the ids given."""

    entity: Entity
    first: int | None
    last: int | None
    ids: list[int] | None


def derive(context: Context, message: Derive) -> list[Message]:
    """Make what is still to be made of the batch, and send what is due.

    What one derivation fails at does not keep the others from their rows: it alone is tried again.

    Raises:
        PermanentError: what is left was started more often than `max_attempts`.
    """
    _count_attempt(context, message)
    with (
        counted(context, _sql.uncount_attempt, {"batch": message.batch}),
        context.connection() as connection,
        connection.transaction(),
    ):
        works = _make(context, connection, message)
    failed = [work for work in works if work.error]
    if failed:
        raise _first_of(failed)
    return send_due(context)


def _make(context: Context, connection: Connection, message: Derive) -> list[_Work]:
    row = lock(
        connection, _sql.lock_batch, {"batch": message.batch}, f"batch {message.batch}", LOCK_TIMEOUT_S
    ).fetchone()
    if row is None:
        return []  # it is made already
    batch = _Batch(ENTITIES[row[0] - 1], *row[1:])
    alone = _sql.share_entity if batch.ids is None else _sql.hold_entity
    key = {"space": DERIVATION_LOCK, "entity": row[0]}
    lock(connection, alone, key, f"the derivations of {batch.entity}", LOCK_TIMEOUT_S)
    works = _works(context, connection, message)
    with stage("derive", "project"):
        ids = _project(connection, batch, works)
    with stage("derive", "write"):
        for work in works:
            _write(connection, message, work, batch.entity, ids)
    connection.execute(_sql.drop_batch, {"batch": message.batch})
    count_records("derive", batch.entity, len(ids))
    return works


def _works(context: Context, connection: Connection, message: Derive) -> list[_Work]:
    specs = {spec.name: spec for spec in context.functions.derivations}
    rows = connection.execute(_sql.work, {"batch": message.batch}).fetchall()
    return [
        _Work(specs[name], building, {table.name: [] for table in specs[name].tables})
        for name, building in rows
        if name in specs
    ]


def _project(connection: Connection, batch: _Batch, works: list[_Work]) -> list[int]:
    """Have every derivation make its rows of each document; the ids of the batch."""
    calls = [(work, work.spec.load()) for work in works]
    ids = list(batch.ids or ())
    without = unread_fields(batch.entity, [work.spec for work in works])
    for number, year, data in _read(connection, batch, without) if works else ():
        if batch.ids is None:
            ids.append(number)
        for work, rows_of in calls:
            if work.error is None:
                _add(work, rows_of, batch.entity, number, data, year)
    return ids


def _add(work: _Work, rows_of: Any, entity: Entity, number: int, data: str, year: int | None) -> None:
    try:
        made: Rows = rows_of(entity, number, data, year)
    except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this derivation only
        work.error = error
        return
    for table, rows in made.items():
        work.rows[table] += rows


def unread_fields(entity: Entity, specs: Iterable[DerivationSpec]) -> list[str]:
    """The fields of an entity's documents that none of these derivations looks at."""
    every = RECORD_TYPE[entity].__struct_fields__
    read = {field for spec in specs for field in (every if spec.fields is None else spec.fields)}
    return [field for field in every if field not in read]


def _read(connection: Connection, batch: _Batch, without: list[str]) -> Iterator[tuple[int, int | None, str]]:
    kind = "in" if batch.ids is None else "of"
    values = {"first": batch.first, "last": batch.last, "ids": batch.ids, "without": without}
    with connection.cursor("documents") as cursor:
        cursor.itersize = _READ_AHEAD
        yield from cursor.execute(getattr(_documents, f"{batch.entity}_{kind}"), values)


def _write(connection: Connection, message: Derive, work: _Work, entity: Entity, ids: list[int]) -> None:
    key = {"batch": message.batch, "derivation": work.spec.name}
    if work.error is None:
        try:
            with connection.transaction():
                replace_rows(connection, work.spec, entity, ids, work.rows, building=work.building)
                connection.execute(_sql.made, key)
        except psycopg.DataError as error:
            work.error = error
    if work.error is not None:
        connection.execute(_sql.failed, {**key, "error": mask(f"{type(work.error).__name__}: {work.error}")[:2_000]})


def _count_attempt(context: Context, message: Derive) -> None:
    with context.connection() as connection:
        rows = connection.execute(_sql.count_attempt, {"batch": message.batch}).fetchall()
    attempts = max((count for _, count in rows), default=0)
    if attempts > context.settings.max_attempts:
        raise PermanentError(f"Batch {message.batch} of documents was started {attempts} times without an end.")


def _first_of(failed: list[_Work]) -> Exception:
    """One that is worth trying again, if there is one."""
    errors = [work.error for work in failed if work.error]
    return next((error for error in errors if isinstance(error, TransientError)), errors[0])


def _note_dead(context: Context, message: Message, error: BaseException) -> None:
    if isinstance(message, Derive):
        with context.connection() as connection:
            values = {"batch": message.batch, "error": mask(str(error))[:2_000]}
            for (name,) in connection.execute(_sql.mark_dead, values).fetchall():
                add_event(connection, "derivation-dead", name=name, batch=message.batch, error=str(error))


def _note_put_off(context: Context, message: Message, retry: Retry) -> None:
    if isinstance(message, Derive):
        with context.connection() as connection:
            connection.execute(_sql.put_off, {"batch": message.batch, "seconds": retry.seconds})


#: What becomes of a batch whose message failed.
HOOKS = Hooks(on_dead=_note_dead, on_retry=_note_put_off)
