"""Calls that run for too long: interrupted at their limit, and the process ended where that does not help."""

from __future__ import annotations

import faulthandler
import threading
import time
from typing import Any

from dramatiq.broker import Broker, MessageProxy
from dramatiq.middleware import Middleware, TimeLimit

#: Seconds that a worker which can still run has to end itself in better order.
_FOR_PYTHON_S = 3.0


class CallTimeLimit(TimeLimit):
    """Interrupts a call at its limit, which moves by what the call has waited for others."""

    def extend(self, seconds: float) -> None:
        """Move the limit of the call in this thread."""
        manager: Any = self.manager
        with manager.mu:
            deadline = manager.deadlines.get(threading.get_ident())
            if deadline:
                manager.deadlines[threading.get_ident()] = deadline + seconds


class HangWatchdog(Middleware):
    """Knows since when a function has been running, for what TimeLimit cannot interrupt: a call into C.

    One that lets others run is noticed by the worker itself (`is_hanging`). Where it holds the interpreter, no line of
    Python runs any more: then a thread of the interpreter's own, which needs none, writes down where each thread is and
    ends the process. It works in a container as well, where nobody else would.

    Args:
        limit_s: time limit of the function, in seconds.
        grace_s: seconds beyond it after which interrupting it has failed.
    """

    def __init__(self, limit_s: float, grace_s: float) -> None:
        self.limit_s = limit_s * 1.1 + grace_s
        self._begun: float | None = None

    def is_hanging(self) -> bool:
        """Whether the running call is over its limit by so much that interrupting it has failed."""
        begun = self._begun
        return begun is not None and time.monotonic() - begun > self.limit_s

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # noqa: ARG002
        """Start the watch."""
        self._begun = time.monotonic()
        faulthandler.dump_traceback_later(self.limit_s + _FOR_PYTHON_S, exit=True)

    def extend(self, seconds: float) -> None:
        """Move the limit of the running call, which has waited for so long."""
        if self._begun is not None:
            self._begun += seconds
            left = self.limit_s - (time.monotonic() - self._begun)
            faulthandler.dump_traceback_later(max(left, 0.0) + _FOR_PYTHON_S, exit=True)

    def _stop(self) -> None:
        faulthandler.cancel_dump_traceback_later()
        self._begun = None

    def after_process_message(
        self,
        broker: Broker,  # noqa: ARG002
        message: MessageProxy,  # noqa: ARG002
        *,
        result: Any = None,  # noqa: ARG002
        exception: BaseException | None = None,  # noqa: ARG002
    ) -> None:
        """Stop the watch."""
        self._stop()

    def after_skip_message(self, broker: Broker, message: MessageProxy) -> None:  # noqa: ARG002
        """Stop the watch."""
        self._stop()
