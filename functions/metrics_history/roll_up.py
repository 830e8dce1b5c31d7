"""Many moments as one: average, least, most and last of each figure. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

Figures = Sequence[float | None]
K = TypeVar("K")


class Rolled(NamedTuple):
    """Of each figure, by its place: None where nothing was known of it in all that time."""

    average: Figures
    least: Figures
    most: Figures
    last: Figures


def sample(values: Figures) -> Rolled:
    """One moment, in which all four are the same."""
    return Rolled(values, values, values, values)


def roll_up(rows: Sequence[Rolled], weights: Sequence[float] = ()) -> Rolled:
    """One row of several, in the order of time; a figure that a row does not have counts for nothing.

    Args:
        rows: at least one. They may have different lengths: figures come in the course of time.
        weights: the span of time that each row stands for; all the same if none are given.
    """
    shares = weights or [1.0] * len(rows)
    width = max(len(row.last) for row in rows)
    columns = [_column(rows, shares, place) for place in range(width)]
    return Rolled(*(list(figures) for figures in zip(*columns, strict=True))) if columns else sample([])


def _column(rows: Sequence[Rolled], weights: Sequence[float], place: int) -> tuple[float | None, ...]:
    known = [
        (row.average[place], row.least[place], row.most[place], row.last[place], weight)
        for row, weight in zip(rows, weights, strict=True)
        if place < len(row.last) and row.last[place] is not None
    ]
    if not known:
        return (None, None, None, None)
    averages, leasts, mosts, lasts, spans = (list(each) for each in zip(*known, strict=True))
    whole = sum(spans)
    average = sum(value * span for value, span in zip(averages, spans, strict=True)) / whole
    return (average, min(leasts), max(mosts), lasts[-1])


def roll_up_each(rows: Sequence[tuple[K, Rolled]]) -> Iterator[tuple[K, Rolled]]:
    """Roll up what stands under the same key; rows come in the order of their keys."""
    by_key: Any = itemgetter(0)
    for key, group in groupby(rows, by_key):
        yield key, roll_up([row for _, row in group])
