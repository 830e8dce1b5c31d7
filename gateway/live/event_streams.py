"""Streams of events for programs (server-sent events): what is new, a comment while nothing is, an end in peace."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final
from weakref import WeakSet

import msgspec
from litestar import Litestar
from litestar.exceptions import TooManyRequestsException

from functions.operations.event_feed import EventFeed, Missed
from functions.operations.event_list import EventFilter, EventView, events_after, events_before, matches
from functions.runtime.errors import LinernotesError
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context

#: Seconds without an event after which a comment is sent, so that nobody on the way takes the stream for dead.
COMMENT_S: Final = 15.0
#: Seconds that a stream waits for a gateway that has only just begun to listen.
BEGIN_S: Final = 5.0
#: Seconds after which a stream ends; a browser begins another where this one ended, with the rights that it then has.
LIFE_S: Final = 1_800.0

#: Events that are read at once of those before, and how many times at most.
_BATCH: Final = 500
_MOST_BATCHES: Final = 40
#: Events that a stream does not send twice, the last ones.
_REMEMBERED: Final = 1_000
#: Milliseconds after which a client whose stream has ended comes back.
_BACK_MS: Final = 2_000


class StreamSlot:
    """The place of one stream; it is free when nobody has it any more."""


class EventStreams:
    """The streams of one gateway: a bounded number, all of them fed by one connection.

    Args:
        settings: how many there may be, and where PostgreSQL is.
    """

    def __init__(self, settings: Settings) -> None:
        self.feed = EventFeed(settings)
        self._most = settings.event_streams
        self._slots: WeakSet[StreamSlot] = WeakSet()

    def take(self) -> StreamSlot:
        """A place for a stream.

        Raises:
            TooManyRequestsException: there is none.
        """
        if len(self._slots) >= self._most:
            raise TooManyRequestsException(
                f"{self._most} streams of events are open, and no more may be: LINERNOTES_EVENT_STREAMS says how many.",
                headers={"Retry-After": "10"},
            )
        slot = StreamSlot()
        self._slots.add(slot)
        return slot

    async def stream(
        self, context: Context, wanted: EventFilter, last: int | None, slot: StreamSlot
    ) -> AsyncIterator[bytes]:
        """Events as they come, in the form of server-sent events.

        Args:
            context: what those before are read from.
            wanted: which of them.
            last: the number of the last one that the client has; None: it wants what is new from now on.
            slot: its place.
        """
        until = time.monotonic() + LIFE_S
        try:
            await self.feed.begun(BEGIN_S)
            with self.feed.subscribe() as subscription:
                yield b"retry: %d\n: listening\n\n" % _BACK_MS
                sent = _Sent(self.feed, wanted, last)
                if last is not None:
                    async for piece in sent.earlier(context):
                        yield piece
                while time.monotonic() < until:
                    try:
                        found = await asyncio.wait_for(anext(subscription), COMMENT_S)
                    except TimeoutError:
                        yield b": nothing new\n\n"
                        continue
                    except StopAsyncIteration:
                        return
                    if not isinstance(found, Missed):
                        yield sent.encoded(found)
                    elif sent.last is None:
                        yield b"event: missed\ndata: {}\n\n"
                    else:
                        async for piece in sent.earlier(context):
                            yield piece
        finally:
            self._slots.discard(slot)


class _Sent:
    """What one stream has sent, and the one that its client had: each event once."""

    def __init__(self, feed: EventFeed, wanted: EventFilter, last: int | None) -> None:
        self.last = last
        self._feed = feed
        self._wanted = wanted
        self._sent: deque[int] = deque([] if last is None else [last], maxlen=_REMEMBERED)

    async def earlier(self, context: Context) -> AsyncIterator[bytes]:
        """The events after the last one; beyond a bound, and while PostgreSQL is away, word that some were missed."""
        last = self.last or 0
        with suppress(LinernotesError):
            for event in await asyncio.to_thread(events_before, context, last, self._feed.later_than(last)):
                yield self.encoded(event)
            for _ in range(_MOST_BATCHES):
                found = await asyncio.to_thread(events_after, context, self.last or 0, _BATCH)
                for event in found:
                    yield self.encoded(event)
                if len(found) < _BATCH:
                    return
        yield b"event: missed\ndata: {}\n\n"

    def encoded(self, event: EventView) -> bytes:
        """An event; nothing where it is not wanted, or was sent before."""
        if event.id in self._sent:
            return b""
        self._sent.append(event.id)
        self.last = max(self.last or 0, event.id)
        if not matches(event, self._wanted):
            return b""
        data = msgspec.json.encode(event)
        return b"id: %d\nevent: %b\ndata: %b\n\n" % (event.id, event.kind.encode(), data)


@asynccontextmanager
async def fed(app: Litestar) -> AsyncIterator[None]:
    """Part of the gateway's lifespan: the feed that streams and sockets are woken by."""
    streams: EventStreams = app.state.event_streams
    listening = asyncio.create_task(streams.feed.run())
    try:
        yield
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
