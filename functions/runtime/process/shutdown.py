"""How a long-lived process ends: at a signal or with its supervisor, and within a bounded time."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

import structlog

from functions.runtime.exit_at_once import exit_at_once
from functions.runtime.process.parent_watchdog import ParentWatchdog

#: Exit code of a process that had to be cut off.
CUT_OFF = 1

_EVERY_S = 0.5

log = structlog.get_logger(__name__)


def shut_down_on_signal(end: Callable[[], None], grace: float) -> None:
    """Call `end` in a thread at SIGTERM, SIGINT or the end of the supervisor. To be called in the main thread.

    Args:
        end: makes the process end by itself.
        grace: seconds it may take; then the process is cut off, whatever hangs.
    """
    stop, parent_watchdog = stop_on_signals(), ParentWatchdog()

    def watch() -> None:
        while not stop.wait(_EVERY_S) and not parent_watchdog.is_parent_gone():
            pass
        cut = threading.Timer(grace, _cut_off)
        cut.daemon = True
        cut.start()
        log.info("process stopping", grace_s=grace)
        end()

    threading.Thread(target=watch, name="ending", daemon=True).start()


class StopEvent:
    """Set when this process is told to stop. While `exits` is true it ends at once, as one that has only begun may.

    A `threading.Event` it cannot be: a handler runs in the main thread between any two of its instructions, and where
    that thread holds the event's lock, as it does for a moment in `wait`, `set` would wait for itself for good.
    """

    def __init__(self, *, exits: bool = False) -> None:
        self.exits = exits
        self._changed = threading.Condition(threading.RLock())
        self._is_set = False

    def set(self) -> None:
        """Tell who waits. May be called by a handler, whatever it has interrupted, and another call of this as well."""
        if self._is_set:
            return  # whom this has interrupted tells it
        self._is_set = True
        with self._changed:
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until it is set, or for that long; whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._is_set, seconds)


def stop_on_signals(*, exits: bool = False) -> StopEvent:
    """An event that SIGTERM, SIGINT and, but under `nohup`, SIGHUP set. To be called in the main thread.

    Args:
        exits: whether this process ends at once, for it has only begun.
    """
    stop = StopEvent(exits=exits)

    def handle(_number: int, _frame: object) -> None:
        stop.set()
        if stop.exits:
            raise SystemExit(0)

    hang_up = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]
    for number in (signal.SIGTERM, signal.SIGINT, *hang_up):
        signal.signal(number, handle)
    return stop


def _cut_off() -> None:
    exit_at_once(CUT_OFF, lambda: log.warning("shutdown timed out, process killed"))
