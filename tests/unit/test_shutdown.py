"""How a process is told to stop: by a signal, between any two of its instructions."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from itertools import count
from types import FrameType
from typing import Any

import pytest

from functions.runtime.process.shutdown import StopEvent

#: Far more than any step here takes; a thread that waits for itself takes for ever.
LIMIT_S = 60.0


def interrupt(call: Callable[[], object], handler: Callable[[], None], at: int) -> bool:
    """Make a call that is interrupted before an instruction, as a signal does; whether it has that many."""
    seen = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal seen
        frame.f_trace_opcodes = True
        seen += event == "opcode"
        if seen == at and event == "opcode":
            handler()
        return trace

    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(None)
    return seen >= at


@pytest.mark.parametrize("call", [lambda stop: stop.wait(0.001), lambda stop: stop.set()], ids=["wait", "set"])
def test_a_signal_may_come_at_any_moment(call: Callable[[StopEvent], object]) -> None:
    heard: list[bool] = []

    def every_moment() -> None:
        for at in count(1):
            stop = StopEvent()
            if not interrupt(lambda stop=stop: call(stop), stop.set, at):  # type: ignore[misc]
                break
            heard.append(stop.wait(0))

    thread = threading.Thread(target=every_moment, daemon=True)
    thread.start()
    thread.join(LIMIT_S)
    assert not thread.is_alive()
    assert len(heard) > 10
    assert all(heard)


def test_who_waits_is_told_at_once() -> None:
    stop, answers = StopEvent(), list[bool]()
    thread = threading.Thread(target=lambda: answers.append(stop.wait(10 * LIMIT_S)), daemon=True)
    thread.start()
    stop.set()
    thread.join(LIMIT_S)
    assert answers == [True]


def test_what_nobody_sets_is_not_set() -> None:
    assert not StopEvent().wait(0.001)
