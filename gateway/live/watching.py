"""The hub's part of the gateway's lifespan: it looks while somebody watches, and soon after each event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar

from functions.operations.event_feed import EventFeed
from gateway.live.event_streams import EventStreams
from gateway.live.hub import Hub, Read
from gateway.live.shared_snapshot import SharedSnapshot


@asynccontextmanager
async def watched(app: Litestar) -> AsyncIterator[None]:
    """Have the hub look until the gateway ends; then everybody who watches is told so."""
    streams: EventStreams = app.state.event_streams
    read: Read = app.state.read_live
    app.state.hub = hub = Hub(read)
    snapshots: SharedSnapshot = app.state.snapshots
    looking = asyncio.create_task(hub.run())
    poking = asyncio.create_task(_poke(hub, streams.feed, snapshots))
    try:
        yield
    finally:
        hub.close()
        poking.cancel()
        await asyncio.gather(looking, poking, return_exceptions=True)


async def _poke(hub: Hub, feed: EventFeed, snapshots: SharedSnapshot) -> None:
    with feed.subscribe() as events:
        async for _ in events:
            snapshots.note_event()
            hub.poke()
