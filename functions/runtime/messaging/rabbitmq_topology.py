"""What stands at RabbitMQ for one queue of ours: the queue, its delay queue, and a dead-letter exchange with a queue.

All three queues are quorum queues without an expiry of messages. Whoever runs RabbitMQ may bind queues of their own to
the exchange, to be told of dead letters.
"""

from __future__ import annotations

import http.client
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import pika.exceptions
import structlog
from dramatiq.common import dq_name, xq_name

from functions.runtime.errors import RefusedError

#: RabbitMQ 4 drops a message after 20 deliveries unless told otherwise, and counts returned delayed ones. The ledger
#: counts attempts, so the limit is out of reach; -1 would say so plainly but RabbitMQ 3 refuses it.
DELIVERY_LIMIT = 1_000_000

#: Milliseconds a message may stay unacknowledged: longer than the longest time limit of the function table. RabbitMQ
#: before 3.12 does not know this argument: there `consumer_timeout` of its configuration holds, and what outlasts it
#: is delivered again.
CONSUMER_TIMEOUT = 9 * 24 * 3_600_000

_DIFFERENT = 406

#: What became of a queue or exchange that was to be declared.
State = Literal["declared", "unchanged", "replaced"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Declared:
    """A queue or exchange, and what became of it."""

    kind: Literal["queue", "exchange"]
    name: str
    state: State


def queue_arguments(queue: str) -> dict[str, dict[str, Any]]:
    """The three queues that stand for one, each with its arguments: where dead letters go first."""
    durable = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-consumer-timeout": CONSUMER_TIMEOUT,
    }
    work = durable | {"x-dead-letter-exchange": xq_name(queue)}
    return {xq_name(queue): durable, queue: work, dq_name(queue): work}


def ensure(connection: Any, queue: str) -> None:
    """Make sure that a queue and what belongs to it are there; what is there with other arguments is used as it is."""
    with connection.channel() as channel:
        channel.exchange_declare(xq_name(queue), "fanout", durable=True)
    for name, arguments in queue_arguments(queue).items():
        if (difference := _declare(connection, name, arguments)) is not None:
            log.warning("queue has other arguments, used as it is; see linernotes deploy queues", reason=difference)
    _bind(connection, queue)


def deploy(connection: Any, queues: Collection[str], *, replace: bool = False) -> list[Declared]:
    """Declare queues and what belongs to each, as they have to be.

    Args:
        connection: pika's, blocking.
        queues: their names at the broker.
        replace: make those anew that are empty and have other arguments.

    Raises:
        RefusedError: a queue has other arguments; those that can be declared are.
    """
    done: list[Declared] = []
    differences: list[str] = []
    for queue in queues:
        new = not _exists(connection, "exchange", xq_name(queue))
        with connection.channel() as channel:
            channel.exchange_declare(xq_name(queue), "fanout", durable=True)
        done.append(Declared("exchange", xq_name(queue), "declared" if new else "unchanged"))
        for name, arguments in queue_arguments(queue).items():
            state = _settle(connection, name, arguments, replace=replace)
            if isinstance(state, Declared):
                done.append(state)
            else:
                differences.append(state)
        _bind(connection, queue)
    if differences:
        raise RefusedError(_refusal(differences, replace=replace))
    return done


def _settle(connection: Any, name: str, arguments: dict[str, Any], *, replace: bool) -> Declared | str:
    """Declare one queue; a text says why it cannot be."""
    new = not _exists(connection, "queue", name)
    difference = _declare(connection, name, arguments)
    if difference is None:
        return Declared("queue", name, "declared" if new else "unchanged")
    if not replace:
        return difference
    with connection.channel() as channel:
        if count := channel.queue_declare(name, passive=True).method.message_count:
            return f"{name} holds messages ({count})"
        channel.queue_delete(name)
        channel.queue_declare(name, durable=True, arguments=arguments)
    return Declared("queue", name, "replaced")


def _refusal(differences: list[str], *, replace: bool) -> str:
    shown = "; ".join(differences[:3])
    rest = f"; and {len(differences) - 3} more" if len(differences) > 3 else ""
    if replace:
        return (
            f"Only an empty queue is made anew: {shown}{rest}. Empty them (let workers end what they hold, "
            "`linernotes dead-letters requeue` or `purge`) and try again."
        )
    return (
        f"{len(differences)} queues exist with other arguments: {shown}{rest}. Workers use them as they are. To have "
        "them as this version makes them: `linernotes pause`, stop the workers, settle the dead letters, "
        "`linernotes deploy queues --replace`, start the workers, `linernotes unpause`."
    )


def _declare(connection: Any, name: str, arguments: dict[str, Any]) -> str | None:
    """Declare one queue; what the server says where it is there with other arguments."""
    try:
        with connection.channel() as channel:
            channel.queue_declare(name, durable=True, arguments=arguments)
    except pika.exceptions.ChannelClosedByBroker as error:
        if error.reply_code != _DIFFERENT:
            raise
        return str(error.reply_text).removeprefix("PRECONDITION_FAILED - ")
    return None


def _exists(connection: Any, kind: Literal["queue", "exchange"], name: str) -> bool:
    try:
        with connection.channel() as channel:
            getattr(channel, f"{kind}_declare")(name, passive=True)
    except pika.exceptions.ChannelClosedByBroker as error:
        if error.reply_code != http.client.NOT_FOUND:
            raise
        return False
    return True


def _bind(connection: Any, queue: str) -> None:
    with connection.channel() as channel:
        channel.queue_bind(xq_name(queue), xq_name(queue))
