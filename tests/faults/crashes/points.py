"""Boundaries where an effect is made, counted; the process "ends" at chosen ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


class Crash(BaseException):
    """The process ends here: no handler, retry or hook of the project catches it."""


@dataclass
class Points:
    """Counts the boundaries of all lives of one run, from 1, and ends the process at those of `crash_at`."""

    crash_at: Collection[int] = ()
    passed: list[str] = field(default_factory=list)
    #: What breaks off when the process ends: open connections.
    on_crash: list[Callable[[], None]] = field(default_factory=list)
    dead: bool = False

    def reach(self, name: str, leave: Callable[[], None] | None = None) -> None:
        """Come to a boundary.

        Args:
            name: what it is, for the list that a failure prints.
            leave: makes what a process that ends here leaves half done.
        """
        if self.dead:  # a clean-up that a dead process would not run: it has no effect
            raise Crash(name)
        self.passed.append(name)
        if len(self.passed) in self.crash_at:
            if leave:
                leave()
            self._die(name)

    @contextmanager
    def around(self, name: str) -> Iterator[None]:
        """The boundaries before and after an effect."""
        self.reach(f"before {name}")
        yield
        self.reach(f"after {name}")

    def revive(self) -> None:
        """Begin another life."""
        self.dead = False
        self.on_crash.clear()

    def _die(self, name: str) -> None:
        self.dead = True
        for break_off in self.on_crash:
            break_off()
        raise Crash(name)
