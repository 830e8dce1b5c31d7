"""Queues that only grow, by what was noted of their depth: pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Final

#: The depth of each queue at moments of the last half hour, the earliest first; None where it is not known.
Depths = Mapping[str, Sequence[float | None]]

#: Moments that have to be known.
_LEAST: Final = 4


def growing(depths: Depths, busy: Collection[str] = ()) -> dict[str, tuple[int, int]]:
    """The queues that were never shorter than before, and are longer now; how long each was at first, and is now.

    Args:
        depths: of each queue.
        busy: functions of which a worker has a message in hand: their queues are worked off, however slowly.
    """
    found = {}
    for name, values in depths.items():
        known = [value for value in values if value is not None]
        rises = all(later >= earlier for earlier, later in pairwise(known))
        if len(known) >= _LEAST and rises and known[-1] > known[0] and name.partition(".")[0] not in busy:
            found[name] = round(known[0]), round(known[-1])
    return found
