"""Writing rows to the graph in batches, each batch a transaction that may be tried again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

from functions.load_graph.batches import MOST_EDGES, WriteBatch, batches
from functions.load_graph.edge_diff import Differences, OwnedEdge, differences
from functions.projection.projection_state import Due
from functions.runtime.backoff import backoff
from functions.runtime.entities import Entity
from functions.runtime.errors import StoreConflict
from functions.runtime.process.prefetch import ahead
from functions.runtime.stores.graph_transactions import LIMIT_S
from functions.runtime.stores.query_files import statements

if TYPE_CHECKING:
    import neo4j

_cypher = statements(__file__, "graph_writer.cypher")

_TRIES = 6
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 5.0


class WrittenElements(NamedTuple):
    """Nodes written and edges created or deleted."""

    nodes: int = 0
    edges: int = 0

    def plus(self, other: WrittenElements) -> WrittenElements:
        """Both together."""
        return WrittenElements(self.nodes + other.nodes, self.edges + other.edges)


def show(
    session: neo4j.Session, entity: Entity, records: list[Due], batch: int, turn: Callable[[], None]
) -> WrittenElements:
    """Make the graph show these records as they are; those that are gone own no edges. `turn` is called before."""
    written = WrittenElements()
    with closing(ahead(batches(entity, records, batch))) as made:
        for number, some in enumerate(made):
            if not number:
                turn()
            for transaction in write_batch(session, entity, some):
                written = written.plus(transaction)
    return written


def write_batch(
    session: neo4j.Session, entity: Entity, batch: WriteBatch, tries: int = _TRIES
) -> Iterator[WrittenElements]:
    """Bring records up to date in one transaction; where more edges differ than it may hold, in several.

    A record may have any number of edges, and the server keeps what a transaction changes in its memory. What one of
    several has written stays when the next fails: whoever begins again finds fewer edges that differ.

    Yields:
        What each of the transactions has written.

    Raises:
        StoreConflict: another writer was met every time, or undoes what is written.
    """
    some, left = _write_some(session, entity, batch, tries)
    while left:
        yield some
        before = left
        some, left = _write_some(session, entity, batch, tries)
        if left >= before:
            raise StoreConflict(f"Of a batch of {entity}, {left} edges differ however often they are written.")
    yield some.plus(WrittenElements(nodes=batch.records))


def _write_some(session: neo4j.Session, entity: Entity, batch: WriteBatch, tries: int) -> tuple[WrittenElements, int]:
    """One transaction, and how many edges differ still.

    Two writers that make the same key meet as ConstraintError on the embedded server, as a lock on Neo4j. The driver's
    own transactions would not try the first again, and wait for a second before they try the other.
    """
    from neo4j.exceptions import ConstraintError, TransientError

    for number in range(1, tries + 1):
        try:
            with session.begin_transaction(timeout=LIMIT_S) as transaction:
                written = _write_batch(transaction, entity, batch)
                transaction.commit()
                return written
        except (ConstraintError, TransientError) as error:
            last = error
            time.sleep(backoff(number, _FIRST_PAUSE_S, _LONGEST_PAUSE_S))
    raise StoreConflict(f"A batch of {entity} met another writer {tries} times: {last.message}") from last


def _write_batch(transaction: neo4j.Transaction, entity: Entity, batch: WriteBatch) -> tuple[WrittenElements, int]:
    """The records first, then what differs of their edges; a record that is gone owns none.

    Releases that are gone go with their last transaction, which deletes all that still touches them.
    """
    rows, gone = batch.rows, [{"id": record} for record in batch.gone]
    if rows:
        _run(transaction, f"set_{entity}", rows=[{"id": row["id"], "props": row["props"]} for row in rows])
    if gone and entity != "releases":
        _run(transaction, f"empty_{entity}", ids=batch.gone)
    answer = transaction.run(getattr(_cypher, f"owned_{entity}"), ids=[row["id"] for row in [*rows, *gone]])
    owned: dict[int, list[OwnedEdge]] = dict(answer.values())
    found = differences([*rows, *gone], owned)
    if found.edges > MOST_EDGES:
        return _write_edges(transaction, entity, found.first(MOST_EDGES)), found.edges - MOST_EDGES
    if not gone or entity != "releases":
        return _write_edges(transaction, entity, found), 0
    counters = _run(transaction, "remove_releases", ids=batch.gone)
    removed = WrittenElements(edges=counters.relationships_deleted)
    return removed.plus(_write_edges(transaction, entity, differences(rows, owned))), 0


def _write_edges(transaction: neo4j.Transaction, entity: Entity, found: Differences) -> WrittenElements:
    """What is pointed to must be there before it is pointed to, if only as a stub."""
    written = WrittenElements()
    for kind, rows in found.dropped.items():
        counters = _run(transaction, f"drop_{entity}_{kind}", rows=rows)
        written = written.plus(WrittenElements(edges=counters.relationships_deleted))
    for label, keys in found.targets().items():
        written = written.plus(WrittenElements(nodes=_run(transaction, f"stub_{label}", keys=keys).nodes_created))
    for kind, rows in found.added.items():
        counters = _run(transaction, f"add_{entity}_{kind}", rows=rows)
        written = written.plus(WrittenElements(edges=counters.relationships_created))
    if found.roles:
        _run(transaction, "set_roles", rows=found.roles)
    return written


def _run(transaction: neo4j.Transaction, statement: str, **values: Any) -> neo4j.SummaryCounters:
    return transaction.run(getattr(_cypher, statement), values).consume().counters
