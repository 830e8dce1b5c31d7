"""The embedded graph server's batch writer: nodes first, whose addresses it tells, then edges from address to address.

A batch has no write-ahead log and no transaction. What makes that safe is that nobody takes the graph for filled before
it has its identity, which is set last, after the database was closed and so written out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from functions.load_graph.bulk.hubs import Hub
from functions.load_graph.bulk.id_map import Places
from functions.load_graph.bulk.striping import stripe
from functions.load_graph.graph_writer import WrittenElements
from functions.load_graph.schema import PART_OF, declare_types
from functions.projection.projection import EDGES, EdgeType, Row, targets
from functions.runtime.entities import NODE, Entity
from functions.runtime.stores.arcadedb_http import GraphHttp

_NAMED = ("Genre", "Style")
_encode = msgspec.json.encode
#: Edges of one request, and their characters: the server takes 100 MB at most.
_EDGE_BATCH = 250_000
_SIZE_BATCH = 20_000_000


class ArcadeSink:
    """Fills one database.

    Addresses are `#bucket:position`. Each label has one bucket, so the positions are all that is kept; of releases only
    those of the last slice, as no edge ends at a release that another record owns.
    """

    def __init__(self, server: GraphHttp, database: str) -> None:
        self._server, self._database = server, database
        self._buckets: dict[str, str] = {}
        self._places: dict[str, Places] = {label: Places() for label in ("Artist", "Label", "Master")}
        self._names: dict[str, dict[str, str]] = {label: {} for label in _NAMED}
        self._releases: dict[int, str] = {}
        self._lines: list[str] = []
        self._size = 0

    def begin(self) -> None:
        """A new database with a type for each label and each kind of edge; no index slows the writing down."""
        self._server.renew_database(self._database)
        declare_types(self._server, self._database)

    def nodes(self, entity: Entity, rows: list[Row]) -> WrittenElements:
        """Write the nodes of rows."""
        self._releases.clear()
        return self._write_nodes(NODE[entity], [row["id"] for row in rows], [row["props"] for row in rows])

    def edges(self, entity: Entity, rows: list[Row]) -> WrittenElements:
        """Write what rows own, their nodes written before, and the targets that are missing."""
        written = self._write_stubs(rows)
        own = self._addresses(NODE[entity], [row["id"] for row in rows])
        lines: list[str] = []
        for name in [name for name in EDGES if rows and name in rows[0]]:
            pairs = [(one, item) for one, row in zip(own, rows, strict=True) for item in row[name]]
            lines += self._edge_lines(EDGES[name], pairs)
        return written.plus(self._add_edges(lines))

    def hubs(self, hubs: list[Hub]) -> WrittenElements:
        """Have the edges of hubs spread over several chains, which have to be there before the edges come."""
        if not hubs:
            return WrittenElements()
        keys: dict[str, dict[Any, None]] = {}
        for hub in hubs:
            keys.setdefault(hub.label, {})[hub.key] = None
        written = self._write_missing({label: list(found) for label, found in keys.items()})
        stripe(self._server, self._database, hubs, {hub: self._addresses(hub.label, [hub.key])[0] for hub in hubs})
        return written

    def part_of(self, pairs: Iterable[tuple[str, str]]) -> WrittenElements:
        """Write the edges from styles to genres."""
        styles, genres = self._names["Style"], self._names["Genre"]
        ordered = sorted(pairs)
        begins, ends = [styles[style] for style, _ in ordered], [genres[genre] for _, genre in ordered]
        return self._add_edges(_lines(PART_OF, begins, ends))

    def end(self) -> WrittenElements:
        """Close the database, which writes out what the server still has in memory, and open it again."""
        self._send_edges()
        self._server.server(f"close database {self._database}")
        self._server.server(f"open database {self._database}")
        return WrittenElements()

    def _edge_lines(self, edge: EdgeType, pairs: list[tuple[str, Any]]) -> list[str]:
        """One line for each address of a row's own node and an item of its list."""
        own = [one for one, _ in pairs]
        if not edge.value:
            others = self._addresses(edge.target, [item for _, item in pairs])
            return _lines(edge.type, *((own, others) if edge.outgoing else (others, own)))
        others = self._addresses(edge.target, [item["id"] for _, item in pairs])
        values = [f',"{edge.value}":{_encode(item[edge.value]).decode()}' for _, item in pairs]
        return _lines(edge.type, *((own, others) if edge.outgoing else (others, own)), values)

    def _addresses(self, label: str, keys: list[Any]) -> list[str]:
        if label in self._names:
            names = self._names[label]
            return [names[key] for key in keys]
        if label == "Release":
            return [self._releases[key] for key in keys]
        bucket, place = self._buckets.get(label, ""), self._places[label].get
        return [f"{bucket}{place(key)}" for key in keys]

    def _write_stubs(self, rows: list[Row]) -> WrittenElements:
        return self._write_missing(targets(rows))

    def _write_missing(self, wanted: dict[str, list[Any]]) -> WrittenElements:
        """Write the nodes that are not there: stubs, genres and styles."""
        written = WrittenElements()
        for label, keys in wanted.items():
            if label in self._names:
                missing = [key for key in keys if key not in self._names[label]]
                properties = [{"name": key} for key in missing]
            else:
                missing = [key for key in keys if self._places[label].get(key) is None]
                properties = [{"id": key, "stub": True} for key in missing]
            written = written.plus(self._write_nodes(label, missing, properties))
        return written

    def _write_nodes(self, label: str, keys: list[Any], properties: list[dict[str, Any]]) -> WrittenElements:
        if not keys:
            return WrittenElements()
        lines = [
            b'{"@type":"vertex","@class":"%b","@id":"%d",%b' % (label.encode(), number, _encode(values)[1:])
            for number, values in enumerate(properties)
        ]
        found = self._server.batch(self._database, b"\n".join(lines))
        for number, key in enumerate(keys):
            self._note(label, key, found[str(number)])
        return WrittenElements(nodes=len(keys))

    def _note(self, label: str, key: Any, address: str) -> None:
        if label in self._names:
            self._names[label][key] = address
        elif label == "Release":
            self._releases[key] = address
        else:
            bucket, colon, position = address.partition(":")
            self._buckets[label] = bucket + colon
            self._places[label][key] = int(position)

    def _add_edges(self, lines: list[str]) -> WrittenElements:
        """Send edges many at once: the server sorts them, and writes each node that they touch once."""
        self._lines += lines
        self._size += sum(map(len, lines))
        if len(self._lines) >= _EDGE_BATCH or self._size >= _SIZE_BATCH:
            self._send_edges()
        return WrittenElements(edges=len(lines))

    def _send_edges(self) -> None:
        if self._lines:
            self._server.batch(self._database, "\n".join(self._lines).encode())
        self._lines, self._size = [], 0


def _lines(kind: str, begins: list[str], ends: list[str], properties: list[str] | None = None) -> list[str]:
    head = f'{{"@type":"edge","@class":"{kind}","@from":"'
    if properties is None:
        return [f'{head}{begin}","@to":"{end}"}}' for begin, end in zip(begins, ends, strict=True)]
    found = zip(begins, ends, properties, strict=True)
    return [f'{head}{begin}","@to":"{end}"{more}}}' for begin, end, more in found]
