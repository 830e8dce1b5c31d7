"""Lines for the embedded server's batch writer, and where each node lies that it has written.

Addresses are `#bucket:position`. Each label has one bucket, so the positions are all that is kept. Releases have none:
no edge that another record owns ends at one, so that their nodes go with their edges in one request, where a node is
referred to by its place among those of the request.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from functions.load_graph.bulk.id_map import Places
from functions.load_graph.bulk.slices import PlainSlice
from functions.projection.projection import EDGES, EdgeType, targets
from functions.runtime.entities import NODE

_NAMED = ("Genre", "Style")
_encode = msgspec.json.encode


class NewNodes(NamedTuple):
    """Nodes of one label that are to be written: their number, and a line for each."""

    label: str
    number: int
    lines: bytes


class EdgeLines(NamedTuple):
    """Edges that are to be written: their number, and a line for each."""

    number: int
    lines: bytes


class ElementLines(Protocol):
    """Makes lines of slices. What it is told of the nodes of one has to be noted before their edges are asked for."""

    def nodes(self, projected: Any, /) -> tuple[str, int, bytes]:
        """The nodes of a slice, as `NewNodes`."""
        ...

    def together(self, projected: Any, first: int, /) -> tuple[tuple[str, int, bytes], tuple[int, bytes]]:
        """The nodes and edges of a slice for one request, which has `first` nodes before them. The server tells no
        address of theirs; all other nodes that the edges touch were noted."""
        ...

    def missing(self, projected: Any, /) -> Sequence[tuple[str, int, bytes]]:
        """Nodes that edges of a slice end at and that are not there: stubs, genres and styles."""
        ...

    def stubs(self, label: str, keys: list[Any], /) -> tuple[str, int, bytes] | None:
        """Those of the keys that are not there; None when all are."""
        ...

    def note(self, label: str, answer: bytes, /) -> None:
        """Take the addresses of the nodes of a label that were made last from the server's answer."""
        ...

    def edges(self, projected: Any, /) -> tuple[int, bytes]:
        """The edges of a slice, as `EdgeLines`; all nodes that they touch were noted."""
        ...

    def address(self, label: str, key: Any, /) -> str:
        """Where a node lies."""
        ...


class PlainElementLines:
    """The lines as Python makes them."""

    def __init__(self) -> None:
        self._buckets: dict[str, str] = {}
        self._places: dict[str, Places] = {label: Places() for label in ("Artist", "Label", "Master")}
        self._names: dict[str, dict[str, str]] = {label: {} for label in _NAMED}
        self._written: dict[str, list[Any]] = {}

    def nodes(self, projected: PlainSlice) -> NewNodes:
        """The nodes of a slice."""
        rows = projected.rows
        return self._nodes(NODE[projected.entity], [row["id"] for row in rows], [row["props"] for row in rows])

    def together(self, projected: PlainSlice, first: int) -> tuple[NewNodes, EdgeLines]:
        """The nodes and edges of a slice."""
        label, rows = NODE[projected.entity], projected.rows
        lines = [b'{"@type":"vertex","@class":"%b",%b' % (label.encode(), _encode(row["props"])[1:]) for row in rows]
        edges = self._edges(projected, [str(first + number) for number in range(len(rows))])
        return NewNodes(label, len(rows), b"\n".join(lines)), edges

    def missing(self, projected: PlainSlice) -> list[NewNodes]:
        """What edges of a slice end at and is not there."""
        wanted = targets(projected.rows).items()
        return [made for label, keys in wanted if (made := self.stubs(label, keys))]

    def stubs(self, label: str, keys: list[Any]) -> NewNodes | None:
        """Those of the keys that are not there."""
        missing = sorted({key for key in keys if not self._is_there(label, key)})
        if not missing:
            return None
        if label in self._names:
            return self._nodes(label, missing, [{"name": key} for key in missing])
        return self._nodes(label, missing, [{"id": key, "stub": True} for key in missing])

    def note(self, label: str, answer: bytes) -> None:
        """Note addresses."""
        found = msgspec.json.decode(answer)["idMapping"]
        for number, key in enumerate(self._written.pop(label)):
            self._note(label, key, found[str(number)])

    def edges(self, projected: PlainSlice) -> EdgeLines:
        """The edges of a slice."""
        own = self._addresses(NODE[projected.entity], [row["id"] for row in projected.rows])
        return self._edges(projected, own)

    def address(self, label: str, key: Any) -> str:
        """Where a node lies."""
        return self._addresses(label, [key])[0]

    def _edges(self, projected: PlainSlice, own: list[str]) -> EdgeLines:
        """Edges of records that are where `own` says."""
        rows, lines = projected.rows, list[str]()
        for name in [name for name in EDGES if rows and name in rows[0]]:
            pairs = [(one, item) for one, row in zip(own, rows, strict=True) for item in row[name]]
            lines += self._edge_lines(EDGES[name], pairs)
        return EdgeLines(len(lines), "\n".join(lines).encode())

    def _nodes(self, label: str, keys: list[Any], properties: list[dict[str, Any]]) -> NewNodes:
        self._written[label] = keys
        lines = [
            b'{"@type":"vertex","@class":"%b","@id":"%d",%b' % (label.encode(), number, _encode(values)[1:])
            for number, values in enumerate(properties)
        ]
        return NewNodes(label, len(keys), b"\n".join(lines))

    def _is_there(self, label: str, key: Any) -> bool:
        return key in self._names[label] if label in self._names else self._places[label].get(key) is not None

    def _edge_lines(self, edge: EdgeType, pairs: list[tuple[str, Any]]) -> list[str]:
        """One line for each address of a row's own node and an item of its list."""
        own = [one for one, _ in pairs]
        if not edge.value:
            others = self._addresses(edge.target, [item for _, item in pairs])
            return edge_lines(edge.type, *((own, others) if edge.outgoing else (others, own)))
        others = self._addresses(edge.target, [item["id"] for _, item in pairs])
        values = [f',"{edge.value}":{_encode(item[edge.value]).decode()}' for _, item in pairs]
        return edge_lines(edge.type, *((own, others) if edge.outgoing else (others, own)), values)

    def _addresses(self, label: str, keys: list[Any]) -> list[str]:
        if label in self._names:
            names = self._names[label]
            return [names[key] for key in keys]
        bucket, place = self._buckets.get(label, ""), self._places[label].get
        return [f"{bucket}{place(key)}" for key in keys]

    def _note(self, label: str, key: Any, address: str) -> None:
        if label in self._names:
            self._names[label][key] = address
        else:
            bucket, colon, position = address.partition(":")
            self._buckets[label] = bucket + colon
            self._places[label][key] = int(position)


def edge_lines(kind: str, begins: list[str], ends: list[str], properties: list[str] | None = None) -> list[str]:
    """A line for each edge, from address to address; properties begin with a comma."""
    head = f'{{"@type":"edge","@class":"{kind}","@from":"'
    if properties is None:
        return [f'{head}{begin}","@to":"{end}"}}' for begin, end in zip(begins, ends, strict=True)]
    found = zip(begins, ends, properties, strict=True)
    return [f'{head}{begin}","@to":"{end}"{more}}}' for begin, end, more in found]
