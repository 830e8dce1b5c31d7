"""Dramatiq's Redis broker, guarded.

Beside the connection guard it differs from stock in four things: the consumers of one process share its prefetch, so
that a worker with four queues does not hoard four messages; an idle worker is told of a message that has come; an idle
queue is looked at with LLEN, which writes nothing to the append-only file; and a body that cannot be read goes to the
dead letters instead of staying unacknowledged for ever.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Any

import redis
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.common import compute_backoff, dq_name, q_name, xq_name
from dramatiq.errors import DecodeError
from dramatiq.message import Message
from redis.backoff import NoBackoff
from redis.retry import Retry

from functions.runtime.messaging.connection_guard import ConnectionGuard, lost
from functions.runtime.messaging.envelope import unwrap, with_error
from functions.runtime.messaging.queue_notifications import QueueNotifications
from functions.runtime.settings import Settings
from functions.runtime.stores.tls import redis_tls, unreachable

#: Seconds after which a command counts as unanswered.
SOCKET_TIMEOUT = 5.0

#: Milliseconds between two looks at an idle queue of which no word comes. A worker that looks at its eight queues every
#: 250 ms takes a fiftieth of a core.
IDLE_MS = 1_000

#: Practically for ever, in milliseconds: dead letters are kept until someone requeues or purges them.
NEVER = 100 * 365 * 86_400_000


def connect(settings: Settings, url: str) -> redis.Redis:
    """A client that never repeats a command by itself: a repeated fetch would strand what the first one took."""
    return redis.Redis.from_url(
        url,
        socket_timeout=SOCKET_TIMEOUT,
        socket_connect_timeout=SOCKET_TIMEOUT,
        retry=Retry(NoBackoff(), 0),
        **redis_tls(settings, url),
    )


class GuardedRedis(RedisBroker):
    """A broker on Redis or Valkey."""

    def __init__(self, settings: Settings, url: str, guard: ConnectionGuard) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            client=connect(settings, url),
            middleware=[],
            namespace=settings.broker_namespace,
            maintenance_chance=1_000_000,
            heartbeat_timeout=settings.heartbeat_ms,
            dead_message_ttl=NEVER,
        )
        self.guard = guard
        self.slots = threading.Semaphore(settings.prefetch)
        self.notifications = QueueNotifications(self.client, settings.broker_namespace)

    def address(self, queue: str) -> str:
        """The name of a queue at the broker; the namespace is in every key."""
        return queue

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Consume a queue, once in the life of a process."""
        self.guard.admit(queue_name)
        self.notifications.listen(self.queues)
        return _GuardedConsumer(self, queue_name, prefetch, timeout)

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Send; a broker that is away is waited for."""
        send = super().enqueue
        sent = self.guard.retry_call("Sending a message", lambda: send(message, delay=delay), (redis.RedisError,))
        self.notifications.say(message.queue_name if delay is None else dq_name(message.queue_name))
        return sent

    def ping(self) -> None:
        """Ask whether the broker answers."""
        try:
            self.client.ping()
        except redis.RedisError as error:
            raise unreachable("The broker", error) from error

    def release(self) -> None:
        """Give back what this process still holds, rather than let it wait until the heartbeat is missed."""
        try:
            for queue in [name for each in self.queues for name in (each, dq_name(each))]:
                held = self.client.smembers(f"{self.namespace}:__acks__.{self.broker_id}.{queue}")
                self.do_requeue(queue, *held)
            self.client.zrem(f"{self.namespace}:__heartbeats__", self.broker_id)
        except redis.RedisError as error:
            self.logger.warning("What this worker held waits for its heartbeat to be missed: %s", error)

    def close(self) -> None:
        """Close all connections."""
        self.notifications.close()
        self.client.close()


class _GuardedConsumer(Consumer):
    """Takes messages of one queue. A delay queue (`.DQ`) is taken whole, another one message a slot of the process."""

    def __init__(self, broker: GuardedRedis, queue_name: str, prefetch: int, timeout: int) -> None:
        self.broker = broker
        self.queue_name = queue_name
        self.delayed = queue_name.endswith(".DQ")
        self.prefetch = prefetch
        self.timeout = timeout
        self.cache: list[bytes | None] = []
        self.held: set[str] = set()
        self.misses = 0
        self.beat: float = broker.heartbeat_timeout / 4000
        self.seen_at = 0.0
        self.look_at = 0.0
        self.arrived = broker.notifications.event(queue_name)

    def __next__(self) -> MessageProxy | None:
        try:
            body = self.cache.pop(0) if self.cache else self._take()
            return None if body is None else self._open(body)
        except redis.RedisError as error:
            raise self.broker.guard.cut(error) from None

    def ack(self, message: MessageProxy) -> None:
        self._settle("ack", message)

    def nack(self, message: MessageProxy) -> None:
        self._settle("nack", message)
        self._write_error(message)

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        ids = [message.options["redis_message_id"] for message in messages]
        try:
            self.broker.do_requeue(self.queue_name, *ids)
        except redis.RedisError as error:
            raise lost(error) from None

    def _settle(self, command: str, message: MessageProxy) -> None:
        """A timeout counts as a broken connection, and so is tried again: both commands may run twice."""
        try:
            getattr(self.broker, f"do_{command}")(self.queue_name, message.options["redis_message_id"])
        except redis.RedisError as error:
            raise lost(error) from None
        self._let_go(message.options["redis_message_id"])

    def _write_error(self, message: MessageProxy) -> None:
        """The dead letter's own body is what was sent; add why it died."""
        key = f"{self.broker.namespace}:{xq_name(q_name(self.queue_name))}.msgs"
        message_id = message.options["redis_message_id"]
        try:
            if self.broker.client.hexists(key, message_id):
                self.broker.client.hset(key, message_id, with_error(message).encode())
        except redis.RedisError as error:
            self.broker.logger.warning("A dead letter lacks its reason: %s", error)

    def _take(self) -> bytes | None:
        """One body, or None after a little while, or as soon as a message has come."""
        if self._may_wait():
            self.arrived.wait(self.timeout / 1000)
            return None
        if not self._is_due() and not self.broker.client.llen(f"{self.broker.namespace}:{self.queue_name}"):
            self._sleep()
            return None
        if self.delayed:
            return self._fetch(self.prefetch - len(self.held))
        if not self.broker.slots.acquire(timeout=self.timeout / 1000):
            self._show_life()
            return None
        body = None
        try:
            body = self._fetch(1)
        finally:
            if body is None:
                self.broker.slots.release()
        return body

    def _fetch(self, count: int) -> bytes | None:
        if count < 1:
            self._show_life()
            self._sleep()
            return None
        self.cache = self.broker.do_fetch(self.queue_name, count)
        self.seen_at = time.monotonic()
        return self.cache.pop(0) if self.cache else None

    def _may_wait(self) -> bool:
        """Whether no message is said to have come, and no look is due."""
        if self.arrived.is_set():
            self.arrived.clear()
            return False
        return time.monotonic() < self.look_at and not self._is_due()

    def _is_due(self) -> bool:
        return time.monotonic() - self.seen_at >= self.beat

    def _show_life(self) -> None:
        """The heartbeat, and what dead workers held, while nothing may be fetched."""
        if self._is_due():
            self.broker.do_requeue(self.queue_name)
            self.seen_at = time.monotonic()

    def _sleep(self) -> None:
        self.misses, pause = compute_backoff(self.misses, max_backoff=IDLE_MS)
        self.look_at = time.monotonic() + pause / 1000
        self.arrived.wait(min(pause, self.timeout) / 1000)

    def _open(self, body: bytes) -> MessageProxy | None:
        self.misses = 0
        try:
            message = unwrap(body)
            self.held.add(message.options["redis_message_id"])
        except (DecodeError, KeyError) as error:
            self.broker.logger.error("A message cannot be read and goes to the dead letters: %r", error)
            self._mark_dead(body)
            return None
        return MessageProxy(message)

    def _mark_dead(self, body: bytes) -> None:
        """Find the id of an unreadable body among what this process holds, and put it to the dead letters."""
        broker = self.broker
        for held in broker.client.smembers(f"{broker.namespace}:__acks__.{broker.broker_id}.{self.queue_name}"):
            if broker.client.hget(f"{broker.namespace}:{self.queue_name}.msgs", held) == body:
                broker.do_nack(self.queue_name, held)
        self._let_go("")

    def _let_go(self, redis_id: str) -> None:
        self.held.discard(redis_id)
        if not self.delayed:
            self.broker.slots.release()
