"""What makes lines of documents: the compiled module where that is built, else Python. Both make the same bytes.

The compiled one takes a slice of documents at a time, without an object of Python for each node or edge, and leaves the
interpreter to other threads meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

from functions.load_graph.bulk.edge_order import ordered_edges
from functions.load_graph.bulk.element_lines import ElementLines, PlainElementLines
from functions.load_graph.bulk.import_csv import LONG
from functions.load_graph.bulk.import_lines import LARGE, ImportLines, PlainImportLines
from functions.load_graph.bulk.slices import Documents, PlainSlice, Slice
from functions.projection.projection import EDGES, NAME_LIMIT
from functions.runtime.entities import NODE, Entity


class Engine(Protocol):
    """Each of its lines takes the slices of the same engine alone."""

    def slice_of(self, entity: Entity, documents: Documents) -> Slice:
        """Project documents. `ValueError` where one is none."""
        ...

    def element_lines(self) -> ElementLines:
        """For the embedded server; it knows of no node."""
        ...

    def ordered_edges(self, blobs: Sequence[bytes]) -> bytes:
        """Lines of edges in the order in which the embedded server writes them fastest, as `edge_order` has it."""
        ...

    def import_lines(self) -> ImportLines:
        """For Neo4j's importer; it knows of no node."""
        ...


class PlainEngine:
    """Python: it says what has to come out."""

    def slice_of(self, entity: Entity, documents: Documents) -> PlainSlice:
        """Project documents."""
        return PlainSlice(entity, documents)

    def element_lines(self) -> ElementLines:
        """For the embedded server."""
        return PlainElementLines()

    def ordered_edges(self, blobs: Sequence[bytes]) -> bytes:
        """Lines of edges, ordered."""
        return ordered_edges(blobs)

    def import_lines(self) -> ImportLines:
        """For Neo4j's importer."""
        return PlainImportLines()


class CompiledEngine:
    """The compiled module, told of the edge table."""

    def __init__(self, native: Any) -> None:
        self._native = native
        self._edges = [
            {"name": name, "kind": edge.type, "target": edge.target, "outgoing": edge.outgoing, "value": edge.value}
            for name, edge in EDGES.items()
        ]

    def slice_of(self, entity: Entity, documents: Documents) -> Slice:
        """Project documents."""
        made: Slice = self._native.Slice(NODE[entity], documents, NAME_LIMIT)
        return made

    def element_lines(self) -> ElementLines:
        """For the embedded server."""
        made: ElementLines = self._native.ElementLines(self._edges)
        return made

    def ordered_edges(self, blobs: Sequence[bytes]) -> bytes:
        """Lines of edges, ordered."""
        made: bytes = self._native.ordered_edges(blobs)
        return made

    def import_lines(self) -> ImportLines:
        """For Neo4j's importer."""
        made: ImportLines = self._native.ImportLines(self._edges, LARGE, LONG)
        return made


def compiled_engine() -> CompiledEngine | None:
    """None where the module is not built, or built for another state of this code."""
    try:
        from functions.extract.parse.native_module import native
    except ImportError:
        return None
    return CompiledEngine(native)


@cache
def fill_engine() -> Engine:
    """The engine of this process."""
    return compiled_engine() or PlainEngine()
