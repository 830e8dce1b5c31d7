"""The fork server: it has imported what every process of ours needs, and becomes one of them within milliseconds.

Run by the supervisor as `python -P -m infra.stack.fork_server`. Each packet on its socket is an order for a process,
with the descriptors that it gets. The process is forked twice, so that the one between ends at once and the kernel
gives it to the supervisor, which adopts orphans: it is the supervisor's child as if that had started it, and outlives
this server. It works on only when the supervisor has heard its process id. One thread, no connection, no file: whatever
a process of ours opens, it opens itself.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import runpy
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from functions.registry import FUNCTIONS
from functions.runtime.messaging.broker import speaks_amqp
from functions.runtime.settings import Settings, read_settings
from functions.runtime.telemetry import metrics
from infra.stack.fork_order import CHANNEL, ORDER_BYTES, READY, Order, unpacked
from infra.stack.process_control import die_with_parent

#: Descriptors that may come with an order.
_DESCRIPTORS: Final = 8
_REFUSED: Final = 126
_ARGUMENTS_AT: Final = 45  # in /proc/self/stat, counted behind the program's name
#: What Python itself sets at its start where the locale is C (PEP 538).
_BY_PYTHON: Final = {"LC_CTYPE"}
#: Imported where they are first used, and used by most: what this takes later, each process would take by itself.
_LATE: Final = (
    "functions.runtime.ledger.dead_letter_hook",
    "functions.runtime.process.worker",
    "infra.stack.programs",
    "neo4j",
    "prometheus_client",
    "prometheus_client.mmap_dict",
)
_BROKERS: Final = {True: "functions.runtime.messaging.rabbitmq", False: "functions.runtime.messaging.redis"}


def main() -> None:
    """Serve until the supervisor is gone; or, in a forked process, be what was ordered."""
    channel = socket.socket(fileno=int(os.environ.pop(CHANNEL)))
    preload(read_settings())
    gc.collect()
    gc.freeze()  # no collection touches what processes share, which would copy it
    channel.send(READY)
    module = serve(channel)
    if module:
        runpy.run_module(module, run_name="__main__", alter_sys=True)


def preload(settings: Settings) -> None:
    """Import what most need; the driver of the graph, too: scheduler, gateway and three functions ask the graph."""
    metrics.begin(settings)  # before the library of figures is imported, which then keeps them in files
    for spec in FUNCTIONS:
        spec.load()
        spec.load_hooks()
    for name in (*_LATE, _BROKERS[speaks_amqp(settings)]):
        importlib.import_module(name)


def serve(channel: socket.socket) -> str | None:
    """Fork a process for each order.

    Returns:
        In a forked process, the module that it is to run; in the server None, once nobody orders any more.
    """
    while True:
        packet, descriptors, _, _ = socket.recv_fds(channel, ORDER_BYTES, _DESCRIPTORS)
        if not packet:
            return None
        if _fork_twice():
            channel.detach()
            return _become(unpacked(packet), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _fork_twice() -> bool:
    """Whether this is the forked process, whose parent is no longer below this server."""
    try:
        between = os.fork()
    except OSError as error:
        print(f"no process can be forked: {error}", file=sys.stderr, flush=True)
        return False
    if between:
        os.waitpid(between, 0)
        return False
    between = os.getpid()
    try:
        forked = os.fork()
    except OSError:
        os._exit(_REFUSED)
    if forked:
        os._exit(0)
    while os.getppid() == between:
        time.sleep(0.0005)
    return True


def _become(order: Order, descriptors: list[int]) -> str:
    """Have all that a process has which the supervisor has started itself; returns the module to run."""
    answer, log, *passed = descriptors
    os.setsid()
    die_with_parent(signal.Signals(order.death_signal))
    if os.getppid() != order.supervisor:  # it died before the signal was set
        os._exit(_REFUSED)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(order.cwd)
    by_python = {name: os.environ[name] for name in _BY_PYTHON & os.environ.keys()}
    os.environ.clear()
    os.environ.update(by_python | order.env | dict(zip(order.passed, map(str, passed), strict=True)))
    _await_word(answer)
    _close_all_but(0, 1, 2, *passed)
    _show(order.argv)
    module = order.argv[3]
    sys.argv = order.argv[3:]
    return module


def _await_word(answer: int) -> None:
    """Tell the supervisor the process id, and end here unless it has heard of it."""
    with suppress(ConnectionError):
        os.write(answer, b"%d" % os.getpid())
        if os.read(answer, 1):
            return
    os._exit(_REFUSED)


def _close_all_but(*kept: int) -> None:
    for path in Path("/proc/self/fd").iterdir():
        if int(path.name) not in kept:
            with suppress(OSError):  # the one that lists them
                os.close(int(path.name))


def _show(argv: list[str]) -> None:
    """Have `ps` show this command: it is written over the server's own, as far as that has room.

    The kernel shows what stands there up to a zero byte, if the last byte of all is none (proc_pid_cmdline(5)).
    """
    fields = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
    start, end = (int(each) for each in fields[_ARGUMENTS_AT : _ARGUMENTS_AT + 2])
    room = end - start
    if start and room > 2 and ctypes.string_at(start, room) == Path("/proc/self/cmdline").read_bytes():
        text = os.fsencode(" ".join(argv))[: room - 2]
        ctypes.memmove(start, text + bytes(room - 1 - len(text)) + b" ", room)


if __name__ == "__main__":
    main()
