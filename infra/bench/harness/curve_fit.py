"""How the time of a load grows with its size: two forms fitted by least squares, and what each expects further out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

Point = tuple[float, float]


class Fit(NamedTuple):
    """One form of growth. `error` is the root of the mean square of its relative errors at the points."""

    form: str
    expect: Callable[[float], float]
    error: float


def fits(points: Sequence[Point]) -> list[Fit]:
    """Both forms, the one that meets the points better first.

    Args:
        points: size and seconds, at least two sizes, all above 0.

    Raises:
        ValueError: fewer than two sizes.
    """
    if len({size for size, _ in points}) < 2:
        raise ValueError("Growth can be fitted only to two sizes or more.")
    return sorted((power_law(points), line(points)), key=lambda fit: fit.error)


def unit_growth(least: Point, most: Point) -> float:
    """What one unit takes at the largest size, by what it takes at the smallest.

    Args:
        least: size and seconds, above 0.
        most: the same.
    """
    return (most[1] / most[0]) / (least[1] / least[0])


def power_law(points: Sequence[Point]) -> Fit:
    """seconds = a · size^b: a straight line through the logarithms."""
    constant, exponent = _least_squares([(math.log(size), math.log(seconds), 1.0) for size, seconds in points])
    return _fit(f"power law, exponent {exponent:.3f}", lambda size: math.exp(constant) * size**exponent, points)


def line(points: Sequence[Point]) -> Fit:
    """seconds = a + b · size: each point weighted by its own time, so that small sizes count as much as large ones."""
    constant, slope = _least_squares([(size, seconds, 1 / seconds**2) for size, seconds in points])
    return _fit(f"line, constant {constant:.1f} s", lambda size: constant + slope * size, points)


def _fit(form: str, expect: Callable[[float], float], points: Sequence[Point]) -> Fit:
    squares = [(expect(size) / seconds - 1) ** 2 for size, seconds in points]
    return Fit(form, expect, math.sqrt(sum(squares) / len(squares)))


def _least_squares(points: Sequence[tuple[float, float, float]]) -> tuple[float, float]:
    """Constant and slope of the line through weighted points (x, y, weight)."""
    total = sum(weight for _, _, weight in points)
    mean_x = sum(weight * x for x, _, weight in points) / total
    mean_y = sum(weight * y for _, y, weight in points) / total
    spread = sum(weight * (x - mean_x) ** 2 for x, _, weight in points)
    slope = sum(weight * (x - mean_x) * (y - mean_y) for x, y, weight in points) / spread
    return mean_y - slope * mean_x, slope


def second_half(progress: Sequence[Point]) -> float | None:
    """The rate over the second half of the work, divided by that over the first; 1 is a load that does not slow down.

    It counts from the first step to the last: what comes before the first is waiting, not work at that rate.

    Args:
        progress: seconds and the work done by then, ascending; in between it counts as even.

    Returns:
        None where there are too few steps to tell.
    """
    steps = [point for before, point in pairwise(progress) if point[1] > before[1]]
    if len(steps) < 4:
        return None
    (begun, least), (ended, most) = steps[0], steps[-1]
    middle = _when(steps, (least + most) / 2)
    return (middle - begun) / (ended - middle)


def _when(steps: Sequence[Point], work: float) -> float:
    """The time at which so much was done."""
    for (before, done), (after, more) in pairwise(steps):
        if more >= work:
            return before + (after - before) * (work - done) / (more - done)
    return steps[-1][0]
