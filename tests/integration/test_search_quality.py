"""Real records amid generated ones of the same words stand where people look for them, however they type them."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from functions.derivations.plan import forget_derivations, plan_derivations
from infra.bench.cases.search_quality import Kind, add_generated, questions_of
from tests.integration.pipeline import Pipeline

TABLES_ONLY = True

#: Generated records, questions of each kind, and what they are to reach at least: a little below what the benchmark of
#: many more asks for, since so few questions tell no more.
_ROWS, _QUESTIONS = 3_000, 60
_LEAST: Final = {
    "the name": 0.93,
    "without accents": 0.9,
    "one typo": 0.8,
    "words in another order": 0.8,
    "a name variation": 0.8,
    "two neighbours of a name without blanks": 0.9,
    "a barcode with blanks or without its check digit": 0.97,
}


@pytest.fixture(scope="module")
def kinds(opened: Pipeline, samples: Path) -> dict[str, Kind]:
    opened.reset()
    assert opened.load(samples, date(2020, 8, 6), bulk="yes", only_store="table").state == "done"
    draw = random.Random(11)
    real = add_generated(opened.context, _ROWS, draw)
    with opened.context.connection() as connection:
        forget_derivations(connection)
    opened.go_on(plan_derivations(opened.context))
    return {kind.name: kind for kind in questions_of(opened.context, real, draw, _QUESTIONS)}


@pytest.mark.parametrize("name", _LEAST)
def test_what_is_looked_for_stands_high(kinds: dict[str, Kind], name: str) -> None:
    if kinds[name].worth:
        assert kinds[name].mean >= _LEAST[name], f"{len(kinds[name].worth)} questions"
