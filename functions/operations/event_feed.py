"""New events as they come, for all who look at them in one process: one connection that listens to PostgreSQL.

A trigger tells of each event as its transaction commits, so that whoever listens hears of every process. What came
while the connection was broken is read when it is there again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Any, Final, TypeAlias
from weakref import WeakSet

import psycopg
import structlog
from msgspec import Struct

from functions.operations.event_list import (
    EventView,
    last_event,
    last_restore,
    listen,
    missed_events,
    new_events,
    numbers_until,
)
from functions.runtime.backoff import backoff
from functions.runtime.errors import LinernotesError
from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo, postgres_errors
from functions.runtime.stores.postgres_pool import KEEPALIVE

#: Events that one who is slow may be behind; beyond, it is told that it has missed some.
MOST_WAITING: Final = 256
#: Events that are read at once after a break; beyond, everybody is told that some were missed.
_MOST_MISSED: Final = 1_000
#: Seconds without an event after which the connection is tried.
_QUIET_S: Final = 30.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 10.0

#: Events that were read before the word of them came are known by their numbers, so many of them.
_REMEMBERED: Final = 4 * _MOST_MISSED

log = structlog.get_logger(__name__)


class Missed(Struct, frozen=True):
    """Events may have come that are not in the stream: whoever needs each one reads those after the last it has."""


NewEvent: TypeAlias = EventView | Missed


class Subscription:
    """New events for one who looks, an async iterator; it ends when it is closed, or the feed is."""

    def __init__(self, feed: EventFeed) -> None:
        self._feed = feed
        self._waiting: asyncio.Queue[NewEvent | None] = asyncio.Queue(MOST_WAITING + 2)
        self._has_missed = False
        self._closed = False

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> NewEvent:
        if self._closed and self._waiting.empty():
            raise StopAsyncIteration
        found = await self._waiting.get()
        if found is None:
            raise StopAsyncIteration
        if isinstance(found, Missed):
            self._has_missed = False
        return found

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, found: NewEvent) -> None:
        """Hand on an event; one who is far behind hears only that some were missed, and nothing grows."""
        if self._closed or self._has_missed:
            return
        if isinstance(found, Missed) or self._waiting.qsize() >= MOST_WAITING:
            self._has_missed = True
            found = Missed()
        self._waiting.put_nowait(found)

    def close(self) -> None:
        """End it; whoever waits for an event stops waiting."""
        if not self._closed:
            self._closed = True
            self._waiting.put_nowait(None)
            self._feed.forget(self)


class EventFeed:
    """The events of one installation as they come. `run` has to go on for as long as somebody looks.

    Args:
        settings: where PostgreSQL is.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._subscriptions: WeakSet[Subscription] = WeakSet()
        self._last: int | None = None
        self._restored = 0
        self._before: frozenset[int] = frozenset()
        self._handed: deque[int] = deque(maxlen=_REMEMBERED)
        self._ended = False
        self._has_begun = asyncio.Event()
        #: Set while the connection listens.
        self.listening = asyncio.Event()

    def subscribe(self) -> Subscription:
        """Events from now on; to be closed at the end, or used as a context manager."""
        subscription = Subscription(self)
        self._subscriptions.add(subscription)
        if self._ended:
            subscription.close()
        return subscription

    async def begun(self, wait_s: float) -> None:
        """Wait until it first hears of new events, or ends, but no longer: whoever subscribes then misses none."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._has_begun.wait(), wait_s)

    def forget(self, subscription: Subscription) -> None:
        """Hand nothing more to it."""
        self._subscriptions.discard(subscription)

    def end(self) -> None:
        """End all subscriptions, those to come as well."""
        self._ended = True
        self._has_begun.set()
        for subscription in list(self._subscriptions):
            subscription.close()

    def later_than(self, number: int) -> list[int] | None:
        """The smaller numbers of events that came after one all the same; None where it is not known when that came."""
        handed = list(self._handed)
        if number not in handed:
            return None
        return [later for later in handed[handed.index(number) :] if later < number]

    async def run(self) -> None:
        """Listen until cancelled; while PostgreSQL is away, or something fails, try again with growing pauses."""
        failures = 0
        try:
            while True:
                try:
                    await self._listen()
                except Exception as error:  # whatever it is, it must not be the last that anybody hears
                    failures = 1 if self.listening.is_set() else failures + 1
                    self.listening.clear()
                    pause = backoff(failures, _FIRST_PAUSE_S, _LONGEST_PAUSE_S)
                    known = isinstance(error, LinernotesError | psycopg.Error)
                    log.warning("events not heard", error=str(error), retry_in_s=pause, exc_info=not known)
                    await asyncio.sleep(pause)
        finally:
            self.listening.clear()
            self.end()

    async def _listen(self) -> None:
        connecting = psycopg.AsyncConnection.connect(
            postgres_conninfo(self._settings), autocommit=True, application_name="linernotes events", **KEEPALIVE
        )
        with postgres_errors():
            connection = await connecting
        async with connection:
            await listen(connection)
            await self._catch_up(connection)
            self.listening.set()
            while True:
                # An error within this loop would leave the connection locked, and its end would wait for good.
                heard = [one.payload async for one in connection.notifies(timeout=_QUIET_S, stop_after=1)]
                ids = [number for number in map(int, heard) if number not in self._handed]
                if ids or not heard:
                    await self._read(connection, ids)

    async def _catch_up(self, connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> None:
        """At first, nothing that was before: who waits already is told so. After a break, what came meanwhile."""
        last, restored = await last_event(connection), await last_restore(connection)
        if self._last is None:
            await self._begin_behind(connection, last)
            self._hand_on(Missed())
            self._has_begun.set()
        elif restored > self._restored or last < self._last:  # another database took the place
            self._handed.clear()
            await self._begin_behind(connection, last)
            self._hand_on(Missed())
        else:
            known = {*self._handed, *self._before}
            await self._take(connection, await missed_events(connection, known, self._last, _MOST_MISSED))
        self._restored = max(self._restored, restored)

    async def _begin_behind(self, connection: psycopg.AsyncConnection[tuple[Any, ...]], last: int) -> None:
        self._last, self._before = last, await numbers_until(connection, last)

    async def _read(self, connection: psycopg.AsyncConnection[tuple[Any, ...]], ids: list[int]) -> None:
        """Hand on the events of these numbers, and any later one that nobody has told of."""
        await self._take(connection, await new_events(connection, ids, self._last or 0, _MOST_MISSED))

    async def _take(self, connection: psycopg.AsyncConnection[tuple[Any, ...]], found: list[EventView]) -> None:
        for event in found:
            self._handed.append(event.id)
            self._hand_on(event)
        self._last = max([self._last or 0, *(event.id for event in found)])
        if len(found) == _MOST_MISSED:
            await self._begin_behind(connection, max(self._last, await last_event(connection)))
            self._hand_on(Missed())

    def _hand_on(self, found: NewEvent) -> None:
        for subscription in list(self._subscriptions):
            subscription.put(found)
