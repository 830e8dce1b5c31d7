"""Nodes of very many edges, and how the embedded graph server keeps these.

The edges of a node, those of each direction by themselves, are one chain that is searched from its end: taking one of a
million away takes 15 ms, and a release that goes is in the chains of a few genres and styles. Where a node has many the
server spreads further ones over several chains, by the node at their other end, but looks at it only at an edge that is
written by itself. Its batches spread them where that has begun. It is begun here, by edges that go again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from functions.load_graph.bulk.sink import Edge
from functions.runtime.entities import NODE
from functions.runtime.graph_http import GraphHttp

#: Edges of a node from which on the next ones are spread. Writing these takes longer, so it should not come early.
MANY = 100_000

#: Edges of one slice, of some thousand records, that make a node one to be watched: few are, of hundreds of thousands.
_NOTABLE = 16
#: They fill the last piece of a chain, of 8 KB; only then the server looks.
_FILLING = 2_048
#: Nodes at a time: the other ends of what fills their chains have no more edges than this.
_AT_ONCE = 8


class Supernodes:
    """Watches, during a fill, which nodes get very many edges."""

    def __init__(self, server: GraphHttp, database: str) -> None:
        self._server, self._database = server, database
        self._edges: Counter[tuple[str, bool]] = Counter()

    def note(self, edge: Edge, others: Iterable[str]) -> None:
        """Count the edges that a slice is about to write, and spread those of nodes that have come to very many.

        Args:
            others: addresses of the nodes at the edges' other ends, one for each edge.
        """
        grown: list[str] = []
        for node, times in Counter(others).items():
            if times >= _NOTABLE:
                key = (node, edge.outgoing)
                if self._edges[key] < MANY <= self._edges[key] + times:
                    grown.append(node)
                self._edges[key] += times
        for start in range(0, len(grown), _AT_ONCE):
            self._spread(edge, grown[start : start + _AT_ONCE])

    def _spread(self, edge: Edge, nodes: list[str]) -> None:
        line = '{"@type":"vertex","@class":"%s","@id":"%d"}'
        lines = "\n".join(line % (NODE["releases"], number) for number in range(_FILLING))
        passing = list(self._server.batch(self._database, lines.encode()).values())
        begins, ends = (passing, nodes) if edge.outgoing else (nodes, passing)
        self._sql(f"CREATE EDGE `{edge.type}` FROM [{','.join(begins)}] TO [{','.join(ends)}]")
        self._sql(f"DELETE VERTEX FROM [{','.join(passing)}]")

    def _sql(self, command: str) -> None:
        self._server.sql(self._database, command)
