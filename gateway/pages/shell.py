"""What stands around every page: the month of the data, and how far a run is. Read at most once in a few seconds."""

from __future__ import annotations

import threading
import time
from typing import Final

import psycopg
from litestar.datastructures import State
from msgspec import Struct

from functions.operations.collection import Collection, read_collection
from functions.runtime.errors import LinernotesError
from gateway.connections import Connections

#: Seconds for which what was read holds.
_HOLDS_S: Final = 2.0

_reading: Final = threading.Lock()


class Shell(Struct, frozen=True):
    """The state around a page; `collection` is None where it could not be read."""

    collection: Collection | None = None
    read_at: float = float("-inf")


def shell_of(state: State) -> Shell:
    """The shell as it is now, or was a moment ago."""
    with _reading:
        last: Shell = state.get("shell") or Shell()
        if time.monotonic() - last.read_at >= _HOLDS_S:
            last = Shell(_read(state.connections), time.monotonic())
            state.shell = last
        return last


def _read(connections: Connections) -> Collection | None:
    try:
        return read_collection(connections.context)
    except (LinernotesError, psycopg.Error):
        return None
