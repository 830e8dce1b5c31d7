"""Where figures come from: each function reads one part of the installation, and names what it found."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import redis
from msgspec import Struct

from functions.metrics_history.rates import CpuShares, Rates
from functions.metrics_history.reach import redis_info
from functions.metrics_history.server_processes import server_usage
from functions.runtime.function_table import FunctionTable
from functions.runtime.ledger.store import Connection, fetch
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.broker import redis_url, speaks_amqp
from functions.runtime.messaging.queues import QueueStats
from functions.runtime.messaging.redis import connect
from functions.runtime.messaging.redis_queues import count_queues
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context
from functions.runtime.stores.folder_size import folder_bytes, graph_folder, has_graph
from functions.runtime.stores.query_files import statements
from functions.runtime.stores.tls import unreachable

Found = dict[str, float]

_sql = statements(__file__, "sources.sql")

#: Processes of ours that are no functions.
_OTHERS = ("scheduler", "gateway")


class QueueFigures:
    """Messages of each queue by where they are; at Redis, the memory that the broker takes."""

    def __init__(self, context: Context) -> None:
        self._context = context
        settings = context.settings
        self._broker = None if speaks_amqp(settings) else connect(settings, redis_url(settings))

    def __call__(self) -> Found:
        """Read them.

        Raises:
            StoreUnavailable: the broker does not answer.
        """
        settings, queues = self._context.settings, self._context.functions.queues
        if self._broker is None:
            return _by_state(queue_admin.queue_stats(settings, queues))
        found = _by_state(self._counted(self._broker, settings.broker_namespace, queues))
        return found | {"store/broker/bytes": redis_info(self._broker, "The broker").get("used_memory", 0)}

    def _counted(self, client: redis.Redis, namespace: str, queues: Sequence[str]) -> list[QueueStats]:
        """Over one connection that stays open: to open one each time takes longer than to count."""
        try:
            return count_queues(client, namespace, queues)
        except redis.RedisError as error:
            raise unreachable("The broker", error) from error


def _by_state(queues: Iterable[QueueStats]) -> Found:
    states = ("ready", "delayed", "unacked", "dead")
    return {f"queue/{stats.name}/{state}": getattr(stats, state) for stats in queues for state in states}


class CacheFigures:
    """The memory of the cache, and the share of lookups since the last reading that it could answer."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._rates = Rates()

    def __call__(self) -> Found:
        """Read them.

        Raises:
            StoreUnavailable: the cache does not answer.
        """
        info = redis_info(self._client, "The cache")
        counted = {"hits": float(info.get("keyspace_hits", 0)), "misses": float(info.get("keyspace_misses", 0))}
        share = _share(self._rates.per_second(time.monotonic(), counted))
        return {"store/cache/bytes": info.get("used_memory", 0)} | ({} if share is None else {"cache/hits": share})


def _share(rates: Mapping[str, float]) -> float | None:
    """Hits of all lookups; None where there was none, or nothing is known."""
    whole = sum(rates.values())
    return rates["hits"] / whole if len(rates) == 2 and whole else None


class ServerFigures:
    """CPU and memory of the servers of an embedded stack."""

    def __init__(self, context: Context) -> None:
        self._settings = context.settings
        self._ours = (*context.functions.names, *_OTHERS)
        self._rates = Rates()

    def __call__(self) -> Found:
        """Read them; nothing where there is no such stack."""
        usage = server_usage(self._settings, self._ours)
        cpu = self._rates.per_second(time.monotonic(), {name: each.cpu for name, each in usage.items()})
        found: Found = {f"process/{name}/memory": each.memory for name, each in usage.items()}
        return found | {f"process/{name}/cpu": share for name, share in cpu.items()}


def folder_figures(settings: Settings) -> Found:
    """The disk that the graph, the bucket and fetched dumps take, as far as they are folders of this machine."""
    folders = {"dumps": settings.dumps_folder}
    if has_graph(settings):
        folders["graph"] = graph_folder(settings)
    if "://" not in settings.bucket_url:
        folders["bucket"] = Path(settings.bucket_url)
    return {f"store/{name}/bytes": folder_bytes(folder) for name, folder in folders.items() if folder.is_dir()}


