"""What the graph needs of the whole: PART_OF, and no node that nothing points to."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from functions.counts.part_of import part_of_pairs
from functions.load_graph.graph_identity import count_writing, note_writing
from functions.load_graph.graph_writer import WrittenElements
from functions.projection.orphan_candidates import candidates, forget_candidates
from functions.runtime.errors import RunInactive
from functions.runtime.ledger.store import hold_run, sql
from functions.runtime.stores.context import Context
from functions.runtime.stores.graph_transactions import SCAN_LIMIT_S, ask, write
from functions.runtime.stores.query_files import statements

if TYPE_CHECKING:
    import neo4j

_cypher = statements(__file__, "graph_cleanup.cypher")

_LABELS = ("Master", "Label", "Artist", "Genre", "Style")
_ASK_BATCH = 5_000
_DELETE_BATCH = 50_000


def settle_graph(context: Context, run: int) -> None:
    """Bring PART_OF up to the counts, remove orphaned stubs, genres and styles, and count what that wrote.

    The graph shows every document. Until the run's end is noted nothing is forgotten, so that it may be done again.

    Raises:
        RunInactive: the run was cancelled meanwhile.
    """
    with context.connection() as connection:
        pairs, asked = part_of_pairs(connection), candidates(connection)
    with context.graph_session() as session:
        written = _settle_part_of(session, pairs)
        written = written.plus(_remove_all_orphans(session) if asked is None else _remove_orphans(session, asked))
        writes = count_writing(session)
    with context.connection() as connection:
        if not hold_run(connection, run):
            raise RunInactive  # what another run has noted since stays
        forget_candidates(connection)
        connection.execute(sql.add_written, {"run": run, "rows": 0, "nodes": written.nodes, "edges": written.edges})
        note_writing(connection, writes)


def _remove_all_orphans(session: neo4j.Session) -> WrittenElements:
    """Search all of the graph; what is found goes in transactions of bounded size."""
    written = WrittenElements()
    for label in _LABELS:
        while (removed := _run(session, f"orphan_{label}", limit=_DELETE_BATCH)).nodes:
            written = written.plus(removed)
    return written


def _remove_orphans(session: neo4j.Session, asked: dict[str, list[Any]]) -> WrittenElements:
    """Ask about these keys alone."""
    written = WrittenElements()
    for label in _LABELS:
        rest = iter(asked.get(label, ()))
        while keys := list(islice(rest, _ASK_BATCH)):
            written = written.plus(_run(session, f"candidate_{label}", keys=keys))
    return written


def _run(session: neo4j.Session, name: str, **values: Any) -> WrittenElements:
    counters = write(session, getattr(_cypher, name), limit_s=SCAN_LIMIT_S, **values)
    return WrittenElements(counters.nodes_deleted, counters.relationships_deleted)


def _settle_part_of(session: neo4j.Session, wanted: set[tuple[str, str]]) -> WrittenElements:
    found = {(record["style"], record["genre"]) for record in ask(session, _cypher.part_of)}
    edges = 0
    if missing := sorted(wanted - found):
        pairs = [list(pair) for pair in missing]
        edges += write(session, _cypher.add_part_of, pairs=pairs).relationships_created
    if stale := sorted(found - wanted):
        pairs = [list(pair) for pair in stale]
        edges += write(session, _cypher.drop_part_of, pairs=pairs).relationships_deleted
    return WrittenElements(edges=edges)
