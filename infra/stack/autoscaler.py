"""The autoscaler of one machine: reads the queues and has the supervisor keep as many workers as they want.

A function without work has no worker and costs nothing. Its first message wakes it: word of it comes at once, and
whoever misses the word finds it at the next look.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from functions.runtime.errors import StoreUnavailable
from functions.runtime.messaging.depth_watch import DepthWatch
from infra.stack.child import Child
from infra.stack.scaling import Decision, Demand, decide

#: Seconds between two looks while there is work, and the longest wait for word of a message while there is none.
BUSY_INTERVAL_S: Final = 1.0
IDLE_INTERVAL_S: Final = 1.5
#: Seconds over which the growth of a queue is smoothed.
_SMOOTHING_S: Final = 3.0

Apply = Callable[[Mapping[str, Decision]], None]


@dataclass
class _Observed:
    """What has been seen of one function's queues."""

    seen_at: float
    depth: int = 0
    growth: float = 0.0
    message_at: float = field(default=0.0)
    filled_at: float = field(default=0.0)

    def see(self, depth: int, workers: int, now: float) -> None:
        """Note a look at the queues."""
        passed = max(now - self.seen_at, 1e-3)
        weight = min(1.0, passed / _SMOOTHING_S)
        self.growth += weight * ((depth - self.depth) / passed - self.growth)
        self.depth, self.seen_at = depth, now
        if depth:
            self.message_at = now
        if depth >= workers:
            self.filled_at = now


class Autoscaler:
    """Looks, decides, and has it done. What is fixed by hand stays as it is."""

    def __init__(
        self,
        children: Mapping[str, Child],
        workers: Callable[[], Mapping[str, int]],
        apply: Apply,
        at_rest: Callable[[], None],
        watch: DepthWatch,
        cancel_delay: float,
    ) -> None:
        """Scale these children.

        Args:
            children: those with a scaling, by name, in the order of the work.
            workers: how many each has now.
            apply: called with the numbers that are to change.
            at_rest: called once when nobody has worked for `cancel_delay`, whatever workers there are.
            watch: the depths of all their queues.
            cancel_delay: seconds without a message after which a function has no worker.
        """
        now = time.monotonic()
        self.fixed = {name: child.count for name, child in children.items() if child.fixed}
        self._children = children
        self._workers = workers
        self._apply = apply
        self._at_rest = at_rest
        self._worked_at: float | None = None
        self._watch = watch
        self._cancel_delay = cancel_delay
        self._observed = {name: _Observed(now, message_at=now - cancel_delay, filled_at=now) for name in children}
        self._cores = len(os.sched_getaffinity(0))

    async def run(self) -> None:
        """Scale until cancelled."""
        try:
            while True:
                await self._rest()
                await self.look()
        finally:
            self._watch.close()

    async def look(self) -> None:
        """Look once, and change what is to be changed; a broker that does not answer changes nothing."""
        try:
            depths = await asyncio.to_thread(self._watch.depths)
        except StoreUnavailable:
            return
        now = time.monotonic()
        workers = self._workers()
        for name, child in self._children.items():
            self._observed[name].see(sum(depths.get(queue, 0) for queue in child.queues), workers[name], now)
        self.settle()
        self._watch_rest(now)

    def settle(self, asked: str = "") -> None:
        """Decide by what was seen last, and have it done, or said of the function that was asked for."""
        now, workers = time.monotonic(), self._workers()
        demands = {name: self._demand(name, workers[name], now) for name in self._children}
        decisions = decide(demands, self._cores, self._cancel_delay)
        changes = {name: one for name, one in decisions.items() if one.workers != workers[name] or name == asked}
        if changes:
            self._apply(changes)

    def fix(self, name: str, workers: int | None) -> None:
        """Keep this many workers of a function, whatever its queues hold; None: as many as they want again."""
        if workers is None:
            self.fixed.pop(name, None)
        else:
            self.fixed[name] = workers
        self.settle(asked=name)

    def _watch_rest(self, now: float) -> None:
        """Work is what has both messages and workers: what waits for a function that is scaled to 0 is none."""
        workers = self._workers()
        if any(seen.depth and workers[name] for name, seen in self._observed.items()):
            self._worked_at = now
        elif self._worked_at is not None and now - self._worked_at >= self._cancel_delay:
            self._worked_at = None
            self._at_rest()

    async def _rest(self) -> None:
        if any(self._workers().values()):
            await asyncio.sleep(BUSY_INTERVAL_S)
        else:
            await asyncio.to_thread(self._watch.wait, IDLE_INTERVAL_S)

    def _demand(self, name: str, workers: int, now: float) -> Demand:
        child, seen = self._children[name], self._observed[name]
        return Demand(
            scaling=child.scaling,
            is_step=child.is_step,
            workers=workers,
            depth=seen.depth,
            growth=seen.growth,
            quiet_s=now - seen.message_at,
            spare_s=now - seen.filled_at,
            fixed=self.fixed.get(name),
        )
