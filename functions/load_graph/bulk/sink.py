"""What the bulk load writes to: batches of the embedded server, or files for the importer of a Neo4j of our own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from functions.load_graph.bulk.slices import Slice
from functions.load_graph.graph_writer import WrittenElements


class Sink(Protocol):
    """Takes a whole graph, in this order: `begin`; the nodes of an entity before edges that end at them; `end`.

    Whoever fills it gives each node once. A node that an edge ends at and nobody has given is made as a stub, a genre
    or a style when it is first met.
    """

    def begin(self) -> None:
        """Start from nothing, whatever is there."""

    def nodes(self, projected: Slice) -> WrittenElements:
        """Write the nodes of a slice."""

    def edges(self, projected: Slice) -> WrittenElements:
        """Write what its records own, their nodes written before, and the targets that are missing."""

    def nodes_with_edges(self, projected: Slice) -> WrittenElements:
        """Write nodes and what they own. No edge that another record owns may end at one of them."""

    def part_of(self, pairs: Iterable[tuple[str, str]]) -> WrittenElements:
        """Write the edges from styles to genres."""

    def end(self) -> WrittenElements:
        """Let all of it be on disk; what was still to be written for it."""

    def close(self) -> None:
        """Give back what it holds; before the end, what it has written is of no use."""
