"""`load_table`: the documents of one part to PostgreSQL, rows and state in one transaction."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from psycopg.errors import UniqueViolation

from functions.documents.ndjson import read_lines
from functions.extract.records.part_index import PartIndex, decode_index
from functions.extract.records.quarantine import release
from functions.load_table.binary_copy import copy_rows
from functions.load_table.bulk_copy import copy_documents, copy_states
from functions.load_table.upsert import changed_documents, compress, note_states, write_documents
from functions.projection.projection_state import SHOWN_VERSION
from functions.runtime.ledger.claims import Claim, part_key
from functions.runtime.ledger.models import Part
from functions.runtime.ledger.part_step import part_step
from functions.runtime.ledger.store import sql
from functions.runtime.ledger.stored_objects import DamagedObject, read_object
from functions.runtime.messages import LoadTable, Message
from functions.runtime.stores.context import Context
from functions.runtime.telemetry.metrics import count_records, stage


def load_table(context: Context, message: LoadTable) -> list[Message]:
    """Write the documents that changed, note the state of all, and send what is due."""
    return part_step(context, message, _load, _obsolete)


def _obsolete(held: Claim) -> list[str]:
    """`load_graph` needs the index."""
    return ["ndjson"] if held.run.projects_parts else ["ndjson", "index"]


def _load(context: Context, message: LoadTable, held: Claim) -> None:
    part = held.part
    with stage("load-table", "read"):
        index = decode_index(read_object(context.bucket, part.key("index"), part.objects.get("index")))
        lines = read_object(context.bucket, part.key("ndjson"), part.objects.get("ndjson"))
    assert held.run.dump is not None  # noqa: S101 - a run with XML has a dump
    compress(held.connection)
    with stage("load-table", "write"):
        loaded = _copy(message, held, held.run.dump, index, lines)
        if loaded is None:
            loaded = _upsert(message, held, held.run.dump, index, lines)
    release(held.connection, held.run.dump, message.entity, loaded.ids)
    state = "loaded" if held.run.projects_parts else "done"
    held.connection.execute(sql.part_loaded, {**part_key(message), "state": state, "rows": loaded.rows})
    count_records("load-table", message.entity, len(loaded.ids))


class _Loaded(NamedTuple):
    """How many rows were written, and the ids of all documents of the part."""

    rows: int
    ids: list[int]


def _copy(message: LoadTable, held: Claim, dump: dt.date, index: PartIndex, lines: bytes) -> _Loaded | None:
    """The bulk load; None when the run does not take it, or the table has one of the records already."""
    if not held.run.bulk_table:
        return None
    rows = copy_rows(message.entity, dump, index, lines, SHOWN_VERSION if held.run.bulk_graph else None)
    _refuse_gaps(held.part, index, rows.ids)
    try:
        with held.connection.transaction():
            copy_documents(held.connection, message.entity, rows)
            copy_states(held.connection, rows)
    except UniqueViolation:
        return None
    return _Loaded(len(rows.ids), rows.ids)


def _upsert(message: LoadTable, held: Claim, dump: dt.date, index: PartIndex, lines: bytes) -> _Loaded:
    """The incremental load: what changed, by way of a staging table."""
    documents = list(read_lines(lines))
    _refuse_gaps(held.part, index, [document.id for document in documents])
    changed = changed_documents(held.connection, message.entity, documents)
    alike = write_documents(held.connection, message.entity, dump, changed)
    note_states(held.connection, message.entity, index, documents, alike)
    return _Loaded(len(changed), [document.id for document in documents])


def _refuse_gaps(part: Part, index: PartIndex, documents: list[int]) -> None:
    """A state is noted for each record of the index: each must have made a document, or lie in quarantine.

    Raises:
        DamagedObject: it is not so.
    """
    if part.rejected is None:
        return  # parsed by a program of before, which did not note them
    wanted, found = set(index.ids), {*documents, *part.rejected}
    if found != wanted:
        missing, more = len(wanted - found), len(found - wanted)
        raise DamagedObject(
            part.key("ndjson"), f"lacks {missing:,} records of the part's index, and has {more:,} that are not in it"
        )
