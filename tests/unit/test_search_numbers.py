"""Numbers in fields of a search: all of them are looked up within one time, and none that can change nothing."""

from __future__ import annotations

import time
from typing import Any, cast

import pytest

from functions.discover.lookup.read import Hit, Lookup, Match
from functions.discover.search import numbers
from functions.discover.search.query import parse_query
from functions.runtime.stores.context import Context

NO_CONTEXT = cast("Context", None)


class LookUps:
    """Look-ups that take a while each: what was asked, in how many seconds it was to be answered."""

    def __init__(self, found: dict[str, list[int]], lasts: float = 0.0) -> None:
        self.asked: list[tuple[str, float]] = []
        self._found, self._lasts = found, lasts

    def __call__(self, _: Context, text: str, *__: Any, seconds: float, **___: Any) -> Lookup:
        self.asked.append((text, seconds))
        time.sleep(self._lasts)
        hits = [hit(number) for number in self._found.get(text, [7])]
        return Lookup(text, [], hits, None, None, partial=seconds <= 0)


def hit(number: int) -> Hit:
    match = Match("catno", "Catalogue number", "x", None, "exact")
    return Hit(number, "", "", "", "", "", None, None, "", [match])


def test_a_search_of_many_numbers_looks_few_up(monkeypatch: pytest.MonkeyPatch) -> None:
    look_ups = LookUps({})
    monkeypatch.setattr(numbers, "look_up", look_ups)
    query = parse_query(" ".join(f"catno:{number}" for number in range(45)))
    assert numbers.releases_with(NO_CONTEXT, query) == ((7,), False)
    assert [text for text, _ in look_ups.asked] == ["0", "1", "2", "3"]


def test_no_number_is_looked_up_behind_those_that_no_release_bears_together(monkeypatch: pytest.MonkeyPatch) -> None:
    look_ups = LookUps({"a": [1, 2], "b": [3], "c": [1]})
    monkeypatch.setattr(numbers, "look_up", look_ups)
    assert numbers.releases_with(NO_CONTEXT, parse_query("catno:a catno:b catno:c")) == ((), False)
    assert [text for text, _ in look_ups.asked] == ["a", "b"]


def test_all_numbers_share_one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    look_ups = LookUps({}, lasts=0.1)
    monkeypatch.setattr(numbers, "look_up", look_ups)
    monkeypatch.setattr(numbers, "BUDGET_S", 0.15)
    assert numbers.releases_with(NO_CONTEXT, parse_query("catno:a catno:b catno:c")) == ((7,), True)
    seconds = [seconds for _, seconds in look_ups.asked]
    assert seconds[0] > seconds[1] > seconds[2] == 0.0
