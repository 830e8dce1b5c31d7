"""Ask a Java process of ours to give memory back that it keeps for work that is over.

Java's own attach mechanism: a file in the folder of the process and a SIGQUIT make it listen on a socket, which takes
the commands of `jcmd`. The runtime of the graph server's wheel has no `jcmd`.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

#: Seconds for the socket to appear, and for one command.
_ATTACH_S: Final = 5.0
_COMMAND_S: Final = 30.0
#: A heap shrinks by steps: 0, 10, 40, and 100 % of what is free go back after one collection each.
_COLLECTIONS: Final = 4


def give_back_memory(pid: int) -> None:
    """Collect all garbage, shrink the heap, and trim what the C library holds; half a second of pauses. Blocks.

    A process that cannot be asked, or is of another user, keeps what it has.
    """
    with suppress(OSError):
        for command in (*["GC.run"] * _COLLECTIONS, "System.trim_native_heap"):
            _command(pid, command)


def _command(pid: int, command: str) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_COMMAND_S)
        connection.connect(str(_attached(pid)))
        connection.sendall(b"1\0jcmd\0" + command.encode() + b"\0\0\0")
        while connection.recv(65_536):
            pass


def _attached(pid: int) -> Path:
    """The socket of a process, once it listens there; of its own user, as anybody may write to that folder."""
    path = Path(f"/proc/{pid}/root/tmp/.java_pid{pid}")
    if not path.exists():
        _ask_to_listen(pid, path)
    if path.lstat().st_uid != Path(f"/proc/{pid}").stat().st_uid:
        raise PermissionError(f"{path} belongs to another user")
    return path


def _ask_to_listen(pid: int, path: Path) -> None:
    marker = Path(f"/proc/{pid}/cwd/.attach_pid{pid}")
    marker.touch(mode=0o600)
    try:
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + _ATTACH_S
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        marker.unlink(missing_ok=True)
