"""Transactions at the graph server: tried again by its driver, ended by the server when they take too long.

The driver tries again what met a lock, a broken connection or a change of leader, for as long as
`max_transaction_retry_time`. Every statement that goes this way may run twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import neo4j

#: Seconds after which the server ends a transaction: as long as a part's function may take. Neo4j does so; the embedded
#: server knows no such limit.
LIMIT_S: Final = 600.0

#: The same for one that looks at all nodes of a label.
SCAN_LIMIT_S: Final = 3_600.0


def ask(session: neo4j.Session, text: str, **values: Any) -> list[dict[str, Any]]:
    """All rows of an answer.

    It goes to the leader of a cluster, as writing does: a follower may be behind, and what is asked decides whether
    the graph is the one that was filled.
    """
    import neo4j

    @neo4j.unit_of_work(timeout=LIMIT_S)
    def work(transaction: neo4j.ManagedTransaction) -> list[dict[str, Any]]:
        return transaction.run(text, values).data()

    return session.execute_write(work)


def write(session: neo4j.Session, text: str, *, limit_s: float = LIMIT_S, **values: Any) -> neo4j.SummaryCounters:
    """Run a statement in a transaction of its own; how many nodes and edges it has made and deleted."""
    import neo4j

    @neo4j.unit_of_work(timeout=limit_s)
    def work(transaction: neo4j.ManagedTransaction) -> neo4j.SummaryCounters:
        return transaction.run(text, values).consume().counters

    return session.execute_write(work)
