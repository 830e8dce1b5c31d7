"""The depth of all queues, asked again and again by one process, and word of the first message after a quiet time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

import redis

from functions.runtime.errors import StoreUnavailable
from functions.runtime.messaging.broker import redis_url, speaks_amqp
from functions.runtime.messaging.queue_notifications import channel_pattern
from functions.runtime.messaging.redis import connect
from functions.runtime.messaging.redis_queues import count_queues
from functions.runtime.settings import Settings

#: Seconds between two looks at RabbitMQ, which tells nobody of a message but those that consume its queue.
_POLL_INTERVAL_S: Final = 1.0


class DepthWatch(Protocol):
    """What an autoscaler asks of the broker. Used by one thread at a time; connections are kept."""

    def depths(self) -> dict[str, int]:
        """Messages of each queue: ready, delayed and unacknowledged.

        Raises:
            StoreUnavailable: the broker does not answer; the next call tries again.
        """
        ...

    def wait(self, seconds: float) -> None:
        """Return when a message may have come, or after so many seconds."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


def open_depth_watch(settings: Settings, queues: Sequence[str]) -> DepthWatch:
    """A watch over these queues.

    Raises:
        SettingError: the broker's address is none.
    """
    if speaks_amqp(settings):
        return _RabbitmqDepths(settings, queues)
    return _RedisDepths(settings, queues)


class _RedisDepths:
    def __init__(self, settings: Settings, queues: Sequence[str]) -> None:
        self._settings = settings
        self._url = redis_url(settings)
        self._namespace = settings.broker_namespace
        self._queues = queues
        self._client: Any = None
        self._subscription: Any = None

    def depths(self) -> dict[str, int]:
        try:
            if self._client is None:
                self._client = connect(self._settings, self._url)
            counted = count_queues(self._client, self._namespace, self._queues)
        except redis.RedisError as error:
            self.close()
            raise StoreUnavailable(f"The broker does not answer: {error}.") from error
        return {stats.name: stats.depth for stats in counted}

    def wait(self, seconds: float) -> None:
        """The first call subscribes and returns: what came before is found by the next look at the depths."""
        try:
            if self._client is None or self._subscription is None:
                self._subscribe()
            elif self._subscription.get_message(timeout=seconds):
                self._unsubscribe()
        except (redis.RedisError, OSError):
            self.close()
            time.sleep(seconds)

    def close(self) -> None:
        self._unsubscribe()
        if self._client is not None:
            self._client.close()
            self._client = None

    def _subscribe(self) -> None:
        if self._client is None:
            self._client = connect(self._settings, self._url)
        self._subscription = self._client.pubsub(ignore_subscribe_messages=True)
        self._subscription.psubscribe(channel_pattern(self._namespace))
        self._subscription.get_message(timeout=1.0)  # the server's confirmation

    def _unsubscribe(self) -> None:
        if self._subscription is not None:
            with suppress(redis.RedisError, OSError):
                self._subscription.close()
            self._subscription = None


class _RabbitmqDepths:
    """Its management counts every few seconds; what is ready is asked of the queues themselves, so that it is now."""

    def __init__(self, settings: Settings, queues: Sequence[str]) -> None:
        from functions.runtime.messaging.rabbitmq_queues import RabbitmqQueues

        self._queues = RabbitmqQueues(settings, queues)

    def depths(self) -> dict[str, int]:
        counted = self._queues.depths()
        return counted if any(counted.values()) else self._queues.ready()

    def wait(self, seconds: float) -> None:
        time.sleep(min(seconds, _POLL_INTERVAL_S))

    def close(self) -> None:
        """Every look has a connection of its own."""
