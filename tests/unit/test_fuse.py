"""Two orders of records made one."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.discover.meaning.fuse import DAMPING, fuse


def test_what_both_orders_have_stands_before_what_one_has() -> None:
    assert fuse((), "abc", "xby") == ["b", "a", "x", "c", "y"]


def test_a_name_that_was_typed_in_full_stands_first_whatever_the_orders_say() -> None:
    assert fuse("z", "zab", "abc") == ["z", "a", "b", "c"]
    assert fuse("q", "ab", "ba") == ["q", "a", "b"]


def test_of_equal_sums_the_first_order_decides() -> None:
    assert fuse((), "ab", "ba") == ["a", "b"]
    assert fuse((), "", "ba") == ["b", "a"]


orders = st.lists(st.integers(0, 30), unique=True)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(orders, orders)
def test_every_record_stands_once_and_by_its_sum(one: list[int], other: list[int]) -> None:
    fused = fuse((), one, other)
    assert sorted(fused) == sorted({*one, *other})
    sums = [sum(1 / (DAMPING + order.index(key) + 1) for order in (one, other) if key in order) for key in fused]
    assert sums == sorted(sums, reverse=True)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(orders)
def test_an_order_alone_stays_as_it_is(order: list[int]) -> None:
    assert fuse((), order) == fuse((), order, []) == order
