"""Every statement at the graph server: ended by the server when it takes too long, begun again where that helps.

What is one transaction is tried again by the driver: after a lock, a broken connection or a change of leader, for as
long as `max_transaction_retry_time`. What cannot be one, a stream of rows or a statement that makes transactions of
its own, is begun again here for as long. Every statement that goes this way may run twice.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

from functions.runtime.backoff import backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import neo4j

T = TypeVar("T")

#: Seconds after which the server ends a transaction: as long as a part's function may take. Neo4j does so; the embedded
#: server knows no such limit.
LIMIT_S: Final = 600.0

#: The same for one that looks at all nodes of a label.
SCAN_LIMIT_S: Final = 3_600.0

#: The same for the question whether the server answers at all.
PING_LIMIT_S: Final = 5.0

#: Seconds for which what failed in passing is begun again, here and by the driver.
RETRIED_S: Final = 30.0

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 5.0


def ask(session: neo4j.Session, text: str, *, limit_s: float = LIMIT_S, **values: Any) -> list[dict[str, Any]]:
    """All rows of an answer.

    It goes to the leader of a cluster, as writing does: a follower may be behind, and what is asked decides whether
    the graph is the one that was filled.
    """
    import neo4j

    @neo4j.unit_of_work(timeout=limit_s)
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


def stream(session: neo4j.Session, text: str, *, limit_s: float = SCAN_LIMIT_S, **values: Any) -> Iterator[list[Any]]:
    """The values of one row after the other, none of them kept.

    It is begun again until its first row is there; what breaks off later does so for the caller, who has had rows.
    """
    import neo4j

    query = neo4j.Query(text, timeout=limit_s)

    def begun() -> neo4j.Result:
        result = session.run(query, values)
        result.peek()
        return result

    for record in _again(begun):
        yield record.values()


def write_in_steps(
    session: neo4j.Session, text: str, *, limit_s: float = SCAN_LIMIT_S, **values: Any
) -> neo4j.SummaryCounters:
    """Run a statement that makes transactions of its own (`IN TRANSACTIONS`), which no other may be around.

    The limit is for the whole of it. Begun again it goes on with what is left; the counts are those of its last start.
    """
    import neo4j

    query = neo4j.Query(text, timeout=limit_s)
    return _again(lambda: session.run(query, values).consume().counters)


def ping(session: neo4j.Session) -> None:
    """Ask for one row. Tried once: who asks wants to know how it is now."""
    import neo4j

    session.run(neo4j.Query("RETURN 1", timeout=PING_LIMIT_S)).consume()


def _again(do: Callable[[], T]) -> T:
    """What `do` returns, begun again after what passes by itself, by the driver's own judgement of an error."""
    from neo4j.exceptions import DriverError, Neo4jError

    deadline, failures = time.monotonic() + RETRIED_S, 0
    while True:
        try:
            return do()
        except (DriverError, Neo4jError) as error:
            failures += 1
            pause = backoff(failures, _FIRST_PAUSE_S, _LONGEST_PAUSE_S)
            if not error.is_retryable() or time.monotonic() + pause > deadline:
                raise
        time.sleep(pause)
