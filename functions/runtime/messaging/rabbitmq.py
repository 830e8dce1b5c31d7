"""Dramatiq's RabbitMQ broker, guarded, on quorum queues.

Beside the connection guard it differs from stock in three things: the consumers of one process share its prefetch, so
that a worker with four queues does not hoard four messages; a dead letter is published with its reason and confirmed
before its message is acknowledged; and queues are those of `rabbitmq_topology.py`.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pika
import pika.exceptions
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.brokers.rabbitmq import RabbitmqBroker, _RabbitmqConsumer, _RabbitmqMessage
from dramatiq.common import compute_backoff, q_name, xq_name
from dramatiq.errors import ConnectionClosed, DecodeError
from dramatiq.message import Message

from functions.runtime.messaging.connection_guard import ConnectionGuard, lost
from functions.runtime.messaging.envelope import unwrap, with_error
from functions.runtime.messaging.rabbitmq_topology import ensure
from functions.runtime.settings import Settings
from functions.runtime.stores.tls import tls_context, unreachable

#: What a broken connection raises.
LOST = (ConnectionClosed, pika.exceptions.AMQPError, OSError)


def parameters(settings: Settings) -> pika.URLParameters:
    """How to connect: an address that does not answer is noticed in seconds.

    Raises:
        SettingError: the file of certificate authorities cannot be read.
    """
    found = pika.URLParameters(settings.broker_url)
    if found.ssl_options:
        found.ssl_options = pika.SSLOptions(tls_context(settings), found.host)
    found.socket_timeout = 5
    found.stack_timeout = 10
    found.blocked_connection_timeout = 10
    found.connection_attempts = 1
    return found


class GuardedRabbitmq(RabbitmqBroker):
    """A broker on RabbitMQ."""

    def __init__(self, settings: Settings, guard: ConnectionGuard) -> None:
        super().__init__(url=settings.broker_url, middleware=[], confirm_delivery=True)
        self.parameters = parameters(settings)
        self.guard = guard
        self.prefix = settings.broker_namespace
        self.turns = _Turns(settings.prefetch)

    def address(self, queue: str) -> str:
        """The name of a queue at the broker, which other installations may share."""
        return f"{self.prefix}.{queue}"

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Consume a queue, once in the life of a process."""
        self.guard.admit(queue_name)
        self.guard.retry_call("Declaring a queue", lambda: self.declare_queue(queue_name, ensure=True), LOST)
        kind = _RabbitmqConsumer if queue_name.endswith(".DQ") else _GuardedConsumer

        def connect() -> Consumer:
            consumer: Consumer = kind(self, queue_name, prefetch, timeout)
            return consumer

        return self.guard.retry_call("Consuming a queue", connect, LOST)  # it holds no message before it is there

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Send and wait for the confirmation; a broker that is away is waited for."""
        send = super().enqueue
        return self.guard.retry_call("Sending a message", lambda: send(message, delay=delay), LOST)

    def mark_dead(self, message: MessageProxy) -> None:
        """Publish a dead letter with its reason; a broker that is away is waited for."""
        self.publish_dead(q_name(message.queue_name), with_error(message).encode())

    def publish_dead(self, queue: str, letter: bytes) -> None:
        """Publish a dead letter of a queue; a broker that is away is waited for."""

        def publish() -> None:
            self.declare_queue(queue, ensure=True)
            try:
                durable = pika.BasicProperties(delivery_mode=2)
                self.channel.basic_publish(xq_name(queue), queue, letter, durable, mandatory=True)
            except LOST:
                self.queues_pending.add(queue)
                del self.connection
                raise

        self.guard.retry_call("Writing a dead letter", publish, LOST)

    def ping(self) -> None:
        """Ask whether the broker answers."""
        try:
            pika.BlockingConnection(self.parameters).close()
        except LOST as error:
            raise unreachable("The broker", error) from error

    def release(self) -> None:
        """Nothing to do: RabbitMQ gives back what a closed connection held."""

    def _ensure_queue(self, canonical_queue_name: str) -> None:
        if canonical_queue_name not in self.queues_pending:
            return
        try:
            ensure(self.connection, canonical_queue_name)
        except LOST:
            del self.connection
            raise
        self.queues_pending.discard(canonical_queue_name)


class _GuardedConsumer(_RabbitmqConsumer):
    """Takes messages of one queue by asking for them, one a slot of the process."""

    def __init__(self, broker: GuardedRabbitmq, queue_name: str, prefetch: int, timeout: int) -> None:  # noqa: ARG002
        self.broker: GuardedRabbitmq = broker
        self.queue_name = queue_name
        self.logger = broker.logger
        self.timeout = timeout
        self.misses = 0
        self.known_tags: set[int] = set()
        try:
            self.connection = pika.BlockingConnection(broker.parameters)
            self.channel = self.connection.channel()
        except LOST as error:
            raise lost(error) from None

    def __next__(self) -> MessageProxy | None:
        try:
            return self._take()
        except (AssertionError, *LOST) as error:
            raise self.broker.guard.cut(error) from None

    def ack(self, message: MessageProxy) -> None:
        """Acknowledge; on a broken connection that cannot be done any more, and the message is delivered again."""
        self.broker.turns.give_back()
        try:
            super().ack(message)  # type: ignore[no-untyped-call]
        except ConnectionClosed as error:
            self.logger.warning("A message could not be acknowledged and will be delivered again: %s", error)

    def nack(self, message: MessageProxy) -> None:
        self.broker.mark_dead(message)
        self.ack(message)

    def wake(self) -> None:
        """Let this consumer look up at once; called from other threads."""
        with contextlib.suppress(*LOST):
            self.connection.add_callback_threadsafe(lambda: None)

    def _take(self) -> MessageProxy | None:
        """One message, or None after a little while in which heartbeats and acknowledgements go out."""
        if not self.broker.turns.take(self):
            self.connection.process_data_events(time_limit=self.timeout / 1000)
            return None
        proxy = None
        try:
            proxy = self._get()
        finally:
            if proxy is None:
                self.broker.turns.give_back()
        if proxy is None:
            self.misses, pause = compute_backoff(self.misses, max_backoff=self.timeout)
            self.connection.process_data_events(time_limit=pause / 1000)
        return proxy

    def _get(self) -> MessageProxy | None:
        method, _properties, body = self.channel.basic_get(self.queue_name)
        if method is None:
            return None
        self.misses = 0
        try:
            message = unwrap(body)
        except DecodeError as error:
            self.logger.error("A message cannot be read and goes to the dead letters: %r", error)
            self.broker.publish_dead(q_name(self.queue_name), body)
            self.channel.basic_ack(method.delivery_tag)
            return None
        self.known_tags.add(method.delivery_tag)
        return _RabbitmqMessage(method.redelivered, method.delivery_tag, message)  # type: ignore[no-untyped-call]


class _Turns:
    """The slots of a process, handed to its consumers in the order in which they asked."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._waiting: dict[_GuardedConsumer, None] = {}
        self._lock = threading.Lock()

    def take(self, consumer: _GuardedConsumer) -> bool:
        """Take a slot if it is this consumer's turn; else it stands in line and is woken."""
        with self._lock:
            self._waiting.setdefault(consumer)
            if not self._free or next(iter(self._waiting)) is not consumer:
                return False
            del self._waiting[consumer]
            self._free -= 1
        self._wake_next()
        return True

    def give_back(self) -> None:
        """Give a slot back."""
        with self._lock:
            self._free += 1
        self._wake_next()

    def _wake_next(self) -> None:
        with self._lock:
            first = next(iter(self._waiting), None) if self._free else None
        if first is not None:
            first.wake()
