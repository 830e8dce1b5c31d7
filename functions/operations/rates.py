"""How fast a run goes, and how long it will take: pure, of what the ledger has counted.

Nothing here ticks: as long as nothing ends, the figures stay as they are, and go once nothing has ended for long.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from functions.runtime.entities import Entity
from functions.runtime.messages import PartState

#: Seconds before the last end of a part over which a rate is taken; and after which it no longer holds.
WINDOW_S: Final = 300.0
STALE_S: Final = 600.0


class Ended(Struct, frozen=True):
    """The parts of one entity that have lately ended one step.

    `step` is the state that they were in before. `first_records` are those of the part that was through first; it began
    before anybody counted.
    """

    entity: Entity
    step: PartState
    parts: int
    records: int
    first_records: int
    began_at: dt.datetime
    first_at: dt.datetime
    last_at: dt.datetime


class Work(Struct, frozen=True):
    """What one entity has left of one stage. `weight`: compressed bytes of a record; `rate`: records a second."""

    left: float
    weight: float
    rate: float | None


def rate_of(ended: Ended, now: dt.datetime) -> float | None:
    """Records a second of a step; None when nothing has ended for long, or too little to tell."""
    if (now - ended.last_at).total_seconds() > STALE_S:
        return None
    between = (ended.last_at - ended.first_at).total_seconds()
    if ended.parts > 1 and between > 0:
        return rounded((ended.records - ended.first_records) / between)
    alone = (ended.last_at - ended.began_at).total_seconds()
    return rounded(ended.records / alone) if alone > 0 else None


def read_rate(read: int, began_at: dt.datetime | None, at: dt.datetime | None, now: dt.datetime) -> float | None:
    """Bytes a second of a file that has been read since a moment, up to another; None when that is long ago."""
    if began_at is None or at is None or at > now or (now - at).total_seconds() > STALE_S:
        return None
    seconds = (at - began_at).total_seconds()
    return rounded(read / seconds) if seconds > 0 and read > 0 else None


def stage_seconds(works: Iterable[Work]) -> float | None:
    """Seconds until all entities are through one stage, which takes them one after the other.

    An entity of which no rate is known goes as fast as the others, by its bytes. None when none is known.
    """
    left = list(works)
    bytes_left = sum(max(0.0, work.left) * work.weight for work in left)
    if not bytes_left:
        return 0.0
    known = [work for work in left if work.rate]
    if not known:
        return None
    usual = max((work.rate or 0.0) * work.weight for work in known)
    return sum(_seconds(work, usual) for work in left)


def run_seconds(stages: Iterable[float | None]) -> float | None:
    """Seconds until a run is through all of its stages, which work side by side; None when too little is known."""
    known = [seconds for seconds in stages if seconds is not None]
    return rounded(max(known)) if known and max(known) > 0 else None


def rounded(number: float) -> float:
    """Three digits that count: what changes less is no news."""
    return float(f"{number:.3g}")


def _seconds(work: Work, usual: float) -> float:
    speed = work.rate * work.weight if work.rate else usual
    return max(0.0, work.left) * work.weight / speed
