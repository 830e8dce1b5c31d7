"""Processes that an earlier supervisor has started: recorded while it lives, ended before the next one starts any."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import psutil

from infra.stack.home import Home, read_json, write_json

_SAME = 2.0  # seconds: a start time is reckoned from the clock, which may be set


class Started(msgspec.Struct, frozen=True):
    """A started process; its start time tells it from another one that got its number later."""

    name: str
    pid: int
    created: float
    stop_signal: int
    grace: float


def started(name: str, pid: int, stop_signal: int, grace: float) -> Started | None:
    """The record of a process that was just started; None when it has ended already."""
    try:
        return Started(name, pid, psutil.Process(pid).create_time(), stop_signal, grace)
    except psutil.NoSuchProcess:
        return None


def record(home: Home, processes: list[Started]) -> None:
    """Note the processes of this supervisor."""
    write_json(home.processes, {"processes": processes})


def recorded(home: Home) -> list[Started]:
    """The processes that the last supervisor noted."""
    entries: list[Any] = read_json(home.processes).get("processes", [])
    return [msgspec.convert(entry, Started) for entry in entries]


def end_leftovers(home: Home, notify: Callable[[str], None]) -> None:
    """End what still runs of an earlier supervisor, and wait for it. Blocks."""
    for entry in recorded(home):
        process = _alive(entry)
        if process is not None:
            notify(f"waiting for {entry.name} of an earlier start to end (process {entry.pid})")
            end_process(process, signal.Signals(entry.stop_signal), entry.grace)
    home.processes.unlink(missing_ok=True)


def end_process(process: psutil.Process, stop_signal: signal.Signals, grace: float) -> None:
    """Ask a process to end, wait, and kill it when it has not ended in time."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(stop_signal)
        if not _wait(process, grace):
            process.kill()
            _wait(process, 10)


def _wait(process: psutil.Process, seconds: float) -> bool:
    """Whether it ended in time; a zombie has ended, whether or not somebody reaps it."""
    deadline = time.monotonic() + seconds
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _alive(entry: Started) -> psutil.Process | None:
    try:
        process = psutil.Process(entry.pid)
        same = abs(process.create_time() - entry.created) < _SAME and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return None
    return process if same else None
