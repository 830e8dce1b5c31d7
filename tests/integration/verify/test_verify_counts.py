"""The comparison counts releases and masters over the dump, and finds every count that is another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.verify.reports import compared, kinds
from tests.integration.verify.stores import Filled


@pytest.fixture
def counted(filled: Filled) -> Filled:
    filled.count_all()
    return filled


def test_counts_of_the_dump_are_equal_to_it(counted: Filled, dump: Path) -> None:
    report = compared(counted, dump)
    assert kinds(report) == {}
    assert report.checked["counts"] == counted.value("SELECT count(*) FROM counts WHERE kind <> 'label'") > 10


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            "UPDATE counts SET releases = releases + 1 WHERE kind = 'genre' AND key = 'Rock'",
            'genre "Rock" counts 2 releases, expected 1.',
        ),
        (
            "UPDATE counts SET masters = 0 WHERE kind = 'genre' AND key = 'Rock'",
            'genre "Rock" counts 0 masters, expected 1.',
        ),
        (
            "UPDATE counts SET key = 'Rok' WHERE kind = 'genre' AND key = 'Rock'",
            'genre "Rok" counts 1 releases, expected 0.',
        ),
        ("DELETE FROM counts WHERE kind = 'year' AND key = '1993'", 'year "1993" counts no releases, expected 1.'),
        ("UPDATE counts SET kind = 'style' WHERE kind = 'country'", 'country "UK" counts no releases, expected 1.'),
        ("DELETE FROM counts WHERE kind = 'part_of'", "counts no releases, expected 1."),
        ("UPDATE counts SET releases = 7 WHERE kind = 'label' AND key = '6'", "label 6 counts 7 releases, expected 1."),
        ("DELETE FROM counts WHERE kind = 'label' AND key = '5'", "label 5 counts 0 releases, expected 1."),
        ("UPDATE counts SET key = '77' WHERE kind = 'label' AND key = '5'", "label 77 counts 1 releases, expected 0."),
    ],
)
def test_a_count_that_is_not_what_the_dump_says_is_found(
    counted: Filled, dump: Path, change: str, sentence: str
) -> None:
    counted.sql(change)
    report = compared(counted, dump)
    assert kinds(report).keys() == {"counts"}
    assert any(sentence in one for one in report.differences["counts"].examples)


def test_counts_to_which_something_is_still_to_be_added_are_no_difference(counted: Filled, dump: Path) -> None:
    counted.sql("DELETE FROM counts WHERE kind = 'year'")
    counted.sql("INSERT INTO count_deltas (kind, key, releases) VALUES ('year', '1993', 1)")
    assert kinds(compared(counted, dump)) == {}
