"""Runs that begin while nobody works, and workers that are taken away in the middle of one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.registry import FUNCTIONS
from infra.stack.stack_client import scale, stack_status
from tests.faults.loading import assert_done_and_equal, begin, depths, wait_for_parts
from tests.product import Product

#: How often workers of one function after the other are taken away and given back.
_TURNS = 12


@pytest.fixture
def scaled_by_hand(product: Product) -> Iterator[Product]:
    """The product, whose workers follow their queues again when a test has ended."""
    yield product
    for name in FUNCTIONS.names:
        scale(product.home, name, None)


def test_a_run_that_begins_without_any_worker_wakes_what_it_needs(scaled_by_hand: Product, dump: Path) -> None:
    product = scaled_by_hand
    for name in FUNCTIONS.names:
        scale(product.home, name, 0)
    product.wait_until(lambda: not set(FUNCTIONS.names) & set(product.processes()), "the end of all workers")
    begin(product, dump)
    for name in FUNCTIONS.names:
        scale(product.home, name, None)
    assert_done_and_equal(product, dump)
    assert depths(product, "dead") == {}
    steps = {spec.name for spec in FUNCTIONS if spec.is_step}
    woken = product.query("SELECT DISTINCT detail ->> 'function' FROM events WHERE kind = 'scaled'")
    assert steps <= {name for (name,) in woken}


@pytest.mark.sweep
def test_workers_that_are_scaled_away_in_the_middle_of_a_part_change_nothing(
    scaled_by_hand: Product, dump: Path
) -> None:
    product, dice = scaled_by_hand, random.Random(7)
    begin(product, dump)
    wait_for_parts(product, 1)
    steps = [spec.name for spec in FUNCTIONS if spec.takes]
    for _ in range(_TURNS):
        name = dice.choice(steps)
        scale(product.home, name, 0)
        product.wait_until(lambda name=name: name not in product.processes(), f"the end of {name}")  # type: ignore[misc]
        scale(product.home, name, None)
    assert_done_and_equal(product, dump)
    assert depths(product, "dead") == {}
    assert product.query("SELECT max(attempts) < 3 FROM parts") == [(True,)]
    assert stack_status(product.home).fixed == {}
