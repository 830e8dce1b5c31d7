"""What can be asked of the queues at either broker, and how it is answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

from dramatiq.errors import DecodeError

from functions.runtime.messaging.envelope import unwrap


@dataclass(frozen=True)
class QueueStats:
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


@dataclass(frozen=True)
class BrokerFigures:
    """What a broker says of itself: bytes of memory, connections of all processes, milliseconds until it answers.

    What it does not tell is None.
    """

    memory: int | None
    connections: int | None
    latency_ms: float | None


class Queues(Protocol):
    """What can be asked of the queues at either broker."""

    def queue_stats(self) -> list[QueueStats]:
        """Every queue, in the order of the work."""
        ...

    def depths(self) -> dict[str, int]:
        """How many messages each queue holds, as well as it can be told."""
        ...

    def broker_figures(self) -> BrokerFigures:
        """What the broker says of itself."""
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
