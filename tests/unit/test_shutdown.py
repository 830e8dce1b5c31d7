"""How a process is told to stop: by a signal, between any two of its instructions."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import count
from types import FrameType
from typing import Any

import pytest

from functions.runtime.process.shutdown import StopEvent
from tests.processes import ROOT

#: Far more than any step here takes; a thread that waits for itself takes for ever.
LIMIT_S = 60.0

_WAITS = """
from functions.runtime.process.shutdown import stop_on_signals
stop = stop_on_signals()
print("waits", flush=True)
print(stop.wait(300))
"""
#: The tests themselves may run under `nohup`.
_IN_A_TERMINAL = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)"
_HANGS = """
import time
from functions.runtime.exit_at_once import exit_at_once
exit_at_once(7, lambda: time.sleep(300))
"""


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


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_each_signal_that_means_an_end_is_heard(number: signal.Signals) -> None:
    command = [sys.executable, "-c", _IN_A_TERMINAL + _WAITS]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "waits\n"
        process.send_signal(number)
        assert (process.stdout.read(), process.wait(LIMIT_S)) == ("True\n", 0)


def test_a_process_that_is_to_outlive_its_terminal_does() -> None:
    command = ["nohup", sys.executable, "-c", _WAITS]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "waits\n"
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.terminate()
        assert process.wait(LIMIT_S) == 0


def test_last_words_that_cannot_be_said_keep_no_process() -> None:
    assert subprocess.run([sys.executable, "-c", _HANGS], cwd=ROOT, check=False, timeout=LIMIT_S).returncode == 7
