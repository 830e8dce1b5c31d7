"""Which dead letters a filter wants."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from functions.operations.dead_letter_list import LetterFilter, LetterSort, LetterView, in_order, matching
from functions.operations.sorting import Order

NOW = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
LETTERS = [
    LetterView("a", "load-table", "load-table.labels", 1, "labels", 3, None, "It is Broken", NOW, held=True),
    LetterView("b", "derive", "derive", None, None, None, 7, "poison", NOW, held=True),
    LetterView("c", None, "split.labels", None, None, None, None, "cannot be read", None, held=True),
    LetterView("1.labels.4", "load-graph", "load-graph.labels", 1, "labels", 4, None, "", None, held=False),
]


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (LetterFilter(), ["a", "b", "c", "1.labels.4"]),
        (LetterFilter(ids=["c", "x"]), ["c"]),
        (LetterFilter(ids=[]), []),
        (LetterFilter(run=1), ["a", "1.labels.4"]),
        (LetterFilter(entity="labels", function="load-table"), ["a"]),
        (LetterFilter(run=1, entity="labels", part=4), ["1.labels.4"]),
        (LetterFilter(part=7), []),
        (LetterFilter(function="derive"), ["b"]),
        (LetterFilter(text="BROKEN"), ["a"]),
        (LetterFilter(since=NOW), ["a", "b"]),
        (LetterFilter(until=NOW), []),
    ],
)
def test_a_letter_is_wanted_where_all_that_is_given_matches(wanted: LetterFilter, ids: list[str]) -> None:
    assert [letter.id for letter in matching(LETTERS, wanted)] == ids


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        (Order("message"), ["c", "b", "1.labels.4", "a"]),
        (Order("run"), ["1.labels.4", "a", "b", "c"]),
        (Order("run", descending=True), ["a", "1.labels.4", "b", "c"]),
        (Order("queue", descending=True), ["c", "a", "1.labels.4", "b"]),
        (Order("at"), ["a", "b", "c", "1.labels.4"]),
    ],
)
def test_letters_are_sorted_by_a_column_and_those_without_a_value_come_last(order: Order, ids: list[str]) -> None:
    assert [letter.id for letter in in_order(LETTERS, order)] == ids


@pytest.mark.parametrize("sort", ["message", "run", "queue", "at"])
def test_letters_of_one_id_and_one_value_are_sorted_as_well(sort: LetterSort) -> None:
    twice = [LETTERS[0], msgspec.structs.replace(LETTERS[0], error="another")]
    for descending in (False, True):
        assert in_order(twice, Order(sort, descending)) == twice
