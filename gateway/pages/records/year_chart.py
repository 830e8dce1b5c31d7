"""Releases by year as bars that the server draws: stacked, with the same figures for a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

#: In the units of the drawing, which is stretched to the width of the page.
_STEP, _BAR, _HEIGHT = 12, 10, 100
#: Years that have room at least, so that no bar is a block, and at most: one of long ago must not press the others.
_FEWEST, _MOST = 40, 130
#: Years between two that are written below, of few years and of many: seven have room on a phone.
_EVERY, _EVERY_OF_MANY, _MANY = 10, 20, 60
#: Share of the width at either end within which a year would not be whole if it stood under the middle of its bar.
_END: Final = 5.0

Anchor = Literal["start", "middle", "end"]


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
    """A year that is written below: at which share of the width, in percent, and what of it stands there."""

    year: int
    x: float
    anchor: Anchor


class YearChart(Struct, frozen=True):
    """Bars in a drawing of `width` by `height`; `most` is what the highest one has.

    `left_out` is how many years before the first that is drawn the table has alone.
    """

    width: int
    height: int
    bar: int
    columns: list[Column]
    ticks: list[Tick]
    most: int
    left_out: int


def year_chart(counts: Mapping[int, Mapping[str, int]], kinds: Sequence[str]) -> YearChart | None:
    """A chart of years and how many releases each has of each kind, the first kind at the bottom; None of nothing."""
    if not counts:
        return None
    last = max(counts)
    drawn = {year: by_kind for year, by_kind in sorted(counts.items()) if year > last - _MOST}
    first = min(drawn)
    most = max(sum(by_kind.values()) for by_kind in drawn.values()) or 1
    columns = [_column(year, (year - first) * _STEP, by_kind, kinds, most) for year, by_kind in drawn.items()]
    count = max(last - first + 1, _FEWEST)
    every = _EVERY if count <= _MANY else _EVERY_OF_MANY
    years = [year for year in range(first, last + 1) if year % every == 0] or [first]
    ticks = [_tick(year, ((year - first) * _STEP + _BAR / 2) / (count * _STEP) * 100) for year in years]
    return YearChart(count * _STEP, _HEIGHT, _BAR, columns, ticks, most, len(counts) - len(drawn))


def _tick(year: int, x: float) -> Tick:
    anchor: Anchor = "start" if x < _END else "end" if x > 100 - _END else "middle"
    return Tick(year, round(x, 2), anchor)


def _column(year: int, x: int, by_kind: Mapping[str, int], kinds: Sequence[str], most: int) -> Column:
    pieces, top = [], float(_HEIGHT)
    for kind in kinds:
        if by_kind.get(kind):
            height = by_kind[kind] / most * _HEIGHT
            top -= height
            pieces.append(Piece(kind, round(top, 2), round(height, 2)))
    said = ", ".join(f"{by_kind[kind]:,} {kind}" for kind in kinds if by_kind.get(kind))
    return Column(year, x, pieces, f"{year}: {said}")
