"""What a process does when its broker is gone: insist for a while, then end itself, or say so."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Final, NoReturn, TypeVar

import structlog
from dramatiq.errors import ConnectionClosed

from functions.runtime.backoff import backoff
from functions.runtime.errors import StoreUnavailable
from functions.runtime.exit_at_once import exit_at_once
from functions.runtime.stores.tls import is_untrusted, reason_of, unreachable

T = TypeVar("T")

#: Exit code of a worker that ended itself for its broker's sake (EX_TEMPFAIL).
BROKER_LOST: Final = 75

#: Seconds between two tries.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 1.0

log = structlog.get_logger(__name__)


def lost(reason: object) -> ConnectionClosed:
    """What Dramatiq takes for a broken connection."""
    return ConnectionClosed(reason)  # type: ignore[no-untyped-call]


class ConnectionGuard:
    """Guards one process and its one connection to the broker."""

    def __init__(self, *, deadline: float, in_worker: bool) -> None:
        self.deadline = deadline
        self.in_worker = in_worker
        self.broken = threading.Event()
        self._consumed: set[str] = set()

    def admit(self, queue: str) -> None:
        """Let a queue be consumed once: a second time means that the connection broke.

        Raises:
            ConnectionClosed: the queue was consumed before; the worker stops.
        """
        if queue in self._consumed:
            raise self.cut("a worker does not connect twice")
        self._consumed.add(queue)

    def cut(self, reason: object) -> ConnectionClosed:
        """Stop this worker, for its connection broke; what to raise.

        A process that connected again would acknowledge other messages (RabbitMQ) or strand the delayed ones that it
        held (Redis).
        """
        if not self.broken.is_set():
            self.broken.set()
            os.kill(os.getpid(), signal.SIGTERM)
            log.warning("broker connection lost, process exits", error=str(reason))
        return lost(reason)

    def retry_call(self, what: str, attempt: Callable[[], T], errors: tuple[type[Exception], ...]) -> T:
        """Try until it works or the deadline has passed.

        Raises:
            StoreUnavailable: the deadline has passed, and this is not a worker (a worker ends itself).
        """
        begun, failures = time.monotonic(), 0
        while True:
            try:
                return attempt()
            except errors as error:
                if time.monotonic() - begun >= self.deadline:
                    self._give_up(what, error)
                failures += 1
                pause = backoff(failures, _FIRST_PAUSE_S, _LONGEST_PAUSE_S)
                log.warning("broker unavailable", what=what, error=str(error), retry_in_s=pause)
                time.sleep(pause)

    def end(self, reason: str, error: BaseException) -> NoReturn:
        """End this process at once: what it holds is delivered again, to another."""
        exit_at_once(BROKER_LOST, lambda: log.critical(reason, error=str(error), exc_info=error))

    def _give_up(self, what: str, error: Exception) -> NoReturn:
        if self.in_worker:
            self.end(f"{what} failed for {self.deadline:.0f} s: this worker ends, to be started again.", error)
        if is_untrusted(error):
            raise unreachable("The broker", error) from error
        tried = f"{self.deadline:.0f} s ({what}: {reason_of(error)})"
        raise StoreUnavailable(f"The broker did not answer for {tried}.") from error
