"""The supervisor's end of the fork server. Without one that answers, processes are started as any other."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final

from infra.stack.fork_order import CHANNEL, ORDER_BYTES, READY, Order
from infra.stack.home import append_private
from infra.stack.process import Process, spawn
from infra.stack.server import Command

#: Seconds that a fork may take; one takes milliseconds.
_LIMIT_S: Final = 5.0


class ForkedProcess:
    """A child of this process that a fork server has forked; to be used as one of `subprocess`."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """The exit code, -N when signal N ended it; None while it runs."""
        if self._code is None:
            try:
                ended, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # somebody else has waited for it
                self._code = 0
            else:
                self._code = os.waitstatus_to_exitcode(status) if ended else None
        return self._code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


class Forks:
    """Starts processes by the fork server, whenever there is one."""

    def __init__(self) -> None:
        self._channel: socket.socket | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._is_ready = False

    def start_server(self, command: Command, log: Path, passed: Mapping[str, int] = MappingProxyType({})) -> Process:
        """Start the fork server, in the place of the last one."""
        self.close()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._server = spawn(command, log, {**passed, CHANNEL: theirs.fileno()})
        ours.setblocking(False)
        self._channel = ours
        return self._server

    async def ready(self) -> bool:
        """Whether it has imported all."""
        if self._channel is not None and not self._is_ready:
            with suppress(BlockingIOError):
                self._is_ready = self._channel.recv(len(READY)) == READY
        return self._is_ready

    def start(self, command: Command, log: Path, passed: Mapping[str, int] = MappingProxyType({})) -> Process:
        """Start a process of ours, `python -P -m MODULE WORD…`: forked where that is possible."""
        packet = _order(command, passed).packed()
        if self._channel is not None and self._is_ready and len(packet) <= ORDER_BYTES:
            try:
                return _fork(self._channel, packet, log, passed.values())
            except (OSError, ValueError):
                self._end_server()
        return spawn(command, log, passed)

    def close(self) -> None:
        """Order nothing more of the server, which ends by that."""
        if self._channel is not None:
            self._channel.close()
        self._channel, self._is_ready = None, False

    def _end_server(self) -> None:
        """It does not do what it is for: its keeper starts another."""
        self.close()
        if self._server is not None:
            self._server.send_signal(signal.SIGKILL)


def _order(command: Command, passed: Iterable[str]) -> Order:
    return Order(
        argv=list(command.argv),
        cwd=str(command.cwd),
        env=dict(command.env),
        passed=list(passed),
        supervisor=os.getpid(),
        death_signal=command.death_signal,
    )


def _fork(channel: socket.socket, packet: bytes, log: Path, passed: Iterable[int]) -> ForkedProcess:
    """Order a process and wait for its id.

    Raises:
        OSError, ValueError: the server is gone, could not fork, or does not answer in time.
    """
    ours, theirs = socket.socketpair()
    with ours, append_private(log) as output:
        with theirs:
            socket.send_fds(channel, [packet], [theirs.fileno(), output.fileno(), *passed])
        ours.settimeout(_LIMIT_S)
        pid = int(ours.recv(32))
        ours.send(b"\n")
    return ForkedProcess(pid)
