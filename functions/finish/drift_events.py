"""The drift alarm: what a run met that the model does not know, and which fields collapsed against the run before."""

from __future__ import annotations

from typing import Any

import msgspec
import structlog

from functions.extract.limits.schema_drift import FieldCounts, collapsed
from functions.runtime.ledger.models import File
from functions.runtime.ledger.store import Connection, add_event, files_of
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_log = structlog.get_logger(__name__)
_sql = statements(__file__, "finish.sql")
_examples = statements(__file__, "drift_events.sql")


def note_drift(context: Context, run: int) -> None:
    """Sum up the counts of each entity's parts and note what is unusual as events; a second call changes nothing."""
    with context.connection() as connection:
        for file in files_of(connection, run):
            if connection.execute(_sql.note_fields, {"run": run, "entity": file.entity}).rowcount:
                _note_unknown(connection, file)
                _note_collapsed(connection, file)


def _note_unknown(connection: Connection, file: File) -> None:
    rows = connection.execute(_sql.unknown, {"run": file.run, "entity": file.entity}).fetchall()
    for name, times, example in rows:
        _sentence(connection, file, "drift-unknown", name=name, times=times, example=example)


def _note_collapsed(connection: Connection, file: File) -> None:
    values = {"run": file.run, "entity": file.entity}
    now, before = (_counts(connection.execute(query, values).fetchone()) for query in (_sql.fields, _sql.fields_before))
    for collapse in collapsed(before, now):
        path = f'$.**."{collapse.field}"'
        row = connection.execute(_examples.without_field, {**values, "path": path}).fetchone()
        collapse = msgspec.structs.replace(collapse, example=row[0] if row else None)
        _sentence(connection, file, "drift-collapsed", **msgspec.structs.asdict(collapse))


def _counts(row: tuple[Any, ...] | None) -> FieldCounts:
    return row[0] if row and row[0] else {}


def _sentence(connection: Connection, file: File, kind: str, **detail: Any) -> None:
    add_event(connection, kind, file.run, entity=file.entity, **detail)
    _log.warning(kind, entity=file.entity, **detail)
