"""Word of messages that have come to a queue at Redis, so that an idle worker takes one at once.

A hint and no more: a worker that misses it finds the message at its next look. The connection is one of its own and
may break and begin anew; nothing is fetched or acknowledged over it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from contextlib import suppress

import redis

_POLL_INTERVAL_S = 1.0


def channel_pattern(namespace: str) -> str:
    """The channels of all queues of an installation, for whoever listens to them all."""
    return f"{namespace}:arrivals:*"


class QueueNotifications:
    """Says it, in any process; listens in a worker."""

    def __init__(self, client: redis.Redis, namespace: str) -> None:
        self._client = client
        self._prefix = channel_pattern(namespace).removesuffix("*")
        self._events: dict[str, threading.Event] = {}
        self._closed = threading.Event()

    def say(self, queue: str) -> None:
        """A message has come to this queue."""
        with suppress(redis.RedisError):
            self._client.publish(self._prefix + queue, b"")

    def listen(self, queues: Iterable[str]) -> None:
        """Listen for these queues from now on; a second call does nothing."""
        if not self._events:
            self._events = {queue: threading.Event() for queue in queues}
            threading.Thread(target=self._listen, name="arrivals", daemon=True).start()

    def event(self, queue: str) -> threading.Event:
        """Set when a message comes to this queue; never, for one that is not listened for."""
        return self._events.get(queue) or threading.Event()

    def close(self) -> None:
        """Stop listening."""
        self._closed.set()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                self._hear()
            except (redis.RedisError, OSError, ValueError):  # ValueError: closed while it is read
                time.sleep(_POLL_INTERVAL_S)

    def _hear(self) -> None:
        with self._client.pubsub(ignore_subscribe_messages=True) as subscription:  # type: ignore[no-untyped-call]
            subscription.subscribe(*(self._prefix + queue for queue in self._events))
            while not self._closed.is_set():
                if message := subscription.get_message(timeout=_POLL_INTERVAL_S):
                    self._events[message["channel"].decode().removeprefix(self._prefix)].set()
