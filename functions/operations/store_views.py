"""The stores: what each holds, how busy it is, how soon it answers. Kept for a minute: sizes are dear to find out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

import redis
from msgspec import Struct

from functions.metrics_history.reach import redis_info
from functions.operations.rates import rounded
from functions.runtime.errors import LinernotesError
from functions.runtime.ledger.store import fetch
from functions.runtime.masking import mask
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.redis import connect
from functions.runtime.stores.arcadedb_http import graph_http
from functions.runtime.stores.context import Context, ping_bucket, ping_graph
from functions.runtime.stores.folder_size import folder_bytes, graph_folder, has_graph
from functions.runtime.stores.graph_transactions import ask
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "sections.sql")
_cypher = statements(__file__, "stores.cypher")

_KEPT_S: Final = 60.0


class StoreView(Struct, frozen=True):
    """One store. What it does not tell is None.

    `size` is bytes on disk, of broker and cache of memory; `connections` those of all processes. `cache_hits` is the
    share (0 to 1) of reads that needed no disk, of the cache that of lookups which it could answer. `nodes`: those of
    the graph. `latency_ms`: milliseconds until it answered the smallest question, on a connection that was there.
    `says`: why it does not answer.
    """

    name: str
    address: str
    answers: bool
    says: str | None = None
    size: int | None = None
    connections: int | None = None
    cache_hits: float | None = None
    nodes: int | None = None
    latency_ms: float | None = None


class _Postgres(Struct, frozen=True):
    size: int
    connections: int
    cache_hits: float | None


def store_views(context: Context, down: Mapping[str, str]) -> list[StoreView]:
    """PostgreSQL, the graph, the broker, the cache and the bucket; of what does not answer, that it does not."""
    settings = context.settings
    stores: dict[str, tuple[str, Callable[[Context], Mapping[str, object]]]] = {
        "PostgreSQL": (settings.postgres_address, _postgres),
        "graph": (settings.graph_address, _graph),
        "broker": (settings.broker_url, _broker),
        "cache": (settings.cache_url, _cache),
        "bucket": (settings.bucket_url, _bucket),
    }
    views = []
    for name, (address, read) in stores.items():
        if address:
            figures: Mapping[str, object] = {}
            if name not in down:
                figures = context.memory.recall(f"figures {name}", _KEPT_S, partial(_or_nothing, read, context))
            views.append(StoreView(name, mask(address), name not in down, down.get(name), **figures))  # type: ignore[arg-type]
    return views


def _or_nothing(read: Callable[[Context], Mapping[str, object]], context: Context) -> Mapping[str, object]:
    try:
        return read(context)
    except (LinernotesError, redis.RedisError):
        return {}


def _postgres(context: Context) -> Mapping[str, object]:
    with context.connection() as connection:
        latency = _timed(partial(connection.execute, "SELECT 1"))
        [found] = fetch(connection, _Postgres, _sql.postgres)
    hits = None if found.cache_hits is None else round(found.cache_hits, 3)
    return {"size": found.size, "connections": found.connections, "cache_hits": hits, "latency_ms": latency}


def _graph(context: Context) -> Mapping[str, object]:
    size = folder_bytes(graph_folder(context.settings)) if has_graph(context.settings) else None
    return {"size": size, "nodes": _nodes(context), "latency_ms": _timed(partial(ping_graph, context))}


def _broker(context: Context) -> Mapping[str, object]:
    found = queue_admin.broker_figures(context.settings)
    latency = None if found.latency_ms is None else rounded(found.latency_ms)
    return {"size": found.memory, "connections": found.connections, "latency_ms": latency}


def _cache(context: Context) -> Mapping[str, object]:
    with closing(connect(context.settings, context.settings.cache_url)) as client:
        info = redis_info(client, "The cache")
        latency = _timed(client.ping)
    hits, misses = int(info.get("keyspace_hits", 0)), int(info.get("keyspace_misses", 0))
    return {
        "size": info.get("used_memory"),
        "connections": info.get("connected_clients"),
        "cache_hits": round(hits / (hits + misses), 3) if hits + misses else None,
        "latency_ms": latency,
    }


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
        [found] = ask(session, _cypher.nodes)
    return int(found["nodes"])


def _bucket(context: Context) -> Mapping[str, object]:
    url = context.settings.bucket_url
    size = None if "://" in url else folder_bytes(Path(url))
    return {"size": size, "latency_ms": _timed(partial(ping_bucket, context))}


def _timed(ask: Callable[[], object]) -> float:
    """Milliseconds of a question."""
    begun = time.perf_counter()
    ask()
    return rounded((time.perf_counter() - begun) * 1_000)
