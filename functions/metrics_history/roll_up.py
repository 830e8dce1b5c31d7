"""Many moments as one: average, least, most and last of each figure. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, zip_longest
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
        rows: they may have different lengths: figures come in the course of time.
        weights: the span of time that each row stands for; all the same if none are given.
    """
    return Rolled(
        averages([row.average for row in rows], weights),
        _each(min, [row.least for row in rows]),
        _each(max, [row.most for row in rows]),
        _each(itemgetter(-1), [row.last for row in rows]),
    )


def averages(rows: Sequence[Figures], weights: Sequence[float] = ()) -> list[float | None]:
    """The average of each figure over rows, as `roll_up` has it."""
    if len(set(weights)) <= 1:
        return _each(lambda known: sum(known) / len(known), rows)
    return [_weighted(column, weights) for column in zip_longest(*rows)]


def _each(of: Callable[[Sequence[float]], float], rows: Sequence[Figures]) -> list[float | None]:
    return [of(known) if (known := _known(column)) else None for column in zip_longest(*rows)]


def _known(column: Sequence[Any]) -> Sequence[float]:
    return [value for value in column if value is not None] if None in column else column


def _weighted(column: Sequence[Any], weights: Sequence[float]) -> float | None:
    known = [(value, weight) for value, weight in zip(column, weights, strict=True) if value is not None]
    whole = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / whole if known else None


def roll_up_each(rows: Sequence[tuple[K, Rolled]]) -> Iterator[tuple[K, Rolled]]:
    """Roll up what stands under the same key; rows come in the order of their keys."""
    by_key: Any = itemgetter(0)
    for key, group in groupby(rows, by_key):
        yield key, roll_up([row for _, row in group])
