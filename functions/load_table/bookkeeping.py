"""What writing and removing documents changes elsewhere, noted in the transaction that does it.

Four books are kept: what each month changed (`history`), how many records there are of each kind (`counts`), which
nodes of the graph may have become orphans (`projection`), and which documents what is derived from them has to follow.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from functions.counts import deltas
from functions.documents.columns import year_of
from functions.documents.document_changes import note_changes
from functions.documents.ndjson import ParsedDocument
from functions.documents.stored_documents import Stored
from functions.history import write_changes
from functions.projection import orphan_candidates
from functions.projection.projection import project
from functions.runtime.entities import Entity

Connection = psycopg.Connection[Any]


def note_upserts(
    connection: Connection,
    entity: Entity,
    dump: dt.date,
    documents: Sequence[ParsedDocument],
    stored: Mapping[int, Stored],
) -> list[int]:
    """Note what the staged documents change, before they take the place of the stored ones.

    Args:
        stored: those that the table has of their ids, as it has them.

    Returns:
        The ids of those whose nodes and edges stay as the document before them had them.
    """
    written = {document.id: (document.hash, document.data) for document in documents}
    deltas.note_written(connection, entity, list(written))
    note_changes(connection, entity, written.keys())
    write_changes.note_written(connection, entity, dump, written, stored)
    years = {document.id: year_of(document.columns, dump) for document in documents}
    projected = {
        number: (project(entity, old.data, old.year), project(entity, written[number][1], years[number]))
        for number, old in stored.items()
    }
    orphan_candidates.note_changed(connection, ((old, new) for old, new in projected.values() if old != new))
    return [number for number, (old, new) in projected.items() if old == new]


def note_removals(
    connection: Connection, entity: Entity, dump: dt.date, ids: list[int], stored: Mapping[int, Stored]
) -> None:
    """Note that records are about to go.

    Args:
        stored: their documents, as the table has them.
    """
    write_changes.note_removed(connection, entity, dump, ids, stored)
    deltas.note_removed(connection, entity, ids)
    note_changes(connection, entity, ids)
    orphan_candidates.note_gone(connection, entity, {number: old.data for number, old in stored.items()})
