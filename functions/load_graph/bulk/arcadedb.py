"""The embedded graph server's batch writer: nodes first, whose addresses it tells, then edges from address to address.

A batch has no write-ahead log and no transaction. What makes that safe is that nobody takes the graph for filled before
it has its identity, which is set last, after the database was closed and so written out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from functions.load_graph.bulk.element_lines import EdgeLines, NewNodes, edge_lines
from functions.load_graph.bulk.engine import fill_engine
from functions.load_graph.bulk.hubs import Hub
from functions.load_graph.bulk.slices import Slice
from functions.load_graph.bulk.striping import stripe
from functions.load_graph.graph_writer import WrittenElements
from functions.load_graph.schema import PART_OF, declare_types
from functions.runtime.stores.arcadedb_http import GraphHttp

#: Edges of one request, and their bytes: the server takes 100 MB at most.
_EDGE_BATCH = 250_000
_SIZE_BATCH = 20_000_000


class ArcadeSink:
    """Fills one database."""

    def __init__(self, server: GraphHttp, database: str) -> None:
        self._server, self._database = server, database
        self._made = fill_engine().element_lines()
        self._edges: list[EdgeLines] = []

    def begin(self) -> None:
        """A new database with a type for each label and each kind of edge; no index slows the writing down."""
        self._server.renew_database(self._database)
        declare_types(self._server, self._database)

    def nodes(self, projected: Slice) -> WrittenElements:
        """Write the nodes of a slice."""
        return self._write_nodes(NewNodes(*self._made.nodes(projected)))

    def edges(self, projected: Slice) -> WrittenElements:
        """Write what the records of a slice own, their nodes written before, and the targets that are missing."""
        written = WrittenElements()
        for missing in self._made.missing(projected):
            written = written.plus(self._write_nodes(NewNodes(*missing)))
        return written.plus(self._add_edges(EdgeLines(*self._made.edges(projected))))

    def hubs(self, hubs: list[Hub]) -> WrittenElements:
        """Have the edges of hubs spread over several chains, which have to be there before the edges come."""
        if not hubs:
            return WrittenElements()
        keys: dict[str, list[Any]] = {}
        for hub in hubs:
            keys.setdefault(hub.label, []).append(hub.key)
        written = WrittenElements()
        for label, found in keys.items():
            if missing := self._made.stubs(label, found):
                written = written.plus(self._write_nodes(NewNodes(*missing)))
        stripe(self._server, self._database, hubs, {hub: self._made.address(hub.label, hub.key) for hub in hubs})
        return written

    def part_of(self, pairs: Iterable[tuple[str, str]]) -> WrittenElements:
        """Write the edges from styles to genres."""
        ordered = sorted(pairs)
        begins = [self._made.address("Style", style) for style, _ in ordered]
        ends = [self._made.address("Genre", genre) for _, genre in ordered]
        lines = edge_lines(PART_OF, begins, ends)
        return self._add_edges(EdgeLines(len(lines), "\n".join(lines).encode()))

    def end(self) -> WrittenElements:
        """Close the database, which writes out what the server still has in memory, and open it again."""
        self._send_edges()
        self._server.server(f"close database {self._database}")
        self._server.server(f"open database {self._database}")
        return WrittenElements()

    def _write_nodes(self, made: NewNodes) -> WrittenElements:
        if made.number:
            self._made.note(made.label, self._server.batch(self._database, made.lines))
        return WrittenElements(nodes=made.number)

    def _add_edges(self, made: EdgeLines) -> WrittenElements:
        """Send edges many at once: the server sorts them, and writes each node that they touch once."""
        if made.number:
            self._edges.append(made)
        number, size = sum(each.number for each in self._edges), sum(len(each.lines) for each in self._edges)
        if number >= _EDGE_BATCH or size >= _SIZE_BATCH:
            self._send_edges()
        return WrittenElements(edges=made.number)

    def _send_edges(self) -> None:
        if self._edges:
            self._server.batch(self._database, b"\n".join([each.lines for each in self._edges]))
        self._edges = []
