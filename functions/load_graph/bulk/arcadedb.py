"""The embedded graph server's batch writer: nodes, whose addresses it tells, then their edges, from address to address.
Releases go with their edges in one request, in which they are known by their place.

A batch has no write-ahead log and no transaction. What makes that safe is that nobody takes the graph for filled before
it has its identity, which is set last, after the database was closed and so written out.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from functions.load_graph.bulk.element_lines import EdgeLines, NewNodes, edge_lines
from functions.load_graph.bulk.engine import fill_engine
from functions.load_graph.bulk.hubs import Hub
from functions.load_graph.bulk.slices import Slice
from functions.load_graph.bulk.striping import stripe
from functions.load_graph.graph_writer import WrittenElements
from functions.load_graph.schema import PART_OF, prepare_keys
from functions.runtime.stores.arcadedb_http import GraphHttp
from functions.runtime.stores.context import Context

#: Bytes of the server's heap for each edge of a request: it keeps something of each edge and each node that is touched.
#: Each artist that has edges in a request gets another piece of its list, and its node is written again: the more edges
#: there are, the fewer of these. Two million, at 3 million releases, have filled 660 MB of a heap of 1 GB.
_HEAP_OF_EDGE = 500
#: The same where both nodes of each edge were there before, and are looked up.
_HEAP_OF_RELATION = 5_000
#: Bytes from which on a request is sent, however few edges it has.
_SIZE_BATCH = 200_000_000


class ArcadeSink:
    """Fills one database."""

    def __init__(self, context: Context, server: GraphHttp) -> None:
        self._context, self._server, self._database = context, server, context.settings.graph_database
        self._batches = _Batches(server, self._database)
        self._heap = server.heap_bytes()
        self._made = fill_engine().element_lines()
        self._nodes: list[NewNodes] = []
        self._edges: list[EdgeLines] = []

    def begin(self) -> None:
        """A new database with a type for each label and each kind of edge, and the keys of the labels.

        A key that is made of many nodes at once looks through all that it has so far for each of them; one that grows
        with them is compacted meanwhile.
        """
        self._server.renew_database(self._database)
        _reuse_space(self._server, self._database, "low")  # nothing is freed: there is nothing to look for
        with self._context.graph_session() as session:
            prepare_keys(self._context.settings, session)

    def nodes(self, projected: Slice) -> WrittenElements:
        """Write the nodes of a slice."""
        return self._write_nodes(NewNodes(*self._made.nodes(projected)))

    def edges(self, projected: Slice) -> WrittenElements:
        """Write what the records of a slice own, their nodes written before, and the targets that are missing."""
        written = self._write_missing(projected)
        return written.plus(self._add_edges(EdgeLines(*self._made.edges(projected)), _HEAP_OF_RELATION))

    def nodes_with_edges(self, projected: Slice) -> WrittenElements:
        """Write the nodes of a slice and what they own in one request: the server then makes the list of a node's edges
        as long as it has to be, where it gives a node that it has to look up 2 KB."""
        written = self._write_missing(projected)
        nodes, edges = self._made.together(projected, sum(each.number for each in self._nodes))
        self._nodes.append(NewNodes(*nodes))
        return written.plus(WrittenElements(nodes=len(projected))).plus(self._add_edges(EdgeLines(*edges)))

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
        self._batches.wait()
        stripe(self._server, self._database, hubs, {hub: self._made.address(hub.label, hub.key) for hub in hubs})
        return written

    def part_of(self, pairs: Iterable[tuple[str, str]]) -> WrittenElements:
        """Write the edges from styles to genres."""
        ordered = sorted(pairs)
        begins = [self._made.address("Style", style) for style, _ in ordered]
        ends = [self._made.address("Genre", genre) for _, genre in ordered]
        lines = edge_lines(PART_OF, begins, ends)
        return self._add_edges(EdgeLines(len(lines), "\n".join(lines).encode()), _HEAP_OF_RELATION)

    def end(self) -> WrittenElements:
        """Close the database, which writes out what the server still has in memory, and open it again."""
        self._send()
        self._batches.wait()
        _reuse_space(self._server, self._database, "high")
        self._server.server(f"close database {self._database}")
        self._server.server(f"open database {self._database}")
        return WrittenElements()

    def close(self) -> None:
        """Let what was sent come to its end."""
        self._batches.close()

    def _write_missing(self, projected: Slice) -> WrittenElements:
        written = WrittenElements()
        for missing in self._made.missing(projected):
            written = written.plus(self._write_nodes(NewNodes(*missing)))
        return written

    def _write_nodes(self, made: NewNodes) -> WrittenElements:
        if made.number:
            self._made.note(made.label, self._batches.ask(made.lines))
        return WrittenElements(nodes=made.number)

    def _add_edges(self, made: EdgeLines, heap_of_edge: int = _HEAP_OF_EDGE) -> WrittenElements:
        """Send edges many at once: the server sorts them, and writes each node that they touch once."""
        if made.number:
            self._edges.append(made)
        number = sum(each.number for each in self._edges)
        if number * heap_of_edge >= self._heap or self._size() >= _SIZE_BATCH:
            self._send()
        return WrittenElements(edges=made.number)

    def _size(self) -> int:
        return sum(len(each.lines) for each in self._nodes) + sum(len(each.lines) for each in self._edges)

    def _send(self) -> None:
        """Nodes first, as their edges refer to them."""
        lines = [each.lines for each in self._nodes]
        if self._edges:
            lines.append(fill_engine().ordered_edges([each.lines for each in self._edges]))
        self._nodes, self._edges = [], []
        if lines:
            self._batches.send(lines)


class _Batches:
    """Requests to the batch writer, which takes one at a time: the next is made while the server is at the last."""

    def __init__(self, server: GraphHttp, database: str) -> None:
        self._server, self._database = server, database
        self._thread = ThreadPoolExecutor(1, "batches")
        self._sent: Future[None] | None = None

    def send(self, lines: list[bytes]) -> None:
        """Have elements written that nobody asks the addresses of; what goes wrong is raised by whatever comes next."""
        self.wait()
        self._sent = self._thread.submit(self._server.batch, self._database, *lines)

    def ask(self, lines: bytes) -> bytes:
        """Write nodes; the answer has their addresses."""
        self.wait()
        return self._server.batch_of_nodes(self._database, lines)

    def wait(self) -> None:
        """Until what was sent is written."""
        sent, self._sent = self._sent, None
        if sent:
            sent.result()

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()


def _reuse_space(server: GraphHttp, database: str, mode: str) -> None:
    """How much is done to find room in pages that are there, when the database is opened and its types are made."""
    server.sql(database, f"ALTER DATABASE `arcadedb.bucketReuseSpaceMode` '{mode}'")
