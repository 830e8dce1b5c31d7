"""Releases by year as bars that the server draws: stacked, with the same figures for a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

#: In the units of the drawing.
_STEP, _BAR, _HEIGHT = 12, 10, 100
#: Width in steps of which texts grow, so that they can be read on a phone as well.
_UNIT: Final = 480
#: Years between two that are written below, up to so many years in all.
_EVERY: Final = ((30, 5), (80, 10), (160, 20))


class Piece(Struct, frozen=True):
    """A part of a bar, and which of the stacked kinds it is."""

    kind: str
    y: float
    height: float


class Column(Struct, frozen=True):
    """A year that has releases: where its bar stands, and what it says."""

    year: int
    x: int
    pieces: list[Piece]
    title: str


class Tick(Struct, frozen=True):
    """A year that is written below."""

    year: int
    x: float


class YearChart(Struct, frozen=True):
    """Bars in a drawing of `width` by `height`; `most` is what the highest one has.

    `size` is how many times as wide as a small one it is, `below` the room for years.
    """

    width: int
    height: int
    below: int
    size: int
    bar: int
    columns: list[Column]
    ticks: list[Tick]
    most: int


def year_chart(counts: Mapping[int, Mapping[str, int]], kinds: Sequence[str]) -> YearChart | None:
    """A chart of years and how many releases each has of each kind, the first kind at the bottom; None of nothing."""
    if not counts:
        return None
    first, last = min(counts), max(counts)
    most = max(sum(by_kind.values()) for by_kind in counts.values()) or 1
    columns = [_column(year, (year - first) * _STEP, by_kind, kinds, most) for year, by_kind in sorted(counts.items())]
    every = next((step for most_years, step in _EVERY if last - first <= most_years), 50)
    years = [year for year in range(first, last + 1) if year % every == 0] or [first]
    ticks = [Tick(year, (year - first) * _STEP + _BAR / 2) for year in years]
    width = max((last - first + 1) * _STEP, _UNIT)
    size = min(-(-width // _UNIT), 3)
    return YearChart(width, _HEIGHT, 8 + 16 * size, size, _BAR, columns, ticks, most)


def _column(year: int, x: int, by_kind: Mapping[str, int], kinds: Sequence[str], most: int) -> Column:
    pieces, top = [], float(_HEIGHT)
    for kind in kinds:
        if by_kind.get(kind):
            height = by_kind[kind] / most * _HEIGHT
            top -= height
            pieces.append(Piece(kind, round(top, 2), round(height, 2)))
    said = ", ".join(f"{by_kind[kind]:,} {kind}" for kind in kinds if by_kind.get(kind))
    return Column(year, x, pieces, f"{year}: {said}")
