"""How many processes may be starting at once: if all do, on few cores, the one that is needed first is late."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Final

#: Seconds after which a process that has not said that it is ready holds nobody up any longer.
LIMIT_S: Final = 5.0


class Turn:
    """One start. The process says that it is ready by a line to `descriptor`, which it inherits; its end closes it."""

    def __init__(self, release: Callable[[], None]) -> None:
        self._release = release
        self._loop = asyncio.get_running_loop()
        self._read, self.descriptor = os.pipe()
        self._late = self._loop.call_later(LIMIT_S, self.end)
        self._over = False

    def started(self) -> None:
        """The process has its end of the pipe."""
        os.close(self.descriptor)
        self._loop.add_reader(self._read, self.end)

    def failed(self) -> None:
        """There is no process."""
        os.close(self.descriptor)
        self.end()

    def end(self) -> None:
        """The next may start; once only."""
        if self._over:
            return
        self._over = True
        self._late.cancel()
        self._loop.remove_reader(self._read)
        os.close(self._read)
        self._release()


class StartTurns:
    """Turns for starts, first come, first served.

    Args:
        most: how many may be starting at once.
    """

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)

    async def take(self) -> Turn:
        """Wait for a turn."""
        await self._free.acquire()
        return Turn(self._free.release)
