"""The queues at RabbitMQ: figures from its management address, dead letters over AMQP."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import http.client
import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote, urlsplit

import pika
import pika.exceptions
import structlog
from dramatiq.errors import DecodeError

from functions.runtime.addresses import in_brackets
from functions.runtime.errors import StoreUnavailable
from functions.runtime.messaging.envelope import fresh_copy, unwrap
from functions.runtime.messaging.queues import BrokerFigures, DeadLetter, QueueStats, dead_letter
from functions.runtime.messaging.rabbitmq import LOST, parameters
from functions.runtime.messaging.rabbitmq_topology import Declared, deploy
from functions.runtime.settings import Settings
from functions.runtime.stores.tls import tls_context, unreachable

#: The port of the management plugin where no address is given.
MANAGEMENT_PORT = 15672

#: What a server says that gives up by itself (AMQP 0-9-1), as one that is only just up may over a quorum queue.
_INTERNAL_ERROR: Final = 541
#: Seconds until it is asked again to make queues.
_PAUSES_S: Final = (1.0, 3.0, 9.0)

_log = structlog.get_logger(__name__)

#: What to do with a dead letter that was looked at: keep it, or remove it (after an action).
Decide = Callable[[Any, str, str, bytes], bool]


class RabbitmqQueues:
    """Counts, reads and empties the queues under one prefix."""

    def __init__(self, settings: Settings, queues: Sequence[str]) -> None:
        self._queues = queues
        self._settings = settings
        self._prefix = settings.broker_namespace

    def queue_stats(self) -> list[QueueStats]:
        """Every queue, in the order of the work, as the server counted some seconds ago."""
        found = {row["name"]: row for row in self._ask_management(f"queues/{self._virtual_host()}")}

        def count(name: str, *kinds: str) -> int:
            row = found.get(f"{self._prefix}.{name}", {})
            return sum(row.get(kind, 0) for kind in kinds)

        both = ("messages_ready", "messages_unacknowledged")
        return [
            QueueStats(
                name=queue,
                ready=count(queue, "messages_ready"),
                delayed=count(f"{queue}.DQ", *both),
                unacked=count(queue, "messages_unacknowledged"),
                dead=count(f"{queue}.XQ", *both),
            )
            for queue in self._queues
        ]

    def depths(self) -> dict[str, int]:
        """How many messages each queue holds; without an answer of the management, what is ready and no more."""
        try:
            return {stats.name: stats.depth for stats in self.queue_stats()}
        except StoreUnavailable:
            return self.ready()

    def ready(self) -> dict[str, int]:
        """How many messages of each queue no worker holds, by the queues themselves, of this moment."""
        with self._connection() as connection:
            return {queue: self._ready(connection, queue) for queue in self._queues}

    def _ready(self, connection: Any, queue: str) -> int:
        name = f"{self._prefix}.{queue}"
        return _count(connection, name) + _count(connection, f"{name}.DQ")

    def broker_figures(self) -> BrokerFigures:
        """What the server says of itself; memory is that of all nodes of a cluster."""
        totals = self._ask_management("overview").get("object_totals", {})
        memory = sum(node.get("mem_used", 0) for node in self._ask_management("nodes"))
        with self._connection() as connection:
            begun = time.perf_counter()
            connection.channel()
            latency_ms = (time.perf_counter() - begun) * 1_000
        return BrokerFigures(memory or None, totals.get("connections"), latency_ms)

    def dead_letters(self) -> list[DeadLetter]:
        """All dead letters, oldest first within a queue."""
        letters: list[DeadLetter] = []

        def note(_channel: Any, queue: str, letter_id: str, body: bytes) -> bool:
            letters.append(dead_letter(queue, letter_id, body, _died_at(body)))
            return False

        self._go_through(note)
        return letters

    def requeue(self, ids: Collection[str] | None) -> int:
        """Send dead letters anew; those that cannot be read stay."""

        def send(channel: Any, queue: str, letter_id: str, body: bytes) -> bool:
            if ids is not None and letter_id not in ids:
                return False
            try:
                message = fresh_copy(unwrap(body), f"{self._prefix}.{queue}")
            except DecodeError:
                return False
            durable = pika.BasicProperties(delivery_mode=2)
            channel.basic_publish("", message.queue_name, message.encode(), durable, mandatory=True)
            return True

        return self._go_through(send)

    def purge(self, ids: Collection[str] | None) -> int:
        """Drop dead letters."""
        return self._go_through(lambda _channel, _queue, letter_id, _body: ids is None or letter_id in ids)

    def deploy(self, *, replace: bool) -> list[Declared]:
        """Declare every queue and what belongs to it; a server that gives up meanwhile is asked again."""
        for pause in _PAUSES_S:
            try:
                return self._deploy(replace=replace)
            except StoreUnavailable as error:
                if getattr(error.__cause__, "reply_code", None) != _INTERNAL_ERROR:
                    raise
                _log.warning("queues are declared again", reason=str(error), retry_in_s=pause)
            time.sleep(pause)
        return self._deploy(replace=replace)

    def _deploy(self, *, replace: bool) -> list[Declared]:
        with self._connection() as connection:
            return deploy(connection, [f"{self._prefix}.{queue}" for queue in self._queues], replace=replace)

    def flush(self) -> None:
        """Drop what is ready; of the delayed, what no worker holds."""
        with self._connection() as connection:
            for queue in self._queues:
                for name in (f"{self._prefix}.{queue}", f"{self._prefix}.{queue}.DQ"):
                    if _count(connection, name):
                        with connection.channel() as channel:
                            channel.queue_purge(name)

    def _go_through(self, decide: Decide) -> int:
        """Take every dead letter, acknowledge those that are decided on, give the others back in their order."""
        seen: Counter[str] = Counter()
        with self._connection() as connection:
            return sum(self._go_through_one(connection, queue, decide, seen) for queue in self._queues)

    def _go_through_one(self, connection: Any, queue: str, decide: Decide, seen: Counter[str]) -> int:
        name, removed = f"{self._prefix}.{queue}.XQ", 0
        count = _count(connection, name)
        if not count:
            return 0
        with connection.channel() as channel:  # what was not acknowledged goes back when the channel closes
            channel.confirm_delivery()
            for _ in range(count):
                method, _properties, body = channel.basic_get(name)
                if method is not None and decide(channel, queue, _new_id(body, seen), body):
                    channel.basic_ack(method.delivery_tag)
                    removed += 1
        return removed

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        try:
            connection = pika.BlockingConnection(parameters(self._settings))
            try:
                yield connection
            finally:
                if connection.is_open:
                    connection.close()
        except LOST as error:
            raise unreachable("The broker", error) from error

    def _virtual_host(self) -> str:
        path = urlsplit(self._settings.broker_url).path
        return path[1:] if "%" in path else quote(path[1:] or "/", safe="")

    def _ask_management(self, what_of: str) -> Any:
        amqp, management = urlsplit(self._settings.broker_url), urlsplit(self._settings.amqp_management)
        host, port = management.hostname or amqp.hostname or "localhost", management.port or MANAGEMENT_PORT
        token = base64.b64encode(f"{amqp.username or 'guest'}:{amqp.password or 'guest'}".encode()).decode()
        what = f"RabbitMQ's management at {in_brackets(host)}:{port}"
        connection = self._management_connection(management.scheme, host, port)
        try:
            path = f"{management.path.rstrip('/')}/api/{what_of}"
            connection.request("GET", path, headers={"Authorization": f"Basic {token}"})
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise unreachable(what, error) from error
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise StoreUnavailable(f"{what} answers {answer.status} {answer.reason}.")
        return json.loads(body)

    def _management_connection(self, scheme: str, host: str, port: int) -> http.client.HTTPConnection:
        if scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=5, context=tls_context(self._settings))
        return http.client.HTTPConnection(host, port, timeout=5)


def _count(connection: Any, queue: str) -> int:
    """How many messages a queue has ready; 0 if there is no such queue, which closes a channel."""
    channel = connection.channel()
    try:
        return int(channel.queue_declare(queue, passive=True).method.message_count)
    except pika.exceptions.ChannelClosedByBroker as error:
        if error.reply_code != http.client.NOT_FOUND:
            raise
        return 0
    finally:
        if channel.is_open:
            channel.close()


def _letter_id(body: bytes) -> str:
    """RabbitMQ gives a message no name: Dramatiq's, or a digest of what cannot be read."""
    try:
        return unwrap(body).message_id
    except DecodeError:
        return hashlib.sha256(body).hexdigest()[:16]


def _new_id(body: bytes, seen: Counter[str]) -> str:
    """Its id; with a number where it was seen before: one that was written twice, or given up at both deliveries."""
    letter_id = _letter_id(body)
    seen[letter_id] += 1
    return letter_id if seen[letter_id] == 1 else f"{letter_id}.{seen[letter_id]}"


def _died_at(body: bytes) -> dt.datetime | None:
    try:
        at_ms = unwrap(body).options.get("died_at")
    except DecodeError:
        return None
    return dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC) if isinstance(at_ms, int) else None
