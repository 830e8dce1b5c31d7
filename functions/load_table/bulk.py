"""The bulk road into an empty table: rows and state by COPY, without a look at what is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from functions.extract.part_file import PartIndex
from functions.load_table.lines import Document
from functions.load_table.rows import row_of
from functions.runtime.entities import CODE, Entity
from functions.runtime.statements import statements

_sql = statements(__file__, "bulk.sql")

_NAMED = ("int8", "text", "date", "text", "jsonb")
_MASTER = ("int8", "text", "date", "text", "int4", "text[]", "text[]", "jsonb")
_RELEASE = ("int8", "text", "date", "text", "int4", "text", "text[]", "text[]", "jsonb")
_TYPES: dict[Entity, Sequence[str]] = {
    "artists": _NAMED,
    "labels": _NAMED,
    "masters": _MASTER,
    "releases": _RELEASE,
}
_STATE = ("int2", "int8", "int8", "int8", "int8")


def copy_documents(
    connection: psycopg.Connection[Any], entity: Entity, dump: dt.date, documents: Iterable[Document]
) -> None:
    """Put new documents into their table.

    Raises:
        psycopg.errors.UniqueViolation: one of them is there already.
    """
    _copy(connection, getattr(_sql, f"copy_{entity}"), _TYPES[entity], _rows(entity, dump, documents))


def copy_states(
    connection: psycopg.Connection[Any],
    entity: Entity,
    index: PartIndex,
    documents: Iterable[Document],
    graph_version: int | None,
) -> None:
    """Note the digests of every new record of a part.

    Args:
        graph_version: mixed into the digest of what the graph is going to show, when this run fills the graph by its
            own bulk road; it counts from the moment that graph has its identity. None: the graph shows nothing yet.

    Raises:
        psycopg.errors.UniqueViolation: one of the records has a state already.
    """
    digests = {document.id: document.digest for document in documents}
    rows = (
        (CODE[entity], number, raw, doc, None if doc is None or graph_version is None else doc ^ graph_version)
        for number, raw in zip(index.ids, index.raw, strict=True)
        for doc in [digests.get(number)]
    )
    _copy(connection, _sql.copy_states, _STATE, rows)


def _rows(entity: Entity, dump: dt.date, documents: Iterable[Document]) -> Iterable[tuple[Any, ...]]:
    for document in documents:
        *columns, data = row_of(entity, dump, document)
        yield (*columns, Jsonb(data, dumps=_as_it_is))


def _as_it_is(data: bytes) -> bytes:
    return data


def _copy(
    connection: psycopg.Connection[Any], statement: str, types: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
