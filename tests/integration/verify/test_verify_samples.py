"""Stores filled with the real samples are equal to them; skipped where no samples are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from functions.runtime.settings import Settings
from infra.verify import verify
from tests.integration.verify.stores import Filled, documents_of


@pytest.fixture(scope="module")
def filled(settings: Settings) -> Iterator[Filled]:
    filled = Filled(settings)
    yield filled
    filled.close()


@pytest.mark.parametrize("dump", [date(2020, 8, 6), date(2026, 4, 1)])
def test_a_real_sample_in_both_stores_is_equal_to_itself(filled: Filled, samples: Path, dump: date) -> None:
    filled.fill(documents_of(samples, dump), dump)
    report = verify(filled.settings, samples, dump)
    assert {kind: found.examples for kind, found in report.differences.items() if found.count} == {}
    assert report.checked["releases"] in (1_000, 200)


@pytest.mark.sweep
def test_one_sample_in_the_stores_is_not_equal_to_the_other(filled: Filled, samples: Path) -> None:
    filled.fill(documents_of(samples, date(2020, 8, 6)), date(2020, 8, 6))
    report = verify(filled.settings, samples, date(2026, 4, 1))
    found = {kind for kind, difference in report.differences.items() if difference.count}
    assert {"missing_row", "extra_row", "value", "missing_edge", "extra_edge", "missing_node"} <= found
