"""How growth is fitted, and how the halves of a load are compared."""

from __future__ import annotations

import pytest

from infra.bench.harness.curve_fit import fits, line, power_law, second_half

_SIZES = (50_000, 100_000, 200_000, 400_000)


def test_a_line_with_a_constant_is_found_again_and_goes_on_as_a_line() -> None:
    points = [(size, 12 + size / 3_000) for size in _SIZES]
    best, _ = fits(points)
    assert best.form == "line, constant 12.0 s"
    assert best.error == pytest.approx(0, abs=1e-9)
    assert best.expect(19_400_000) == pytest.approx(12 + 19_400_000 / 3_000)


def test_growth_faster_than_a_line_is_found_as_a_power_law() -> None:
    points = [(size, 0.0004 * size**1.1) for size in _SIZES]
    best, other = fits(points)
    assert best.form == "power law, exponent 1.100"
    assert best.expect(19_400_000) == pytest.approx(0.0004 * 19_400_000**1.1)
    assert other.error > 0.01


def test_both_forms_agree_on_what_grows_evenly() -> None:
    points = [(size, size / 2_000) for size in _SIZES]
    assert power_law(points).expect(1e7) == pytest.approx(line(points).expect(1e7))


def test_one_size_says_nothing_of_growth() -> None:
    with pytest.raises(ValueError, match="two sizes"):
        fits([(50_000, 10.0), (50_000, 11.0)])


def test_an_even_load_has_equal_halves() -> None:
    assert second_half([(second, 100 * second) for second in range(10)]) == pytest.approx(1)


def test_a_load_that_slows_to_half_its_rate_says_so() -> None:
    progress = [(0, 0), (1, 100), (2, 200), (3, 300), (3.5, 300), (5, 400), (7, 500)]
    assert second_half(progress) == pytest.approx(0.5)


def test_what_comes_before_the_first_step_does_not_count() -> None:
    assert second_half([(0, 0), (60, 0), (61, 100), (62, 200), (63, 300), (64, 400)]) == pytest.approx(1)


def test_too_few_steps_tell_nothing() -> None:
    assert second_half([(0, 0), (1, 10), (2, 20)]) is None
    assert second_half([]) is None
