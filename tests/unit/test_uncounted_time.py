"""Time that does not count against the limit of a call."""

from __future__ import annotations

import time

import pytest

from functions.runtime.stores.lock_wait import extensible, uncounted

_WORK_S = 0.05


def test_limits_are_moved_before_the_work_and_by_no_more_than_it_took() -> None:
    moved: list[float] = []
    begun = time.monotonic()
    with extensible(moved.append), uncounted(1_000.0):
        assert moved == [1_000.0]
        time.sleep(_WORK_S)
    assert _WORK_S <= sum(moved) <= time.monotonic() - begun


def test_work_that_takes_longer_than_it_may_counts_from_then_on() -> None:
    moved: list[float] = []
    with extensible(moved.append), uncounted(_WORK_S / 2):
        time.sleep(_WORK_S)
    assert sum(moved) == pytest.approx(_WORK_S / 2)


def test_where_nothing_is_limited_nothing_is_moved() -> None:
    with uncounted(1_000.0):
        pass
