"""Programs of ours that are forked from a process which has imported them: a command starts a second of CPU sooner.

    done = run_forked("infra.cli.main", ["status", "--json"], environment, cwd=folder, timeout=60)
    with start_forked("tests.integration.broker.functions", ["split"], environment, cwd, out, err) as process: ...

The process with the modules is started with the first order, one for each process of pytest. It forks a keeper, which
forks the program, tells its process id and, once it has ended, its exit code; whose end of the socket is closed before
has its program killed. Tests of how a program starts, or with whose code, start it by themselves.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from infra.stack.programs import python_module

ROOT = Path(__file__).resolve().parents[1]

#: Read when a module is imported: the forked program has what the process with the modules has.
READ_AT_IMPORT = {"COLUMNS": "200"}

_ORDER_BYTES = 128 * 1024
_DESCRIPTORS = 3
_LATE = ("infra.cli.first_load", "functions.runtime.messaging.redis", "functions.runtime.process.worker")


class Forked:
    """A forked program: what `subprocess.Popen` would be, as far as tests need it."""

    def __init__(self, answers: socket.socket) -> None:
        self._answers = answers
        self._code: int | None = None
        self.pid = int(self._answers.recv(32) or b"0")
        assert self.pid, "the process with the modules has ended, its error is above"

    def poll(self) -> int | None:
        """The exit code, -N when signal N ended it; None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; its exit code."""
        if self._code is None:
            if not select.select([self._answers], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self._code = int(self._answers.recv(32))
            self._answers.close()
        return self._code

    def kill(self) -> None:
        """End it by SIGKILL, unless it has ended."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Tell it to stop, unless it has ended."""
        self.send_signal(signal.SIGTERM)

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def abandon(self) -> None:
        """Have it killed, whatever it does."""
        self._answers.close()


class _Modules:
    """The process with the modules, started when it is first needed."""

    def __init__(self) -> None:
        self._channel: socket.socket | None = None
        self._lock = threading.Lock()

    def order(self, order: Mapping[str, Any], out: BinaryIO, err: BinaryIO) -> Forked:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        packet = json.dumps(order).encode("ascii")
        with self._lock, theirs:
            channel = self._channel or self._start()
            socket.send_fds(channel, [packet], [theirs.fileno(), out.fileno(), err.fileno()])
        return Forked(ours)

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        plain = {name: value for name, value in os.environ.items() if not name.startswith("LINERNOTES_")}
        with theirs:
            server = subprocess.Popen(
                python_module("tests.forked", str(theirs.fileno())),
                env=plain | READ_AT_IMPORT | {"PYTHONPATH": str(ROOT)},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=ROOT,
            )
        self._channel = ours
        atexit.register(self._end, server)
        return ours

    def _end(self, server: subprocess.Popen[bytes]) -> None:
        if self._channel:
            self._channel.close()
        server.wait()


_MODULES = _Modules()


def start_forked(
    module: str, words: Sequence[str], environment: Mapping[str, str], cwd: Path, out: BinaryIO, err: BinaryIO
) -> Forked:
    """Start a module as a program, with these words, variables and files to write to."""
    order = {"module": module, "words": list(words), "env": dict(environment), "cwd": str(cwd)}
    return _MODULES.order(order, out, err)


def run_forked(
    module: str, words: Sequence[str], environment: Mapping[str, str], cwd: Path, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run a module as a program to its end, as `subprocess.run` does."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = start_forked(module, words, environment, cwd, out, err)
        try:
            code = process.wait(timeout)
        finally:
            process.abandon()
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    return subprocess.CompletedProcess([module, *words], code, *texts)


def _serve(channel: socket.socket) -> str | None:
    """Fork a keeper and a program for each order; in a program, the module to run, in the server None at the end."""
    while True:
        packet, descriptors, _, _ = socket.recv_fds(channel, _ORDER_BYTES, _DESCRIPTORS)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not packet:
            return None
        if os.fork() == 0:
            channel.close()
            answers = socket.socket(fileno=descriptors[0])
            program = os.fork()
            if program:
                _keep(program, answers, descriptors[1:])
            answers.close()
            return _become(json.loads(packet), *descriptors[1:])
        for descriptor in descriptors:
            os.close(descriptor)


def _keep(program: int, answers: socket.socket, descriptors: list[int]) -> None:
    """Tell the program's id and its exit code; kill it when nobody listens any more."""
    for descriptor in descriptors:
        os.close(descriptor)
    ended = os.pidfd_open(program)
    with suppress(OSError):
        answers.send(b"%d" % program)
    ready, _, _ = select.select([ended, answers.fileno()], [], [])
    if ended not in ready:
        os.kill(program, signal.SIGKILL)
    _, status = os.waitpid(program, 0)
    with suppress(OSError):
        answers.send(b"%d" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _become(order: Mapping[str, Any], out: int, err: int) -> str:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, number in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    if order["env"].get("PYTHONWARNINGS") == "error":
        warnings.simplefilter("error")
    sys.argv = [order["module"], *order["words"]]
    return str(order["module"])


def main() -> None:
    """Import what is needed and serve; in a forked program, run it."""
    from infra.cli.main import add_commands

    channel = socket.socket(fileno=int(sys.argv[1]))
    add_commands()
    for name in _LATE:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # no collection touches what processes share, which would copy it
    module = _serve(channel)
    if module:
        sys.modules.pop(module, None)  # as if nobody had imported it
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
