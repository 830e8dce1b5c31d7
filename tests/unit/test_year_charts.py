"""Releases by year: bars for the years that have room, years below that can be read, and what is left out is told."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from gateway.pages.records.year_chart import year_chart as stacked_chart
from gateway.pages.render import environment
from gateway.pages.year_chart import year_chart

#: Share of the width that a year takes on a phone, in percent: some 30 of 328 pixels.
YEAR = 10


@pytest.mark.parametrize("years", [[1999], [1980, 1984, 2020], [1941, 2020], [1891, 2020], [1400, 1860, 1900, 2020]])
def test_years_below_the_bars_are_whole_and_do_not_touch(years: list[int]) -> None:
    chart = stacked_chart({year: {"own": 1} for year in years}, ["own"])
    assert chart is not None
    starts = [tick.x - {"start": 0, "middle": YEAR / 2, "end": YEAR}[tick.anchor] for tick in chart.ticks]
    assert starts[0] >= 0
    assert starts[-1] + YEAR <= 100
    assert all(second - first >= YEAR for first, second in pairwise(starts))
    assert all(0 <= column.x <= chart.width - chart.bar for column in chart.columns)


def test_a_year_of_long_ago_does_not_press_the_others_together_and_is_told() -> None:
    counts = {1400: 5, 1860: 1, 1950: 2, 2020: 1}
    stacked = stacked_chart({year: {"own": count} for year, count in counts.items()}, ["own"])
    single = year_chart(counts)
    assert stacked is not None
    assert single is not None
    assert [column.year for column in stacked.columns] == [bar.year for bar in single.bars] == [1950, 2020]
    assert (stacked.most, stacked.left_out, single.left_out) == (2, 2, 2)
    template: Any = environment().get_template("year_chart.html").module
    drawn = template.year_chart(single, "Releases by year", "releases", "/csv", caller=str)
    assert "2 earlier years in the table alone." in drawn
