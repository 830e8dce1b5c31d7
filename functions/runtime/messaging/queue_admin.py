"""What lies in the queues: their depth for status and scaling, dead letters, and emptying."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

from dramatiq.errors import DecodeError

from functions.runtime.messaging.broker import redis_url, speaks_amqp
from functions.runtime.messaging.envelope import unwrap
from functions.runtime.settings import Settings


@dataclass(frozen=True)
class QueueFigure:
    """How many messages a queue holds, by where they are."""

    name: str
    ready: int
    delayed: int
    unacked: int
    dead: int

    @property
    def depth(self) -> int:
        """What is still to be done."""
        return self.ready + self.delayed + self.unacked


@dataclass(frozen=True)
class DeadLetter:
    """A message that was given up; `message` is None when it could not even be read."""

    id: str
    queue: str
    function: str | None
    message: dict[str, Any] | None
    error: str
    at: dt.datetime | None


class Queues(Protocol):
    """What can be asked of the queues at either broker."""

    def figures(self) -> list[QueueFigure]:
        """Every queue, in the order of the work."""
        ...

    def depths(self) -> dict[str, int]:
        """How many messages each queue holds, as well as it can be told."""
        ...

    def dead_letters(self) -> list[DeadLetter]:
        """All dead letters, oldest first within a queue."""
        ...

    def requeue(self, ids: Collection[str] | None) -> int:
        """Send dead letters anew."""
        ...

    def purge(self, ids: Collection[str] | None) -> int:
        """Drop dead letters."""
        ...

    def flush(self) -> None:
        """Drop what is ready or delayed."""
        ...


def figures(settings: Settings) -> list[QueueFigure]:
    """Every queue of the installation, in the order of the work.

    Raises:
        StoreUnavailable: the broker (for RabbitMQ its management address) does not answer.
    """
    return _queues(settings).figures()


def depths(settings: Settings) -> dict[str, int]:
    """How many messages each queue holds, by its name.

    Where RabbitMQ's management does not answer, what workers hold is not among them.

    Raises:
        StoreUnavailable: the broker does not answer.
    """
    return _queues(settings).depths()


def behind_s(settings: Settings) -> float:
    """Seconds that depths may be behind the ledger: it notes what is sent next, and RabbitMQ counts now and then."""
    return 10.0 if speaks_amqp(settings) else 2.0


def dead_letters(settings: Settings) -> list[DeadLetter]:
    """All dead letters, oldest first within a queue.

    Raises:
        StoreUnavailable: the broker does not answer.
    """
    return _queues(settings).dead_letters()


def requeue(settings: Settings, ids: Collection[str] | None = None) -> int:
    """Send dead letters anew, with all their tries; all that can be read when no ids are given. How many there were.

    Raises:
        StoreUnavailable: the broker does not answer.
    """
    return _queues(settings).requeue(ids)


def purge(settings: Settings, ids: Collection[str] | None = None) -> int:
    """Drop dead letters, all when no ids are given. How many there were.

    Raises:
        StoreUnavailable: the broker does not answer.
    """
    return _queues(settings).purge(ids)


def flush(settings: Settings) -> None:
    """Drop every message that is ready or delayed. Dead letters stay, and so does what a worker is at.

    Delayed messages that a worker keeps in its memory come all the same: their functions find the run ended.

    Raises:
        StoreUnavailable: the broker does not answer.
    """
    _queues(settings).flush()


def dead_letter(queue: str, letter_id: str, body: bytes, at: dt.datetime | None) -> DeadLetter:
    """A dead letter as it is shown, from its body at either broker."""
    try:
        message = unwrap(body)
    except DecodeError:
        return DeadLetter(letter_id, queue, None, None, f"It cannot be read: {body[:200]!r}.", at)
    payload = message.args[0] if message.args and isinstance(message.args[0], dict) else None
    return DeadLetter(
        id=letter_id,
        queue=queue,
        function=message.actor_name,
        message=payload,
        error=str(message.options.get("error", "unknown")),
        at=at,
    )


def _queues(settings: Settings) -> Queues:
    if speaks_amqp(settings):
        from functions.runtime.messaging.rabbitmq_queues import RabbitmqQueues

        return RabbitmqQueues(settings)
    from functions.runtime.messaging.redis_queues import RedisQueues

    return RedisQueues(redis_url(settings), settings.broker_namespace)
