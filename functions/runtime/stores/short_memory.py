"""What is asked again and again and may be some seconds old: an answer is kept for as long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class ShortMemory:
    """Answers of one process by their names; usable from several threads. It has as many as there are names."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, Any]] = {}

    def recall(self, name: str, seconds: float, ask: Callable[[], T]) -> T:
        """The last answer of that name, if it is no older; else ask anew. What `ask` raises is not kept."""
        found = self.get(name, seconds)
        if found is not None:
            return found[0]  # type: ignore[no-any-return]
        answer = ask()
        self.keep(name, answer)
        return answer

    def get(self, name: str, seconds: float) -> tuple[Any] | None:
        """The last answer of that name; None where there is none, or an older one."""
        with self._lock:
            at, answer = self._kept.get(name, (float("-inf"), None))
        return (answer,) if self._clock() - at < seconds else None

    def keep(self, name: str, answer: object) -> None:
        """Keep an answer."""
        with self._lock:
            self._kept[name] = self._clock(), answer
