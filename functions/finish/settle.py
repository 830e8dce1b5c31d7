"""What the graph needs of the whole: PART_OF, and no node that nothing points to."""

from __future__ import annotations

import neo4j

from functions.load_graph.writing import Written
from functions.runtime.context import Context
from functions.runtime.statements import statements

_cypher = statements(__file__, "settle.cypher")
_sql = statements(__file__, "finish.sql")

_ORPHANS = ("Release", "Master", "Label", "Artist", "Genre", "Style")


def settle_graph(context: Context) -> Written:
    """Bring PART_OF up to the documents and remove orphaned stubs, genres and styles. Returns what was written."""
    with context.connection() as connection:
        wanted = {(style, genre) for style, genre in connection.execute(_sql.part_of)}
    with context.graph_session() as session:
        written = _settle_part_of(session, wanted)
        for label in _ORPHANS:
            counters = session.run(getattr(_cypher, f"orphan_{label}")).consume().counters
            written = written.plus(Written(counters.nodes_deleted, counters.relationships_deleted))
    return written


def _settle_part_of(session: neo4j.Session, wanted: set[tuple[str, str]]) -> Written:
    found = {(record["style"], record["genre"]) for record in session.run(_cypher.part_of)}
    edges = 0
    if missing := sorted(wanted - found):
        pairs = [list(pair) for pair in missing]
        edges += session.run(_cypher.add_part_of, pairs=pairs).consume().counters.relationships_created
    if stale := sorted(found - wanted):
        pairs = [list(pair) for pair in stale]
        edges += session.run(_cypher.drop_part_of, pairs=pairs).consume().counters.relationships_deleted
    return Written(edges=edges)
