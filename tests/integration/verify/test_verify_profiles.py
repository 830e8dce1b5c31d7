"""Counts of genres, styles, labels and months that are not those of the records: each is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.verify.reports import compared, kinds, only
from tests.integration.verify.stores import Filled


@pytest.fixture
def counted(filled: Filled) -> Filled:
    filled.count_profiles()
    return filled


def test_counts_that_are_right_are_no_difference(counted: Filled, dump: Path) -> None:
    report = compared(counted, dump)
    assert report.equal
    assert report.checked["counts of profiles"] == 20


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (
            "UPDATE profiles SET releases = 2 WHERE (topic, name, dimension) = ('genre', 'Rock', 'genre')",
            "genre Rock, genre Pop: 2 counted, expected 1.",
        ),
        (
            "UPDATE profiles SET value = '1994' WHERE (topic, name, dimension) = ('style', 'House', 'year')",
            "style House, year 1993: nothing counted, expected 1.",
        ),
        (
            "UPDATE profiles SET dimension = 'format' WHERE (topic, name, dimension) = ('style', 'House', 'country')",
            "style House, country UK: nothing counted, expected 1.",
        ),
        (
            "UPDATE profiles SET dimension = 'place' WHERE (topic, name, dimension) = ('label', '5', 'format')",
            "1 counts of profiles are of something that nobody counts.",
        ),
        (
            "UPDATE profiles SET name = 'Techno' WHERE (topic, name, dimension) = ('style', 'House', 'genre')",
            "style Techno, genre Electronic: 1 counted, expected nothing.",
        ),
        (
            "UPDATE profiles SET topic = 'label' WHERE (topic, name, dimension) = ('genre', 'Electronic', 'country')",
            "label Electronic, country UK: 1 counted, expected nothing.",
        ),
        (
            "DELETE FROM profiles WHERE (topic, name, dimension) = ('label', '5', 'artist')",
            "label 5, artist 1: nothing counted, expected 1.",
        ),
        (
            "UPDATE month_counts SET added = 9 WHERE entity = 'labels'",
            "2026-04-01 of labels: [9, 0, 0] counted, expected [2, 0, 0].",
        ),
        (
            "UPDATE month_counts SET changed = 9 WHERE entity = 'labels'",
            "2026-04-01 of labels: [2, 9, 0] counted, expected [2, 0, 0].",
        ),
        (
            "UPDATE month_counts SET removed = 9 WHERE entity = 'labels'",
            "2026-04-01 of labels: [2, 0, 9] counted, expected [2, 0, 0].",
        ),
        (
            "UPDATE month_counts SET dump = '2026-03-01' WHERE entity = 'labels'",
            "2026-03-01 of labels: [2, 0, 0] counted, expected nothing.",
        ),
        (
            "DELETE FROM month_counts WHERE entity = 'labels'",
            "2026-04-01 of labels: nothing counted, expected [2, 0, 0].",
        ),
    ],
)
def test_a_count_that_is_wrong_is_found(counted: Filled, dump: Path, damage: str, sentence: str) -> None:
    counted.sql(damage)
    report = compared(counted, dump)
    assert set(kinds(report)) == {"profiles"}
    assert sentence in report.differences["profiles"].examples


def test_counts_of_facts_that_are_wrong_are_not_judged(counted: Filled, dump: Path) -> None:
    counted.sql("UPDATE release_facts SET country = 'US' WHERE id = 100")
    assert only(compared(counted, dump), "facts").startswith("release 100: country")


def test_counts_that_are_still_being_made_are_no_difference(counted: Filled, dump: Path) -> None:
    counted.sql("DELETE FROM profiles")
    counted.sql("UPDATE derivations SET caught_up_at = NULL WHERE name = 'profiles'")
    report = compared(counted, dump)
    assert (report.equal, report.quirks["profiles that are still being made"]) == (True, 1)
