"""The stores: what each holds and how busy it is. Kept for a minute, since sizes are dear to find out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from msgspec import Struct

from functions.runtime.errors import LinernotesError
from functions.runtime.ledger.store import fetch
from functions.runtime.masking import mask
from functions.runtime.stores.arcadedb_http import graph_http
from functions.runtime.stores.context import Context
from functions.runtime.stores.folder_size import folder_bytes, graph_folder, has_graph
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "sections.sql")
_cypher = statements(__file__, "stores.cypher")

_KEPT_S: Final = 60.0


class StoreView(Struct, frozen=True):
    """One store. What it does not tell is None.

    `size` is bytes on disk, `connections` those of all processes, `cache_hits` the share of reads that needed no disk
    (0 to 1), `nodes` those of the graph. `says`: why it does not answer.
    """

    name: str
    address: str
    answers: bool
    says: str | None = None
    size: int | None = None
    connections: int | None = None
    cache_hits: float | None = None
    nodes: int | None = None


class _Postgres(Struct, frozen=True):
    size: int
    connections: int
    cache_hits: float | None


def store_views(context: Context, down: Mapping[str, str]) -> list[StoreView]:
    """PostgreSQL, the graph, the broker and the bucket; of what does not answer, that it does not."""
    settings = context.settings
    addresses = {
        "PostgreSQL": settings.postgres_address,
        "graph": settings.graph_address,
        "broker": settings.broker_url,
        "bucket": settings.bucket_url,
    }
    reads = {"PostgreSQL": _postgres, "graph": _graph, "bucket": _bucket}
    views = []
    for name, address in addresses.items():
        figures: Mapping[str, object] = {}
        if name not in down and name in reads:
            figures = context.memory.recall(f"figures {name}", _KEPT_S, partial(_or_nothing, reads[name], context))
        views.append(StoreView(name, mask(address), name not in down, down.get(name), **figures))  # type: ignore[arg-type]
    return views


def _or_nothing(read: Callable[[Context], Mapping[str, object]], context: Context) -> Mapping[str, object]:
    try:
        return read(context)
    except LinernotesError:
        return {}


def _postgres(context: Context) -> Mapping[str, object]:
    with context.connection() as connection:
        [found] = fetch(connection, _Postgres, _sql.postgres)
    hits = None if found.cache_hits is None else round(found.cache_hits, 3)
    return {"size": found.size, "connections": found.connections, "cache_hits": hits}


def _graph(context: Context) -> Mapping[str, object]:
    size = folder_bytes(graph_folder(context.settings)) if has_graph(context.settings) else None
    return {"size": size, "nodes": _nodes(context)}


def _nodes(context: Context) -> int | None:
    """How many nodes the graph has; of the embedded server its own count, since its Cypher would read them all."""
    settings = context.settings
    if settings.graph_http:
        with graph_http(settings) as server:
            rows = server.sql(
                settings.graph_database, "SELECT sum(records) AS nodes FROM schema:types WHERE type = 'vertex'"
            )
        return int(rows[0].get("nodes") or 0) if rows else None
    with context.graph_session() as session:
        found = session.run(_cypher.nodes).single()
    return int(found["nodes"]) if found else None


def _bucket(context: Context) -> Mapping[str, object]:
    url = context.settings.bucket_url
    return {} if "://" in url else {"size": folder_bytes(Path(url))}
