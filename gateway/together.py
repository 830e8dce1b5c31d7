"""Reads for all who wait at once: requests that come while a thread reads are read for together the next time.

With one statement for each request, most of what a small answer costs is handing it to a thread and back, and taking a
connection; many threads that each want a little of the interpreter cost more than one.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Hashable, Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

#: Keys that are read for at once.
_MOST: Final = 32
#: Seconds that the thread may take to end.
_END_S: Final = 5.0

_Wait = tuple[K, "asyncio.Future[V | None]"]


class Together(Generic[K, V]):
    """Usable in one event loop.

    Args:
        name: of its thread.
        read: what is there of some keys; it may block, and is called in the thread.
    """

    def __init__(self, name: str, read: Callable[[Collection[K]], Mapping[K, V]]) -> None:
        self._read = read
        self._asked: SimpleQueue[_Wait[K, V] | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def ask(self, key: K) -> V | None:
        """What there is of a key, or None; raises what reading raises."""
        future: asyncio.Future[V | None] = self._loop.create_future()
        self._asked.put((key, future))
        return await future

    def close(self) -> None:
        """End the thread. Nobody may ask any more."""
        self._asked.put(None)
        self._thread.join(_END_S)

    def _run(self) -> None:
        while (first := self._asked.get()) is not None:
            waiting: list[_Wait[K, V] | None] = [first]
            with suppress(Empty):
                while len(waiting) < _MOST:
                    waiting.append(self._asked.get_nowait())
            there = [one for one in waiting if one is not None]
            found, error = self._found({key for key, _ in there})
            with suppress(RuntimeError):  # the loop has ended meanwhile
                self._loop.call_soon_threadsafe(_tell, there, found, error)
            if len(there) < len(waiting):
                return

    def _found(self, keys: Collection[K]) -> tuple[Mapping[K, V], Exception | None]:
        try:
            return self._read(keys), None
        except Exception as error:  # noqa: BLE001  the outermost boundary of its thread: whoever asked gets it
            return {}, error


def _tell(waiting: list[_Wait[Any, Any]], found: Mapping[Any, Any], error: Exception | None) -> None:
    for key, future in waiting:
        if future.done():  # who asked has gone
            continue
        if error is None:
            future.set_result(found.get(key))
        else:
            future.set_exception(error)
