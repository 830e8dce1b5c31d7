"""Asking dependencies whether they are there: side by side, each in a bounded time, one question at a time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from msgspec import Struct

Ping = Callable[[], object]


class Check(Struct, frozen=True):
    """What came of one ping; `says` is a sentence."""

    ok: bool
    latency_ms: float
    says: str


class Pings:
    """Pings by the name of what they ask.

    A ping that hangs keeps one thread, however often it is asked for: whoever asks next waits for the same one.
    """

    def __init__(self, pings: Mapping[str, Ping], limit: float) -> None:
        self._pings = pings
        self._limit = limit
        self._running: dict[str, asyncio.Task[Check]] = {}

    async def ask(self) -> dict[str, Check]:
        """Ping everything; takes no longer than the limit."""
        checks = await asyncio.gather(*(self._check(name) for name in self._pings))
        return dict(zip(self._pings, checks, strict=True))

    async def _check(self, name: str) -> Check:
        task = self._running.get(name)
        if task is None or task.done():
            task = self._running[name] = asyncio.create_task(_in_thread(name, self._pings[name]))
        try:
            return await asyncio.wait_for(asyncio.shield(task), self._limit)
        except TimeoutError:
            return Check(ok=False, latency_ms=self._limit * 1000, says=f"{name} did not answer in {self._limit:g} s.")


async def _in_thread(name: str, ping: Ping) -> Check:
    """A thread of its own, which does not keep the process from ending, as one of a pool would."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Check] = loop.create_future()

    def work() -> None:
        check = _call(name, ping)
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(_settle, future, check)

    threading.Thread(target=work, name=f"ping {name}", daemon=True).start()
    return await future


def _call(name: str, ping: Ping) -> Check:
    begun = time.perf_counter()
    try:
        ping()
        ok, says = True, f"{name} answers."
    except Exception as error:  # noqa: BLE001  the outermost boundary of its thread: what it says is the answer
        ok, says = False, " ".join(str(error).split()) or type(error).__name__
    return Check(ok=ok, latency_ms=round((time.perf_counter() - begun) * 1000, 1), says=says)


def _settle(future: asyncio.Future[Any], check: Check) -> None:
    if not future.done():
        future.set_result(check)
