"""Nodes that very many edges will touch, estimated from a sample of the releases before the graph is filled.

The embedded server keeps a node's edges in a chain, and looks through it for each edge that goes. It can spread them
over several chains, by the node at the other end, but does so of itself for ordinary writes only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from functions.projection.projection import EDGES, Row, project
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "document_reader.sql")

#: From so many edges on they are spread: one goes in 1.4 ms from a chain of that length.
LEAST = 100_000
#: Edges of one chain, and chains of one node at most: each is a file that a batch of the fill may touch.
CHAIN = 16_384
MOST_CHAINS = 256
#: Releases that are looked at: of a node with the least number of edges, a hundred are among them in the whole dump.
_SAMPLE = 20_000


class Hub(NamedTuple):
    """A node, the direction as it sees its edges, and how many it will have about.

    Attributes:
        label: of the node.
        key: its id or name.
        outgoing: whether the edges begin at it.
        edges: their estimated number.
    """

    label: str
    key: int | str
    outgoing: bool
    edges: int

    @property
    def chains(self) -> int:
        """Over how many chains its edges are spread."""
        return min(max(-(-self.edges // CHAIN), 2), MOST_CHAINS)


def find_hubs(context: Context, releases: int) -> list[Hub]:
    """Nodes that at least 100,000 edges of releases will touch, the largest first.

    Args:
        releases: how many there are.
    """
    if releases < LEAST:
        return []
    share = min(100.0, _SAMPLE / releases * 100)
    with context.connection() as connection:
        sample = connection.execute(_sql.sampled_releases, {"percent": share}).fetchall()
    return hubs_of((project("releases", data, year) for year, data in sample), releases / max(len(sample), 1))


def hubs_of(rows: Iterable[Row], times: float) -> list[Hub]:
    """The hubs among what rows point to, each row standing for so many.

    Masters are none of them: they are written later, and a hub has to be there before.
    """
    found: Counter[tuple[str, int | str, bool]] = Counter()
    kinds = [(name, edge) for name, edge in EDGES.items() if edge.target != "Master"]
    for row in rows:
        for name, edge in kinds:
            for item in row.get(name, ()):
                found[edge.target, item["id"] if edge.value else item, not edge.outgoing] += 1
    return [Hub(*hub, edges) for hub, seen in found.most_common() if (edges := round(seen * times)) >= LEAST]
