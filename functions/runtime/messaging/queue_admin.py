"""What lies in the queues: their depth for status and scaling, dead letters, and emptying."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from functions.runtime.messaging.broker import redis_url, speaks_amqp
from functions.runtime.messaging.queues import BrokerFigures, DeadLetter, Queues, QueueStats
from functions.runtime.settings import Settings

if TYPE_CHECKING:
    from functions.runtime.messaging.rabbitmq_topology import Declared


def queue_stats(settings: Settings, queues: Sequence[str]) -> list[QueueStats]:
    """Every queue of the installation, in the order of the work.

    Raises:
        StoreUnavailable: the broker (for RabbitMQ its management address) does not answer.
    """
    return _queues(settings, queues).queue_stats()


def depths(settings: Settings, queues: Sequence[str]) -> dict[str, int]:
    """How many messages each queue holds, by its name.

    Where RabbitMQ's management does not answer, what workers hold is not among them.

    Raises:
        StoreUnavailable: the broker does not answer.
    """
    return _queues(settings, queues).depths()


def broker_figures(settings: Settings) -> BrokerFigures:
    """What the broker says of itself.

    Raises:
        StoreUnavailable: the broker (for RabbitMQ its management address) does not answer.
    """
    return _queues(settings, ()).broker_figures()


def lag_s(settings: Settings) -> float:
    """Seconds that depths may be behind the ledger: it notes what is sent next, and RabbitMQ counts now and then."""
    return 10.0 if speaks_amqp(settings) else 2.0


def dead_letters(settings: Settings, queues: Sequence[str]) -> list[DeadLetter]:
    """All dead letters, oldest first within a queue.

    Raises:
        StoreUnavailable: the broker does not answer.
    """
    return _queues(settings, queues).dead_letters()


def requeue(settings: Settings, queues: Sequence[str], ids: Collection[str] | None = None) -> int:
    """Send dead letters anew, with all their tries; all that can be read when no ids are given. How many there were.

    Raises:
        StoreUnavailable: the broker does not answer.
    """
    return _queues(settings, queues).requeue(ids)


def purge(settings: Settings, queues: Sequence[str], ids: Collection[str] | None = None) -> int:
    """Drop dead letters, all when no ids are given. How many there were.

    Raises:
        StoreUnavailable: the broker does not answer.
    """
    return _queues(settings, queues).purge(ids)


def flush(settings: Settings, queues: Sequence[str]) -> None:
    """Drop every message that is ready or delayed. Dead letters stay, and so does what a worker is at.

    Delayed messages that a worker keeps in its memory come all the same: their functions find the run ended.

    Raises:
        StoreUnavailable: the broker does not answer.
    """
    _queues(settings, queues).flush()


def deploy(settings: Settings, queues: Sequence[str], *, replace: bool = False) -> list[Declared]:
    """Declare every queue at RabbitMQ, and what belongs to it; a second call changes nothing.

    At Redis there is nothing to declare: the first message makes its queue.

    Args:
        replace: make those anew that are empty and have other arguments.

    Raises:
        RefusedError: a queue is there with other arguments; the others are declared.
        StoreUnavailable: the broker does not answer.
    """
    if not speaks_amqp(settings):
        return []
    from functions.runtime.messaging.rabbitmq_queues import RabbitmqQueues

    return RabbitmqQueues(settings, queues).deploy(replace=replace)


def _queues(settings: Settings, queues: Sequence[str]) -> Queues:
    if speaks_amqp(settings):
        from functions.runtime.messaging.rabbitmq_queues import RabbitmqQueues

        return RabbitmqQueues(settings, queues)
    from functions.runtime.messaging.redis_queues import RedisQueues

    return RedisQueues(settings, redis_url(settings), queues)
