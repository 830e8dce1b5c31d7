"""One started process: it does not outlive the supervisor, and its end is noticed at once."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from infra.stack.home import append_private
from infra.stack.server import Command


class Process(Protocol):
    """A child of this process."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def poll(self) -> int | None:
        """Its exit code, -N when signal N ended it; None while it runs."""

    def send_signal(self, sig: int) -> None:
        """Send it a signal, unless it has ended."""


_STARTER = Path(__file__).with_name("parent_death_launcher.py")


def starter(death_signal: signal.Signals, user: tuple[int, int] | None = None) -> list[str]:
    """What stands before a program's `argv` so that the kernel signals it when this process dies."""
    identity = "-" if user is None else f"{user[0]}:{user[1]}"
    return [sys.executable, "-I", "-S", str(_STARTER), str(os.getpid()), str(int(death_signal)), identity]


def spawn(command: Command, log: Path, passed: Mapping[str, int] = MappingProxyType({})) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, its output appended to `log`.

    It inherits the descriptors `passed`, which variables of these names tell it. To be called from the main thread: the
    kernel ties the death signal to the thread that forks.
    """
    with append_private(log) as output:
        return subprocess.Popen(
            [*starter(command.death_signal, command.user), *command.argv],
            cwd=command.cwd,
            env={**command.env, **{name: str(number) for name, number in passed.items()}},
            pass_fds=tuple(passed.values()),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


async def ended(process: Process) -> int:
    """Wait until the process has ended.

    Returns:
        Its exit code; -N when signal N ended it.
    """
    if hasattr(os, "pidfd_open"):
        await _ended_by_pidfd(process.pid)
    while (code := process.poll()) is None:  # noqa: ASYNC110  without a pidfd there is nothing to wait on
        await asyncio.sleep(0.05)
    return code


async def _ended_by_pidfd(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    loop, end = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, end.set)
    try:
        await end.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
