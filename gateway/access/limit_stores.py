"""Where the buckets of the limits are: where no gateway has them for itself, and nothing throws them away.

That is the broker where it is a Redis or Valkey: the cache evicts what it pleases. With RabbitMQ it is PostgreSQL.
Where neither answers, each gateway has buckets of its own: a limit is then for one gateway, and better than none.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final, Protocol

import redis
import redis.asyncio
from anyio import to_thread
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from functions.runtime.messaging.broker import redis_url, speaks_amqp
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.runtime.stores.tls import redis_tls, unreachable
from gateway.access.buckets import Bucket, Grant, Limit, take

#: Seconds that a request waits for the store.
TIMEOUT_S: Final = 1.0

#: Buckets that one process keeps for itself.
MOST: Final = 10_000

_sql = statements(__file__, "limits.sql")
_SCRIPT: Final = Path(__file__).with_name("limits.lua").read_text(encoding="utf-8")


class LimitStore(Protocol):
    """Has buckets, by name."""

    async def take(self, name: str, limit: Limit, wanted: int) -> Grant:
        """Take tokens, in one step that no other can come between.

        Raises:
            StoreUnavailable: it does not answer.
        """

    async def close(self) -> None:
        """Close its connections."""


class OwnLimits:
    """Buckets of this process."""

    def __init__(self) -> None:
        self._buckets: dict[str, Bucket] = {}

    async def take(self, name: str, limit: Limit, wanted: int) -> Grant:
        """Take tokens."""
        if len(self._buckets) >= MOST and name not in self._buckets:
            self._buckets.clear()
        self._buckets[name], grant = take(self._buckets.get(name), limit, time.monotonic(), wanted)
        return grant

    async def close(self) -> None:
        """It has no connection."""


class ValkeyLimits:
    """Buckets in the broker's Redis or Valkey, taken from by a script."""

    def __init__(self, settings: Settings) -> None:
        self._prefix = f"{settings.broker_namespace}-limits"
        self._client = redis.asyncio.Redis.from_url(
            redis_url(settings),
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            **redis_tls(settings, redis_url(settings)),
        )
        self._script = self._client.register_script(_SCRIPT)

    async def take(self, name: str, limit: Limit, wanted: int) -> Grant:
        """Take tokens; whoever is refused costs no write."""
        try:
            given, wait_ms = await self._script(keys=[f"{self._prefix}:{name}"], args=[limit.rate, limit.burst, wanted])
        except (redis.RedisError, OSError) as error:
            raise unreachable("The broker", error) from error
        return Grant(int(given), int(wait_ms) / 1000)

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()


class PostgresLimits:
    """Buckets in a table of PostgreSQL that is not logged."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def take(self, name: str, limit: Limit, wanted: int) -> Grant:
        """Take tokens."""
        return await to_thread.run_sync(self._take, name, limit, wanted)

    async def close(self) -> None:
        """Its connections are the context's."""

    def _take(self, name: str, limit: Limit, wanted: int) -> Grant:
        values = {"name": name, "rate": limit.rate, "burst": limit.burst, "wanted": wanted}
        with self._context.connection() as connection:
            given, left = connection.execute(_sql.take, values).fetchone() or (wanted, 0.0)
        return Grant(given, 0.0 if given else (1 - left) / limit.rate)


def open_limit_store(settings: Settings, context: Context) -> LimitStore:
    """The store that all gateways of this installation share, not yet connected."""
    return PostgresLimits(context) if speaks_amqp(settings) else ValkeyLimits(settings)
