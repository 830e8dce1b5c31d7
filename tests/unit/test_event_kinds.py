"""Events: each kind has a level and words, whatever its detail holds."""

from __future__ import annotations

import re

import pytest

from functions.runtime.ledger.event_kinds import LEVELS, TOLD, kinds_of, level_of, words_of
from infra.generate_docs import DOCS

DOCUMENTED = re.findall(r"^\| `([a-z-]+)` \|", (DOCS / "events.md").read_text().partition("## Steps")[0], re.MULTILINE)


@pytest.mark.parametrize(
    ("kind", "level"),
    [
        ("run-failed", "error"),
        ("part-dead", "error"),
        ("run-stopped", "warning"),
        ("run-done", "info"),
        ("new-one", "info"),
    ],
)
def test_a_kind_has_a_level(kind: str, level: str) -> None:
    assert level_of(kind) == level


def test_every_kind_of_a_level_has_that_level_and_is_documented() -> None:
    for level in LEVELS:
        assert {level_of(kind) for kind in kinds_of(level)} <= {level}
        assert set(kinds_of(level)) <= set(DOCUMENTED)


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_every_documented_kind_says_something_even_without_its_detail(kind: str) -> None:
    assert "{" not in words_of(kind, {})


def test_words_are_filled_from_the_detail_and_a_kind_that_is_not_known_shows_it() -> None:
    error = "a {brace} and %s"
    assert words_of("part-dead", {"part": 3, "entity": "labels", "error": error}) == (
        f"Part 3 of labels was given up: {error}"
    )
    assert words_of("of-tomorrow", {"a": 1, "b": "c"}) == "of-tomorrow a=1 b=c"


def test_what_is_told_to_others_is_documented() -> None:
    assert set(TOLD) <= set(DOCUMENTED)
