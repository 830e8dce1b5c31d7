"""Lines for Neo4j's importer, and what was written and referred to so far.

Ids are unique for each label; genres and styles are numbered, and so are ids that are too large for the importer. What
is referred to is noted, so that stubs are known at the end: ids that no record has.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, NamedTuple, Protocol

from pyroaring import BitMap64

from functions.load_graph.bulk.import_csv import FIELD, ITEM, Chunk, chunk_of, text
from functions.load_graph.bulk.slices import PlainSlice
from functions.projection.projection import EDGES, EdgeType
from functions.runtime.entities import NODE

_NAMED = ("Genre", "Style")
#: The importer packs the digits of an id and their number into 63 bits: from here on an id has a number in its place.
LARGE = 1 << 50


class FileChunk(NamedTuple):
    """Lines of one file, as `Chunk`.

    Attributes:
        key: what the file holds: `node`, `stub`, `large` or `large-stub` and a label; of edges their type and the
            labels at their beginning and end.
    """

    key: tuple[str, ...]
    lines: bytes
    broken: bytes
    longest: int


class ImportLines(Protocol):
    """Makes lines of slices. A chunk is as `FileChunk`, and never empty; there is one for each file at most."""

    def nodes(self, projected: Any, /) -> list[Any]:
        """Chunks of the nodes of a slice."""
        ...

    def edges(self, projected: Any, /) -> tuple[int, int, list[Any]]:
        """New nodes of genres and styles, edges of a slice, and chunks of both."""
        ...

    def number(self, label: str, name: str, /) -> int:
        """What stands in the files for a genre or style that some slice had."""
        ...

    def stubs(self, label: str, begin: int, most: int, /) -> tuple[int, int | None, list[Any]]:
        """So many nodes at most that are referred to and that no record is, from an id on: their number, where the next
        begin if there are more, and chunks."""
        ...

    def without_roles(self, begin: int, most: int, /) -> list[tuple[int, int]]:
        """So many of the pairs of artist and release at most whose credit has no role, from a place on."""
        ...


class PlainImportLines:
    """The lines as Python makes them."""

    def __init__(self) -> None:
        self._there = {label: BitMap64() for label in NODE.values()}
        self._referred = {label: BitMap64() for label in NODE.values()}
        self._names: dict[str, dict[str, int]] = {label: {} for label in _NAMED}
        self._large: dict[int, int] = {}
        self._without_roles: list[tuple[int, int]] = []

    def nodes(self, projected: PlainSlice) -> list[FileChunk]:
        """Chunks of the nodes of a slice."""
        label, line = NODE[projected.entity], _LINE[projected.entity]
        self._there[label].update([row["id"] for row in projected.rows])
        usual = [line(row["props"]) for row in projected.rows if row["id"] < LARGE]
        large = [row for row in projected.rows if row["id"] >= LARGE]
        numbered = [f"{self._import_id(row['id'])}{FIELD}{line(row['props'])}" for row in large]
        return [*_chunks(("node", label), usual), *_chunks(("large", label), numbered)]

    def edges(self, projected: PlainSlice) -> tuple[int, int, list[FileChunk]]:
        """Chunks of the edges of a slice, and of genres and styles that are new."""
        nodes, edges, chunks = 0, 0, list[FileChunk]()
        rows, own = projected.rows, NODE[projected.entity]
        for name in [name for name in EDGES if rows and name in rows[0]]:
            pairs = [(row["id"], item) for row in rows for item in row[name]]
            new, others = self._others(EDGES[name], [item for _, item in pairs])
            lines = self._edge_lines(EDGES[name], pairs, others)
            nodes, edges = nodes + len(new), edges + len(pairs)
            chunks += _chunks(("node", EDGES[name].target), new)
            chunks += _chunks(_edge_key(EDGES[name], own), lines)
        return nodes, edges, chunks

    def number(self, label: str, name: str) -> int:
        """What stands for a name."""
        return self._names[label][name]

    def stubs(self, label: str, begin: int, most: int) -> tuple[int, int | None, list[FileChunk]]:
        """Chunks of nodes that no record is."""
        rest = (self._referred[label] - self._there[label]).iter_equal_or_larger(begin)
        ids = list(islice(rest, most + 1))
        following = ids.pop() if len(ids) > most else None
        usual = [f"{number}{FIELD}true" for number in ids if number < LARGE]
        large = [f"{self._import_id(number)}{FIELD}{number}{FIELD}true" for number in ids if number >= LARGE]
        return len(ids), following, [*_chunks(("stub", label), usual), *_chunks(("large-stub", label), large)]

    def without_roles(self, begin: int, most: int) -> list[tuple[int, int]]:
        """Pairs whose credit has no role."""
        return self._without_roles[begin : begin + most]

    def _others(self, edge: EdgeType, items: list[Any]) -> tuple[list[str], list[int]]:
        """Lines of nodes that are new; and what stands for the other end of each edge."""
        if edge.target in self._names:
            return self._number(edge.target, items)
        ids = [item["id"] for item in items] if edge.value else items
        self._referred[edge.target].update(ids)
        return [], [self._import_id(other) for other in ids]

    def _number(self, label: str, names: list[str]) -> tuple[list[str], list[int]]:
        """A name that is new becomes a node."""
        numbers = self._names[label]
        new = [name for name in dict.fromkeys(names) if name not in numbers]
        for name in new:
            numbers[name] = len(numbers)
        return [f"{numbers[name]}{FIELD}{text(name)}" for name in new], [numbers[name] for name in names]

    def _edge_lines(self, edge: EdgeType, pairs: list[tuple[int, Any]], others: list[int]) -> list[str]:
        ends = [(self._import_id(one), other) for (one, _), other in zip(pairs, others, strict=True)]
        if not edge.outgoing:
            ends = [(other, one) for one, other in ends]
        if not edge.value:
            return [f"{begin}{FIELD}{end}" for begin, end in ends]
        values = [item[edge.value] for _, item in pairs]
        if edge.value == "roles":
            self._without_roles += [(item["id"], one) for one, item in pairs if not item["roles"]]
            values = [ITEM.join(roles) for roles in values]
        else:
            values = [text(value) for value in values]
        return [f"{begin}{FIELD}{end}{FIELD}{value}" for (begin, end), value in zip(ends, values, strict=True)]

    def _import_id(self, number: int) -> int:
        """What stands for an id in the files: itself, or a number if it is too large."""
        return number if number < LARGE else self._large.setdefault(number, LARGE + len(self._large))


def _edge_key(edge: EdgeType, own: str) -> tuple[str, ...]:
    return (edge.type, own, edge.target) if edge.outgoing else (edge.type, edge.target, own)


def _chunks(key: tuple[str, ...], lines: Iterable[str]) -> list[FileChunk]:
    chunk: Chunk = chunk_of(lines)
    return [FileChunk(key, *chunk)] if chunk.lines or chunk.broken else []


def _named(props: dict[str, Any]) -> str:
    return f"{props['id']}{FIELD}{text(props.get('name'))}"


def _master(props: dict[str, Any]) -> str:
    return f"{props['id']}{FIELD}{text(props.get('title'))}{FIELD}{props.get('year', '')}"


def _release(props: dict[str, Any]) -> str:
    return f"{_master(props)}{FIELD}{text(props.get('country'))}"


_LINE = {"artists": _named, "labels": _named, "masters": _master, "releases": _release}
