"""Many WebSockets of the operations page at once, in a process of their own, as open browsers would have them."""

from __future__ import annotations

import asyncio
import datetime as dt
import multiprocessing
import resource
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Final

import msgspec
from msgspec import Struct

#: Sockets that are opened at once.
_AT_ONCE: Final = 50
_CONNECTS_S: Final = 120.0


class Watched(Struct, frozen=True):
    """What the sockets saw.

    Attributes:
        opened: how many there were.
        dropped: how many were closed from the other side.
        frames: messages of all of them.
        received: bytes of these.
        age_p99: seconds; how old a state had become when the next one took its place, for all but 1 of 100.
        age_median: the same for half of them.
        cpu: seconds of CPU that the clients themselves took.
        why: for each reason of a drop, how many had it.
    """

    opened: int
    dropped: int
    frames: int
    received: int
    age_p99: float
    age_median: float
    cpu: float
    why: dict[str, int]


class _Stamp(Struct):
    """Of a frame what says when it was true."""

    at: Any = None
    snapshot: Any = None


@dataclass
class _Counts:
    opened: int = 0
    dropped: int = 0
    frames: int = 0
    received: int = 0
    timing: bool = True
    ages: list[float] = field(default_factory=list)
    why: Counter[str] = field(default_factory=Counter)

    def drop(self, reason: str) -> None:
        self.dropped += 1
        self.why[reason] += 1


class Watchers:
    """Sockets that are open.

    Attributes:
        seen: what they saw, once they are closed.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.seen: Watched | None = None

    def stop_timing(self) -> None:
        """Ages no longer count: from now on a state stays true because nothing happens."""
        self._pipe.send("stop timing")

    def stop(self) -> None:
        """Close them all."""
        self._pipe.send("stop")
        self.seen = self._pipe.recv()


@contextmanager
def watching(address: str, sockets: int) -> Iterator[Watchers]:
    """Keep so many sockets open while this lasts."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_watch, args=(address, sockets, theirs), daemon=True)
    process.start()
    try:
        if not ours.poll(_CONNECTS_S):
            raise TimeoutError(f"{sockets} sockets were not open within {_CONNECTS_S:g} s.")
        ours.recv()
        watchers = Watchers(ours)
        yield watchers
        watchers.stop()
    finally:
        process.join(10)
        process.kill()


def _watch(address: str, sockets: int, pipe: Connection) -> None:
    import uvloop

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(_all(address, sockets, pipe))


async def _all(address: str, sockets: int, pipe: Connection) -> None:
    counts, stop, gate = _Counts(), asyncio.Event(), asyncio.Semaphore(_AT_ONCE)
    settled = [asyncio.Event() for _ in range(sockets)]
    tasks = [asyncio.create_task(_one(address, counts, stop, gate, each)) for each in settled]
    await asyncio.gather(*(each.wait() for each in settled))
    cpu = time.process_time()
    counts.ages.clear()
    pipe.send("open")
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, pipe.recv) != "stop":
        counts.timing = False
    cpu = time.process_time() - cpu
    stop.set()
    await asyncio.gather(*tasks)
    ages = counts.ages if len(counts.ages) > 1 else [0.0, 0.0]
    cuts = statistics.quantiles(ages, n=100)
    seen = (counts.opened, counts.dropped, counts.frames, counts.received, cuts[98], cuts[49], cpu)
    pipe.send(Watched(*seen, dict(counts.why)))


async def _one(
    address: str, counts: _Counts, stop: asyncio.Event, gate: asyncio.Semaphore, settled: asyncio.Event
) -> None:
    """One socket, until it is told to stop; `settled` once it is open, or cannot be opened.

    A connection that ends before counts as dropped.
    """
    from websockets.asyncio.client import connect
    from websockets.exceptions import WebSocketException

    origin = address.replace("ws://", "http://").partition("/ws/")[0]
    try:
        async with gate:
            socket = await connect(address, origin=origin, open_timeout=_CONNECTS_S)  # type: ignore[arg-type]
        counts.opened += 1
        settled.set()
        ending = asyncio.create_task(stop.wait())
        reading = asyncio.create_task(_read(socket, counts))
        await asyncio.wait({ending, reading}, return_when=asyncio.FIRST_COMPLETED)
        if reading.done() and not stop.is_set():
            counts.drop(f"closed with {socket.close_code} {socket.close_reason}")
        for task in (ending, reading):
            task.cancel()
        await socket.close()
    except (WebSocketException, OSError, TimeoutError) as error:
        counts.drop(f"{type(error).__name__}: {error}")
    finally:
        settled.set()


async def _read(socket: Any, counts: _Counts) -> None:
    shown: float | None = None
    async for frame in socket:
        now = time.time()
        counts.frames += 1
        counts.received += len(frame)
        if shown is not None and counts.timing:
            counts.ages.append(now - shown)
        shown = moment_of(frame)


def moment_of(frame: str | bytes) -> float | None:
    """When a frame was true, as seconds since 1970; None where it does not say."""
    stamp = msgspec.json.decode(frame, type=_Stamp)
    at = stamp.at if stamp.at is not None else (stamp.snapshot or {}).get("at")
    if isinstance(at, int | float):
        return float(at)
    return dt.datetime.fromisoformat(at).timestamp() if isinstance(at, str) else None