class _Stages(Struct, frozen=True):
    """How far a run is in each stage, in records, and in bytes that have come."""

    run: int
    begun: bool
    received: int
    split: int
    parsed: int
    loaded: int
    graph: int

    def counters(self) -> dict[str, float]:
        """By run and name of the figure."""
        named = {
            "download/received": self.received,
            "split/records": self.split,
            "parse-chunk/records": self.parsed,
            "load-table/records": self.loaded,
            "load-graph/records": self.graph,
        }
        return {f"{self.run} stage/{name}": value for name, value in named.items()}


class _Report(Struct, frozen=True):
    id: str
    function: str
    busy: bool
    pss: int
    cpu: float
    pool_size: int
    pool_used: int
    pool_waiting: int
    at: float
    age: float


class _Database(Struct, frozen=True):
    connections: int
    active: int
    most: int
    hits: float
    reads: float


class PostgresFigures:
    """What PostgreSQL knows: how far runs are, what our processes report, and how the server itself is."""

    def __init__(self, functions: FunctionTable) -> None:
        self._functions = functions
        self._stages = Rates()
        self._derived = Rates()
        self._blocks = Rates()
        self._shares = CpuShares()
        self._looked_at = 0.0

    def __call__(self, connection: Connection) -> Found:
        """Read them."""
        at = time.monotonic()
        found = self._progress(connection, at) | self._database(connection, at)
        return found | self._processes(fetch(connection, _Report, _sql.reports))

    def _progress(self, connection: Connection, at: float) -> Found:
        elapsed, self._looked_at = at - self._looked_at, at
        runs = fetch(connection, _Stages, _sql.stages, elapsed=elapsed)
        counters = {name: value for run in runs for name, value in run.counters().items()}
        begun = {name for run in runs if run.begun for name in run.counters()}
        rates = self._stages.per_second(at, counters, begun)
        names = {name.partition(" ")[2] for name in _Stages(0, False, 0, 0, 0, 0, 0).counters()}
        found = {name: sum_of(rates, counters, name) for name in names}
        (left,) = connection.execute(_sql.batches_left).fetchone() or (0,)
        derived = self._derived.per_second(at, {"stage/derive/batches": -float(left)})
        return {name: value for name, value in found.items() if value is not None} | derived

    def _database(self, connection: Connection, at: float) -> Found:
        [found] = fetch(connection, _Database, _sql.database)
        share = _share(self._blocks.per_second(at, {"hits": found.hits, "misses": found.reads}))
        figures: Found = {
            "postgres/connections": found.connections,
            "postgres/active": found.active,
            "postgres/limit": found.most,
        }
        return figures | ({} if share is None else {"postgres/hits": share})

    def _processes(self, reports: Iterable[_Report]) -> Found:
        shares = self._shares.of({each.id: (each.at, each.age, each.cpu) for each in reports})
        found: Found = {}
        for kind in (*self._functions.names, *_OTHERS):
            mine = [each for each in reports if each.function == kind]
            found[f"process/{kind}/memory"] = sum(each.pss for each in mine)
            found[f"process/{kind}/cpu"] = sum(shares[each.id] or 0.0 for each in mine)
            found[f"pool/{kind}/connections"] = sum(each.pool_size for each in mine)
            found[f"pool/{kind}/used"] = sum(each.pool_used for each in mine)
            found[f"pool/{kind}/waiting"] = sum(each.pool_waiting for each in mine)
            if kind in self._functions.names:
                found[f"function/{kind}/workers"] = len(mine)
                found[f"function/{kind}/busy"] = sum(each.busy for each in mine)
        return found


def sum_of(rates: Mapping[str, float], counters: Iterable[str], name: str) -> float | None:
    """The rate of a figure over all runs: 0 where there is none, None where that of one is not known."""
    wanted = [each for each in counters if each.partition(" ")[2] == name]
    return sum(rates[each] for each in wanted) if all(each in rates for each in wanted) else None


def database_bytes(connection: Connection) -> Found:
    """The disk that the database takes."""
    (size,) = connection.execute(_sql.database_bytes).fetchone() or (0,)
    return {"store/postgres/bytes": size}


def cache_of(settings: Settings) -> Any:
    """A client of the cache; None where there is none."""
    return connect(settings, settings.cache_url) if settings.cache_url else None
