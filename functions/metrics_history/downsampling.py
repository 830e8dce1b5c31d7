"""Rows of figures as so many points at most. Pure; moments are seconds since 1970."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from functions.metrics_history.roll_up import Rolled, roll_up


class Row(NamedTuple):
    """What was known at a moment, for a span of so many seconds."""

    at: float
    span: float
    figures: Rolled


def step_for(seconds: float, points: int, least: int) -> int:
    """Seconds from point to point so that a range has no more of them: a multiple of `least`."""
    return max(1, -(-int(seconds) // (points * least))) * least


def moments(since: float, until: float, step: int) -> list[int]:
    """The points of a range, each a multiple of the step, the first no later than its beginning."""
    first = int(since // step) * step
    return list(range(first, max(first + 1, math.ceil(until / step) * step), step))


def downsample(rows: Sequence[Row], at: Sequence[int], step: int) -> list[Rolled | None]:
    """What is known at each point: None where no row lies in its step, so that a gap stays one."""
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(int(row.at // step) * step, []).append(row)
    return [_one(found[moment]) if moment in found else None for moment in at]


def _one(rows: Sequence[Row]) -> Rolled:
    if len(rows) == 1:
        return rows[0].figures
    return roll_up([row.figures for row in rows], [row.span for row in rows])
