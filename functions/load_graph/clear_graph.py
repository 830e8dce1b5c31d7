"""Taking everything out of a graph, however large: no transaction holds more than a bounded share of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from functions.load_graph import neo4j_import
from functions.runtime.settings import Settings
from functions.runtime.stores.arcadedb_http import graph_http
from functions.runtime.stores.context import Context, await_graph
from functions.runtime.stores.graph_transactions import ask, write_in_steps
from functions.runtime.stores.query_files import statements

if TYPE_CHECKING:
    import neo4j

_cypher = statements(__file__, "graph_identity.cypher")

#: Elements that one transaction deletes. A genre has millions of edges: to delete them in one runs out of memory.
_AT_ONCE = 10_000
#: Elements that one statement deletes, all its transactions together: so many that its time limit is far away.
_AT_A_CALL = 10_000_000
#: Up to so many elements they are deleted one by one sooner than a server stops and starts again.
_FEW = 100_000


def _unasked() -> None:
    """Nobody is asked whether to go on."""


def remove_everything(context: Context, go_on: Callable[[], None] = _unasked) -> None:
    """Remove all nodes and edges; on the embedded server types and keys, too. May break off anywhere.

    The database may be another one afterwards: a session from before knows transactions that it never had.

    Args:
        context: of the graph server.
        go_on: called between statements, each of which may take minutes; it may raise.

    Raises:
        StoreUnavailable: the graph server does not answer, or broke off.
    """
    settings = context.settings
    if settings.graph_http:
        with graph_http(settings) as server:
            server.renew_database(settings.graph_database)
        return
    if settings.graph_import:
        withdraw(context)
        if _size(context) > _FEW:
            _remove_files(context, settings)
    with context.graph_session() as session:
        remove_elements(session, go_on)


def remove_elements(session: neo4j.Session, go_on: Callable[[], None] = _unasked) -> None:
    """Delete edges first, whatever node they touch, then nodes: one bounded transaction after the other."""
    while write_in_steps(session, _cypher.delete_edges, most=_AT_A_CALL, limit=_AT_ONCE).relationships_deleted:
        go_on()
    while write_in_steps(session, _cypher.delete_nodes, most=_AT_A_CALL, limit=_AT_ONCE).nodes_deleted:
        go_on()


def _size(context: Context) -> int:
    """Nodes and edges; Neo4j keeps both numbers."""
    with context.graph_session() as session:
        counts = [ask(session, query) for query in (_cypher.count_nodes, _cypher.count_edges)]
    return sum(found["count"] for [found] in counts)


def withdraw(context: Context) -> None:
    """Give up what an earlier fill handed over: a server that is at it does not answer before it has an end.

    Raises:
        StoreUnavailable: it does not come back.
    """
    neo4j_import.clear(Path(context.settings.graph_import))
    await_graph(context, neo4j_import.TIMEOUT_S)


def _remove_files(context: Context, settings: Settings) -> None:
    """Have a Neo4j of our own remove its files and begin with new ones."""
    neo4j_import.hand_over_nothing(Path(settings.graph_import))
    await_graph(context, neo4j_import.TIMEOUT_S)
