"""Whether a process is well, by its own account: `live` if its watchdogs are, `ready` if what it needs answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

from functions.runtime.errors import LinernotesError

#: Seconds for which an answer to `ready` holds: broker and stores are asked no more often.
HOLDS_S: Final = 5.0

#: Seconds that whoever asks waits for a question that another has put.
_WAIT_S: Final = 3.0

log = structlog.get_logger(__name__)


class Health:
    """The health of this process: it lives while it starts, and is ready once it has started."""

    def __init__(self) -> None:
        self._is_live: Callable[[], bool] = lambda: True
        self._ping: Callable[[], None] | None = None
        self.note_figures: Callable[[], None] = lambda: None
        self._asking = threading.Lock()
        self._ready = False
        self._asked_at = float("-inf")

    def started(self, is_live: Callable[[], bool], ping: Callable[[], None], note_figures: Callable[[], None]) -> None:
        """From now on these are asked.

        Args:
            is_live: whether the process's own watchdogs are well; answers at once.
            ping: asks whatever the process needs; raises a LinernotesError when it does not answer.
            note_figures: brings those up to date that are read when they are shown.
        """
        self._is_live, self._ping, self.note_figures = is_live, ping, note_figures

    def is_live(self) -> bool:
        """Whether the process's own watchdogs are well."""
        return self._is_live()

    def is_ready(self) -> bool:
        """Whether the process has started, is well, and what it needs answers. Takes as long as that may."""
        if self._ping is None or not self._is_live() or not self._asking.acquire(timeout=_WAIT_S):
            return False
        try:
            if time.monotonic() - self._asked_at > HOLDS_S:
                self._ready = self._answers(self._ping)
                self._asked_at = time.monotonic()
            return self._ready
        finally:
            self._asking.release()

    def _answers(self, ping: Callable[[], None]) -> bool:
        try:
            ping()
        except LinernotesError as error:
            if self._ready or self._asked_at == float("-inf"):
                log.warning("process not ready", reason=str(error))
            return False
        return True
