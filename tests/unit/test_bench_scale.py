"""What `bench scale` tells of the growth of each step."""

from __future__ import annotations

import pytest

from infra.bench.cases.scale import Taken, step_growth


def test_the_growth_of_each_step_that_counts_is_told_for_a_release() -> None:
    least = Taken(1_000, 10.0, {"tables": 4.0, "graph releases": 5.0, "statistics": 0.02})
    most = Taken(10_000, 120.0, {"tables": 40.0, "graph releases": 75.0, "statistics": 0.2, "new": 5.0})
    tables, releases = step_growth(least, most)
    assert (tables.name, tables.unit) == ("growth, tables, time of a release", "of that at 1,000")
    assert tables.value == pytest.approx(1.0)
    assert releases.name == "growth, graph releases, time of a release"
    assert releases.value == pytest.approx(1.5)
