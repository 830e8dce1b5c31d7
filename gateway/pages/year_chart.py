"""Charts of figures by year, drawn on the server: bars that need no script, and the labels of their axes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

#: Years of the longest chart: a wrong year of long ago must not press the others into a corner.
_MOST_YEARS: Final = 130
#: Decades from which on every other one is labelled.
_MANY_DECADES: Final = 7
_HEIGHT: Final = 100


class Bar(Struct, frozen=True):
    """The bar of a year in units of the drawing: a year is 10 wide, the highest 100 high."""

    year: int
    count: int
    x: int
    y: float
    height: float


class YearChart(Struct, frozen=True):
    """A chart from the begin of one decade to the end of another.

    Attributes:
        width: of the drawing.
        decades: what stands below each decade; empty where there is no room.
        highest: the year with the most, and how many.
        left_out: years before the first decade that is drawn, which the table has.
    """

    bars: list[Bar]
    width: int
    decades: list[str]
    highest: tuple[int, int]
    left_out: int


def year_chart(counts: Mapping[int, int]) -> YearChart | None:
    """The chart of counts by year; None without any."""
    known = {year: count for year, count in counts.items() if count > 0}
    if not known:
        return None
    last = max(known) // 10 * 10 + 9
    first = max(min(known) // 10 * 10, last + 1 - _MOST_YEARS)
    drawn = {year: count for year, count in known.items() if year >= first}
    most = max(drawn.values())
    bars = [_bar(year, drawn[year], first, most) for year in sorted(drawn)]
    decades = range(first, last, 10)
    every = 2 if len(decades) > _MANY_DECADES else 1
    labels = [str(decade) if place % every == 0 else "" for place, decade in enumerate(decades)]
    highest = min(year for year, count in drawn.items() if count == most)
    return YearChart(bars, (last - first + 1) * 10, labels, (highest, most), len(known) - len(drawn))


def _bar(year: int, count: int, first: int, most: int) -> Bar:
    height = round(max(count / most * _HEIGHT, 1), 1)
    return Bar(year, count, (year - first) * 10 + 1, round(_HEIGHT - height, 1), height)
