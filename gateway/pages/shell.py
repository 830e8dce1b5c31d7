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
from gateway.pages import words

#: Seconds for which what was read holds.
_HOLDS_S: Final = 2.0

_WHOSE: Final = "Not affiliated with Discogs."
_GENERATED: Final = "Generated data: names and records are invented."

_reading: Final = threading.Lock()


class Shell(Struct, frozen=True):
    """The state around a page; `collection` is None where it could not be read."""

    collection: Collection | None = None
    read_at: float = float("-inf")

    @property
    def notice(self) -> str:
        """What the data is and who has nothing to do with it: for the foot of a page and the head of a file."""
        known = self.collection
        if known and known.synthetic:
            return _GENERATED
        dump = f"Discogs dump of {words.date(known.dump)}" if known and known.dump else ""
        if known and known.sample:
            whole = f"the {dump}" if dump else "a Discogs dump"
            return f"A sample: the first records of each file of {whole}, CC0. {_WHOSE}"
        return f"{dump}, CC0. {_WHOSE}" if dump else _WHOSE

    @property
    def notice_of_all(self) -> str:
        """The same of all months together."""
        is_generated = self.collection and self.collection.synthetic
        return _GENERATED if is_generated else f"Discogs dumps are CC0. {_WHOSE}"


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
