"""Queues that only grow, by what the history of figures has noted of their depth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Final

from functions.metrics_history.read import read_series
from functions.runtime.stores.context import Context

#: The depth of each queue at moments of the last half hour, the earliest first; None where it is not known.
Depths = Mapping[str, Sequence[float | None]]

#: What is looked at, into how many pieces it is cut, and of how many something has to be known.
_SPAN: Final = dt.timedelta(minutes=30)
_POINTS: Final = 7
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


def read_depths(context: Context, now: dt.datetime) -> Depths:
    """What was noted of the depth of each queue in the half hour before a moment of PostgreSQL's clock.

    Raises:
        StoreUnavailable: it does not answer.
    """
    series = read_series(context, ["queue/*/ready"], now - _SPAN, now, _POINTS)
    return {line.metric.split("/")[1]: line.last for line in series.lines}
