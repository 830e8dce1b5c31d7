"""Writing rows to the graph in batches, each batch a transaction that may be tried again."""

from __future__ import annotations

import time
from contextlib import closing
from typing import NamedTuple

import neo4j
from neo4j.exceptions import ConstraintError, TransientError

from functions.load_graph.batches import Batch, batches
from functions.load_graph.projection import Row, targets
from functions.load_graph.states import Due
from functions.runtime.ahead import ahead
from functions.runtime.entities import Entity
from functions.runtime.errors import StoreConflict
from functions.runtime.statements import statements

_cypher = statements(__file__, "graph.cypher")

_TRIES = 6
_FIRST_PAUSE_S = 0.05


class Written(NamedTuple):
    """Nodes written and edges created or deleted."""

    nodes: int = 0
    edges: int = 0

    def plus(self, other: Written) -> Written:
        """Both together."""
        return Written(self.nodes + other.nodes, self.edges + other.edges)


def show(session: neo4j.Session, entity: Entity, records: list[Due], batch: int) -> Written:
    """Make the graph show these records as they are; those that are gone become stubs without edges of their own."""
    written = Written()
    with closing(ahead(batches(entity, records, batch))) as made:
        for some in made:
            written = written.plus(write_batch(session, entity, some))
    return written


def write_batch(session: neo4j.Session, entity: Entity, batch: Batch, tries: int = _TRIES) -> Written:
    """Two writers that make the same key meet as ConstraintError on the embedded server, as a lock on Neo4j.

    Raises:
        StoreConflict: they met every time.
    """
    pause = _FIRST_PAUSE_S
    for _ in range(tries):
        try:
            with session.begin_transaction() as transaction:
                written = _write_batch(transaction, entity, batch)
                transaction.commit()
                return written
        except (ConstraintError, TransientError) as error:
            last = error
            time.sleep(pause)
            pause *= 2
    raise StoreConflict(f"A batch of {entity} met another writer {tries} times: {last.message}") from last


def _write_batch(transaction: neo4j.Transaction, entity: Entity, batch: Batch) -> Written:
    written = Written(nodes=batch.records)
    if batch.rows:
        written = written.plus(_write_rows(transaction, entity, batch.rows))
    if batch.gone:
        counters = transaction.run(getattr(_cypher, f"empty_{entity}"), ids=batch.gone).consume().counters
        written = written.plus(Written(edges=counters.relationships_deleted))
    return written


def _write_rows(transaction: neo4j.Transaction, entity: Entity, rows: list[Row]) -> Written:
    """Targets first, then the records: those whose node is filled by difference, the others without looking."""
    written = Written()
    for label, keys in targets(rows).items():
        counters = transaction.run(getattr(_cypher, f"stub_{label}"), keys=keys).consume().counters
        written = written.plus(Written(nodes=counters.nodes_created))
    ids = [row["id"] for row in rows]
    filled = {record["id"] for record in transaction.run(getattr(_cypher, f"filled_{entity}"), ids=ids)}
    for road, chosen in (
        ("write", [row for row in rows if row["id"] in filled]),
        ("create", [row for row in rows if row["id"] not in filled]),
    ):
        if chosen:
            counters = transaction.run(getattr(_cypher, f"{road}_{entity}"), rows=chosen).consume().counters
            edges = counters.relationships_created + counters.relationships_deleted
            written = written.plus(Written(edges=edges))
    return written
