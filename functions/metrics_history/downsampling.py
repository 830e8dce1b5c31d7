"""Rows of figures as so many points at most. Pure; moments are seconds since 1970."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

F = TypeVar("F")


class Row(NamedTuple, Generic[F]):
    """What was known at a moment, for a span of so many seconds."""

    at: float
    span: float
    figures: F


def step_for(seconds: float, points: int, least: int) -> int:
    """Seconds from point to point so that a range has no more of them: a multiple of `least`."""
    return max(1, -(-int(seconds) // (points * least))) * least


def moments(since: float, until: float, step: int) -> list[int]:
    """The points of a range, each a multiple of the step, the first no later than its beginning."""
    first = int(since // step) * step
    return list(range(first, max(first + 1, math.ceil(until / step) * step), step))


def downsample(
    rows: Sequence[Row[F]], at: Sequence[int], step: int, combine: Callable[[Sequence[F], Sequence[float]], F]
) -> list[F | None]:
    """What is known at each point: None where no row lies in its step, so that a gap stays one.

    Args:
        rows: in the order of time.
        at: the points, as `moments` has them.
        step: seconds between two of them.
        combine: makes one of the figures of several rows and their spans.
    """
    found: dict[int, list[Row[F]]] = {}
    for row in rows:
        found.setdefault(int(row.at // step) * step, []).append(row)

    def point(within: Sequence[Row[F]]) -> F:
        if len(within) == 1:
            return within[0].figures
        return combine([row.figures for row in within], [row.span for row in within])

    return [point(found[moment]) if moment in found else None for moment in at]
