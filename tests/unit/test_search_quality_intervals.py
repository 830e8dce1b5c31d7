"""Every figure of `bench search-quality` comes with the interval in which it lies, also where all answers are alike."""

from __future__ import annotations

import statistics

import pytest

from infra.bench.cases.search_quality import KINDS, Kind, _figures


@pytest.mark.parametrize("is_share", [False, True])
@pytest.mark.parametrize("name", KINDS)
def test_a_figure_of_each_kind_has_an_interval_around_it(name: str, *, is_share: bool) -> None:
    figure, low, high = _figures(Kind(name, [1.0] * 400 + [0.0] * 100, is_share))
    assert figure.value == pytest.approx(0.8)
    assert 0.76 < low.value < 0.78 < 0.82 < high.value < 0.84


def test_an_interval_is_that_of_the_books() -> None:
    assert Kind("a share", [1.0] * 81 + [0.0] * 182, is_share=True).interval == pytest.approx(
        (0.2553, 0.3662), abs=1e-4
    )
    worth = [1.0, 0.5, 1.0, 1 / 3, 1.0, 0.0, 0.5, 1.0]
    half = 1.96 * statistics.stdev(worth) / len(worth) ** 0.5
    mean = statistics.mean(worth)
    assert Kind("a rank", worth).interval == pytest.approx((mean - half, mean + half))


@pytest.mark.parametrize("is_share", [False, True])
def test_a_few_answers_that_are_all_alike_are_not_taken_for_certain(*, is_share: bool) -> None:
    low, high = Kind("few", [1.0] * 6, is_share).interval
    assert low == pytest.approx(0.6097, abs=1e-4)
    assert high == pytest.approx(1.0)
    assert Kind("none", [], is_share).interval == (0.0, 1.0)


def test_an_interval_of_ranks_stays_between_none_and_all() -> None:
    low, high = Kind("low", [0.0, 0.0, 0.5]).interval
    assert low == 0.0
    assert high <= 1.0
