"""Having the embedded server spread the edges of a node over several chains, before a fill gives it any.

The server does so when a part of a chain is full and the database's threshold is passed, and only in an ordinary
transaction. So a few edges to nodes of a type of their own make it happen, and go again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from functions.load_graph.bulk.hubs import LEAST, Hub
from functions.runtime.stores.arcadedb_http import GraphHttp

_TYPE = "Striping"
#: Enough for parts of 64 to 1,024 bytes; the files of the chains are made when the first of them is full.
_NODES, _ROUNDS = 120, 4
#: The least threshold that the first part of a chain passes.
_AT_ONCE = 16
#: Chains of a node that passes the threshold by ordinary writes.
USUAL_CHAINS = 64
#: An edge type that may touch a node of this label.
_EDGE = {"Genre": "IS", "Style": "IS", "Label": "ON", "Artist": "BY"}


def stripe(server: GraphHttp, database: str, hubs: Iterable[Hub], addresses: Mapping[Hub, str]) -> None:
    """Spread the edges of hubs over as many chains as each of them asks for.

    Args:
        addresses: where each hub lies.
    """
    nodes = "\n".join(f'{{"@type":"vertex","@class":"{_TYPE}"}}' for _ in range(_NODES))
    server.sql(database, f"CREATE VERTEX TYPE {_TYPE} IF NOT EXISTS BUCKETS 1")
    server.batch(database, nodes.encode())
    set_threshold(server, database, _AT_ONCE)
    for hub in hubs:
        set_chains(server, database, hub.chains)
        others, own = f"(SELECT FROM {_TYPE})", addresses[hub]
        begin, end = (own, others) if hub.outgoing else (others, own)
        for _ in range(_ROUNDS):
            server.sql(database, f"CREATE EDGE `{_EDGE[hub.label]}` FROM {begin} TO {end}")
    server.sql(database, f"DELETE FROM {_TYPE}")  # noqa: S608 - a name of ours
    server.sql(database, f"DROP TYPE {_TYPE}")
    set_chains(server, database, USUAL_CHAINS)
    set_threshold(server, database, LEAST)


def set_chains(server: GraphHttp, database: str, chains: int) -> None:
    """Over how many chains the edges of a node are spread from now on."""
    server.sql(database, f"ALTER DATABASE `arcadedb.graph.supernodeStripes` {chains}")


def set_threshold(server: GraphHttp, database: str, edges: int) -> None:
    """From how many edges on they are spread, when more come by ordinary writes."""
    server.sql(database, f"ALTER DATABASE `arcadedb.graph.supernodeThreshold` {edges}")
