"""What a worker is at: a message since when, or nothing since when."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Literal

from dramatiq.broker import Broker, MessageProxy
from dramatiq.middleware import Middleware
from msgspec import Struct

#: What of a message says which one it is.
_NAMES = ("run", "entity", "part", "batch")


class Doing(Struct, frozen=True):
    """What a process is at, since a moment of `time.monotonic()`; `message` names the one in hand."""

    state: Literal["idle", "busy"]
    since: float
    message: dict[str, Any] | None = None


class Activity(Middleware):
    """Knows what this worker is at, and has it give back what it holds when that has been nothing for long.

    It is asked first before a message and last after it, so that whatever else is done about a message lies within.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._doing = Doing("idle", time.monotonic())
        self._gave_back_at = 0.0

    def look(self) -> Doing:
        """What it is at now."""
        return self._doing

    @property
    def is_resting(self) -> bool:
        """Whether all was given back, and no message has come since."""
        doing = self._doing
        return doing.state == "idle" and self._gave_back_at >= doing.since

    def give_back_after(self, seconds: float, give_back: Callable[[], None]) -> bool:
        """Call `give_back` when nothing was done for so long, since the last call too; a message waits meanwhile.

        Returns whether it was called.
        """
        with self._lock:
            if self._doing.state == "busy":
                return False
            if time.monotonic() - max(self._doing.since, self._gave_back_at) < seconds:
                return False
            give_back()
            self._gave_back_at = time.monotonic()
            return True

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # noqa: ARG002
        """A message is in hand."""
        payload = message.args[0] if message.args and isinstance(message.args[0], dict) else {}
        names = {name: payload[name] for name in _NAMES if name in payload}
        with self._lock:
            self._doing = Doing("busy", time.monotonic(), names)

    def after_process_message(
        self,
        broker: Broker,  # noqa: ARG002
        message: MessageProxy,  # noqa: ARG002
        *,
        result: Any = None,  # noqa: ARG002
        exception: BaseException | None = None,  # noqa: ARG002
    ) -> None:
        """It is settled."""
        self._doing = Doing("idle", time.monotonic())

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:  # noqa: ARG002
        """It is settled."""
        self._doing = Doing("idle", time.monotonic())
