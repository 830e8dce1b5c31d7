"""The queues at Redis, read from the keys that Dramatiq keeps."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import redis
from dramatiq.errors import DecodeError

from functions.runtime.messaging.envelope import fresh_copy, unwrap
from functions.runtime.messaging.queues import BrokerFigures, DeadLetter, QueueStats, dead_letter
from functions.runtime.messaging.redis import connect
from functions.runtime.settings import Settings
from functions.runtime.stores.tls import unreachable


class RedisQueues:
    """Counts, reads and empties the queues of one namespace."""

    def __init__(self, settings: Settings, url: str, queues: Sequence[str]) -> None:
        self._settings = settings
        self._url = url
        self._namespace = settings.broker_namespace
        self._queues = queues

    def queue_stats(self) -> list[QueueStats]:
        """Every queue, in the order of the work."""
        with self._client() as client:
            return count_queues(client, self._namespace, self._queues)

    def depths(self) -> dict[str, int]:
        """How many messages each queue holds."""
        return {stats.name: stats.depth for stats in self.queue_stats()}

    def broker_figures(self) -> BrokerFigures:
        """What the server says of itself."""
        with self._client() as client:
            info: Any = client.info()
            begun = time.perf_counter()
            client.ping()
            latency_ms = (time.perf_counter() - begun) * 1_000
        return BrokerFigures(info.get("used_memory"), info.get("connected_clients"), latency_ms)

    def dead_letters(self) -> list[DeadLetter]:
        """All dead letters, oldest first within a queue."""
        with self._client() as client:
            return [_letter(queue, *found) for queue in self._queues for found in self._dead(client, queue)]

    def requeue(self, ids: Collection[str] | None) -> int:
        """Send dead letters anew; those that cannot be read stay."""
        with self._client() as client:
            return sum(
                self._requeue(client, queue, letter_id, body)
                for queue in self._queues
                for letter_id, body, _at in self._dead(client, queue)
                if ids is None or letter_id in ids
            )

    def purge(self, ids: Collection[str] | None) -> int:
        """Drop dead letters."""
        with self._client() as client:
            return sum(
                self._drop(client, queue, letter_id)
                for queue in self._queues
                for letter_id, _body, _at in self._dead(client, queue)
                if ids is None or letter_id in ids
            )

    def flush(self) -> None:
        """Drop what is ready or delayed. What a worker holds finds its body gone, which it takes for acknowledged."""
        with self._client() as client:
            for queue in self._queues:
                waiting = [self._key(queue), self._key(f"{queue}.DQ"), self._key(f"{queue}.DQ.msgs")]
                held = client.lrange(self._key(queue), 0, -1)
                with client.pipeline() as pipe:
                    pipe.delete(*waiting)
                    if held:
                        pipe.hdel(self._key(f"{queue}.msgs"), *held)
                    pipe.execute()

    def _dead(self, client: Any, queue: str) -> Iterator[tuple[str, bytes, float]]:
        for letter_id, at in client.zrange(self._key(f"{queue}.XQ"), 0, -1, withscores=True):
            yield letter_id.decode(), client.hget(self._key(f"{queue}.XQ.msgs"), letter_id) or b"", at

    def _requeue(self, client: Any, queue: str, letter_id: str, body: bytes) -> int:
        try:
            message = fresh_copy(unwrap(body), queue)
        except DecodeError:
            return 0
        new_id = str(uuid.uuid4())
        message.options["redis_message_id"] = new_id
        with client.pipeline() as pipe:  # one transaction: neither lost nor doubled
            pipe.zrem(self._key(f"{queue}.XQ"), letter_id)
            pipe.hdel(self._key(f"{queue}.XQ.msgs"), letter_id)
            pipe.hset(self._key(f"{queue}.msgs"), new_id, message.encode())
            pipe.rpush(self._key(queue), new_id)
            pipe.execute()
        return 1

    def _drop(self, client: Any, queue: str, letter_id: str) -> int:
        with client.pipeline() as pipe:
            pipe.zrem(self._key(f"{queue}.XQ"), letter_id)
            pipe.hdel(self._key(f"{queue}.XQ.msgs"), letter_id)
            return int(pipe.execute()[0])

    def _key(self, name: str) -> str:
        return f"{self._namespace}:{name}"

    @contextmanager
    def _client(self) -> Iterator[Any]:
        client = connect(self._settings, self._url)
        try:
            yield client
        except redis.RedisError as error:
            raise unreachable("The broker", error) from error
        finally:
            client.close()


def count_queues(client: Any, namespace: str, queues: Sequence[str]) -> list[QueueStats]:
    """These queues, in their order, counted over a connection that is open.

    Raises:
        redis.RedisError: the connection broke.
    """
    workers = [worker.decode() for worker in client.zrange(f"{namespace}:__heartbeats__", 0, -1)]
    with client.pipeline(transaction=False) as pipe:
        for queue in queues:
            pipe.llen(f"{namespace}:{queue}")
            pipe.hlen(f"{namespace}:{queue}.DQ.msgs")
            pipe.zcard(f"{namespace}:{queue}.XQ")
            for worker in workers:
                pipe.scard(f"{namespace}:__acks__.{worker}.{queue}")
        counts = iter(pipe.execute())
    return [_stats(queue, counts, len(workers)) for queue in queues]


def _stats(queue: str, counts: Iterator[int], workers: int) -> QueueStats:
    ready, delayed, dead = next(counts), next(counts), next(counts)
    unacked = sum(next(counts) for _ in range(workers))
    return QueueStats(name=queue, ready=ready, delayed=delayed, unacked=unacked, dead=dead)


def _letter(queue: str, letter_id: str, body: bytes, at_ms: float) -> DeadLetter:
    at = dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC)
    return dead_letter(queue, letter_id, body, at)
