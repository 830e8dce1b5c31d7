"""The nearest names are found without measuring every distance."""

from __future__ import annotations

from random import Random

import pytest

from functions.discover.search import nearest
from functions.discover.search.nearest import nearest_of
from functions.discover.search.suggest import Row
from functions.search_entries.typos import distance

ASKED = "the quick brown fox jumps over the lazy dog and runs away it"


def named(number: int, name: str, prior: int = 0) -> Row:
    return (number % 4, number, prior, name, "")


def changed(dice: Random, text: str, most: int) -> str:
    letters = list(text)
    for _ in range(dice.randint(0, most)):
        at = dice.randrange(len(letters))
        letters[at : at + dice.randint(0, 2)] = dice.choices("abcdefghij", k=dice.randint(0, 2))
        letters = letters or ["a"]
    return "".join(letters)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of which the distance was measured."""
    seen: list[str] = []

    def noted(one: str, other: str) -> int:
        seen.append(one)
        return distance(one, other)

    monkeypatch.setattr(nearest, "distance", noted)
    return seen


@pytest.mark.parametrize("seed", range(40))
def test_they_are_those_that_measuring_all_would_find(seed: int) -> None:
    dice = Random(seed)
    asked = "".join(dice.choices("abcdefghij", k=dice.randint(3, 12)))
    rows = [named(number, changed(dice, asked, 9), dice.randint(0, 3)) for number in range(100)]
    dice.shuffle(rows)
    every = sorted(rows, key=lambda row: (distance(row[3], asked), -row[2], row[:2]))
    assert nearest_of(rows, asked) == every[:5]


def test_of_many_long_names_few_are_measured(measured: list[str]) -> None:
    dice = Random(1)
    near = [named(number, ASKED.replace("fox", "f" * number)) for number in range(1, 6)]
    far = [named(number, "".join(dice.choices("abcdefghij", k=60))) for number in range(10, 605)]
    assert {row[1] for row in nearest_of([*far, *near], ASKED)} == {1, 2, 3, 4, 5}
    assert len(measured) < 10


def test_of_names_of_the_same_letters_not_all_are_measured(measured: list[str]) -> None:
    dice = Random(1)
    rows = [named(number, " ".join(dice.sample(ASKED.split(), 13)), number) for number in range(600)]
    assert len(nearest_of(rows, ASKED)) == 5
    assert len(measured) == nearest._MEASURED


def test_equally_near_and_known_names_come_in_the_order_of_their_ids() -> None:
    rows = [named(number, "bjork") for number in (12, 4, 8, 16, 20, 24)]
    assert (
        nearest_of(rows, "bjork") == nearest_of(rows[::-1], "bjork") == [named(n, "bjork") for n in (4, 8, 12, 16, 20)]
    )
