"""Bandwidth of something that comes, and the time left at it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

#: Seconds over which bandwidth is taken.
_WINDOW_S = 20.0


class Speed:
    """Bytes a second over the last seconds. What is here already, or comes again from the start, does not count."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, done: int) -> None:
        """So many bytes are here now."""
        now = self._clock()
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, done))
        while self._seen[0][0] < now - _WINDOW_S:
            self._seen.popleft()

    @property
    def rate(self) -> float:
        """Bytes a second; 0 while it cannot be told."""
        if len(self._seen) < 2:
            return 0.0
        (begun, first), (now, last) = self._seen[0], self._seen[-1]
        return (last - first) / (now - begun) if now > begun else 0.0

    def left(self, total: int | None) -> float | None:
        """Seconds until all of it is here; None while that cannot be told."""
        rate = self.rate
        return (total - self._seen[-1][1]) / rate if total is not None and rate > 0 else None

    def sentence(self, total: int | None) -> str:
        """`45.3 MB/s, 4 min left`."""
        left = self.left(total)
        amount = "" if left is None else f", {left / 60:.0f} min left" if left >= 90 else f", {left:.0f} s left"
        return f"{self.rate / 1e6:.1f} MB/s{amount}"
