"""Writing documents and their state. Each function takes the connection whose transaction it joins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import psycopg

from functions.documents.ndjson import ParsedDocument
from functions.documents.rows import row_of
from functions.documents.stored_documents import stored_documents
from functions.extract.records.part_index import PartIndex
from functions.load_table.bookkeeping import note_upserts
from functions.projection.projection_state import SHOWN_VERSION
from functions.runtime.entities import CODE, Entity
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "upsert.sql")


def compress(connection: psycopg.Connection[Any]) -> None:
    """Use lz4 for large values in this transaction where the server has it: the embedded one has pglz only."""
    connection.execute(_sql.compress)


def changed_documents(
    connection: psycopg.Connection[Any], entity: Entity, documents: list[ParsedDocument]
) -> list[ParsedDocument]:
    """Those whose digest is not the one the table has."""
    ids = [document.id for document in documents]
    known = dict(connection.execute(_sql.states, {"entity": CODE[entity], "ids": ids}).fetchall())
    return [document for document in documents if known.get(document.id) != document.digest]


def write_documents(
    connection: psycopg.Connection[Any], entity: Entity, dump: dt.date, documents: list[ParsedDocument]
) -> list[int]:
    """Upsert documents by way of a staging table, and note what that changes; a tombstone of any of them goes.

    Returns:
        The ids of those whose nodes and edges stay as the document before them had them.
    """
    if not documents:
        return []
    connection.execute(getattr(_sql, f"stage_{entity}"))
    with connection.cursor() as cursor, cursor.copy(getattr(_sql, f"copy_{entity}")) as copy:
        for row in _rows(entity, dump, documents):
            copy.write_row(row)
    ids = [document.id for document in documents]
    stored = stored_documents(connection, entity, ids)
    alike = note_upserts(connection, entity, dump, documents, stored)
    connection.execute(getattr(_sql, f"upsert_{entity}"))
    connection.execute(_sql.raise_tombstones, {"entity": entity, "ids": ids})
    return alike


def note_states(
    connection: psycopg.Connection[Any],
    entity: Entity,
    index: PartIndex,
    documents: Iterable[ParsedDocument],
    alike: list[int],
) -> None:
    """Note the raw digest of every record of a part, and the document digest of those that made one.

    Args:
        alike: ids of documents that look in the graph like those before them: a graph that shows these shows them, too.
    """
    digests = {document.id: document.digest for document in documents}
    values = {
        "entity": CODE[entity],
        "ids": index.ids,
        "raw": index.raw,
        "docs": [digests.get(number) for number in index.ids],
        "alike": alike,
        "version": SHOWN_VERSION,
    }
    connection.execute(_sql.note_states, values)


def _rows(entity: Entity, dump: dt.date, documents: list[ParsedDocument]) -> Iterable[tuple[Any, ...]]:
    """The rows of an entity's staging table, in the order of its COPY statement."""
    for document in documents:
        *columns, data = row_of(entity, dump, document)
        yield (*columns, data.decode())
