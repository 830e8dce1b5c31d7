"""Where a page of a look-up ends, as an opaque cursor."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from functions.discover.lookup.probes import Probe
from functions.runtime.errors import RefusedError


class Place(NamedTuple):
    """A key and a release in the range of a probe; `probe` counts from 1."""

    probe: int
    key: str
    release: int

    def __str__(self) -> str:
        return urlsafe_b64encode(msgspec.json.encode(tuple(self))).decode().rstrip("=")


def parse_place(cursor: str | None, probes: Sequence[Probe]) -> Place | None:
    """A place as its text says it; None for the first page.

    Raises:
        RefusedError: it is none in the ranges of these probes.
    """
    if cursor is None:
        return None
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place = Place(*msgspec.json.decode(text, type=tuple[int, str, int]))
        place.key.encode()
        if place.probe < 1 or "\0" in place.key or not 0 <= place.release < 2**63:
            raise ValueError("no place")
        probe = probes[place.probe - 1]
    except (ValueError, IndexError) as error:
        raise _no_cursor(cursor) from error
    if not probe.low <= place.key <= probe.high:
        raise _no_cursor(cursor)
    return place


def _no_cursor(text: str) -> RefusedError:
    return RefusedError(f"{text[:60]!r} is no cursor of this text: give `next` of the page before, or none to begin.")
