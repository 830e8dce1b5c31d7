"""Find the stack of a home, ask it, and end it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from functions.runtime.control_socket import ask
from functions.runtime.errors import LinernotesError, RefusedError, StoreUnavailable
from infra.stack.home import Home, check_owner, holder, locked
from infra.stack.orphan_processes import end_leftovers
from infra.stack.supervisor import StackStatus

#: Seconds until a supervisor that does not end is killed: the longest grace of a server, and that of the children.
TIMEOUT_S = 150.0


def stack_status(home: Path, *, memory: bool = True) -> StackStatus:
    """What runs in this home; `up` is False where nothing does.

    Args:
        home: of the stack.
        memory: whether to look at the memory of each process, which takes the supervisor milliseconds.
    """
    place = Home(home.absolute())
    pid = holder(place)
    if pid is None:
        return StackStatus(up=False, home=str(place.path))
    try:
        return msgspec.convert(ask(place.path, {"command": "status", "memory": memory}), StackStatus)
    except StoreUnavailable:  # it is about to start, or about to have ended
        return StackStatus(up=True, pid=pid, home=str(place.path))


def scale(home: Path, name: str, count: int | None) -> int:
    """Keep this many processes of a kind from now on, as long as the stack is up; None: as many as its queues want.

    Returns:
        How many there were to be before.

    Raises:
        StoreUnavailable: the stack is not up.
        RefusedError: there is no such kind, or the number cannot be.
    """
    return int(ask(home.absolute(), {"command": "scale", "name": name, "count": count})["before"])


def down(home: Path, notify: Callable[[str], None] = lambda _: None) -> bool:
    """End the stack of this home, and wait until all its processes have ended.

    Args:
        home: the home of the stack.
        say: told what is being waited for.

    Returns:
        Whether it was up.

    Raises:
        RefusedError: the home belongs to another user.
    """
    place = Home(home.absolute())
    if place.path.exists():
        check_owner(place)  # what stands in it says which processes are ended
    was_up = holder(place) is not None
    if was_up:
        _end_supervisor(place)
    if place.run.exists():
        with suppress(RefusedError), locked(place):  # refused when it is already being started again
            end_leftovers(place, notify)
    return was_up


def _end_supervisor(home: Home) -> None:
    try:
        ask(home.path, {"command": "stop"})
    except LinernotesError:
        _signal(home, signal.SIGTERM)
    if not _released(home, TIMEOUT_S):
        _signal(home, signal.SIGKILL)
        _released(home, 10)


def _signal(home: Home, number: signal.Signals) -> None:
    pid = holder(home)
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _released(home: Home, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while holder(home) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
