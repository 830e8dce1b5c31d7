"""Asking the supervisor of an embedded stack: a line of JSON is sent to its control socket, a line comes back.

The socket lies in the stack's home and is its owner's alone.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from functions.runtime.errors import RefusedError, StoreUnavailable

#: Bytes of a socket's path that every system takes.
_LONGEST: Final = 103
#: Bytes of the longest answer.
_MOST: Final = 16 * 1024 * 1024


def control_path(home: Path) -> Path:
    """Where the control socket of a home is."""
    return home / "run" / "control.sock"


def ask(home: Path, request: Mapping[str, Any], timeout: float = 10.0) -> Any:
    """Ask the supervisor of this home, and return its answer.

    Raises:
        StoreUnavailable: there is none, or it does not answer.
        RefusedError: it refuses, and says why.
    """
    answer = msgspec.json.decode(_exchange(home, msgspec.json.encode(request), timeout))
    if "error" in answer:
        raise RefusedError(answer["error"])
    return answer["answer"]


def _exchange(home: Path, request: bytes, timeout: float) -> bytes:
    try:
        with reachable(control_path(home)) as path, socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(path)
            connection.sendall(request + b"\n")
            with connection.makefile("rb") as file:
                return file.readline(_MOST) or b'{"error":"The stack is just ending."}'
    except OSError as error:
        raise StoreUnavailable(f"The stack in {home} does not answer: {error}.") from error


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """A name for a socket that is short enough: through its folder's descriptor where its path is too long."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{path.name}"
    finally:
        os.close(descriptor)
