"""Records cut into batches, each small enough for one transaction: by their number and by the edges that they own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from functions.projection.projection import Row, project
from functions.projection.projection_state import Due
from functions.runtime.entities import Entity

#: Edges of one batch: what 500 releases of the usual kind own, and half as many again. A collection can own thousands.
MOST_EDGES = 10_000


class WriteBatch(Struct):
    """What one transaction writes: rows of records that are there, ids of those that are gone."""

    rows: list[Row] = []
    gone: list[int] = []
    edges: int = 0

    @property
    def records(self) -> int:
        """How many records it brings up to date."""
        return len(self.rows) + len(self.gone)


def batches(
    entity: Entity, records: Iterable[Due], most_records: int, most_edges: int = MOST_EDGES
) -> Iterator[WriteBatch]:
    """All records in their order, projected; a record that owns more edges than a batch may has one of its own."""
    batch = WriteBatch()
    for record in records:
        row = _row(entity, record)
        edges = _edges_of(row) if row else 0
        if batch.records and (batch.records >= most_records or batch.edges + edges > most_edges):
            yield batch
            batch = WriteBatch()
        if row:
            batch.rows.append(row)
        else:
            batch.gone.append(record.id)
        batch.edges += edges
    if batch.records:
        yield batch


def _row(entity: Entity, record: Due) -> Row | None:
    """None for a record that is gone."""
    if record.doc is None or record.data is None:
        return None
    return project(entity, record.data, record.year)


def _edges_of(row: Row) -> int:
    return sum([len(value) for value in row.values() if type(value) is list])
