"""Real records amid generated ones of the same words stand where people look for them, however they type them."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from functions.derivations.plan import forget_derivations, plan_derivations
from infra.bench.cases.search_quality import Target, add_generated, ask, real_records, targets_of
from tests.integration.pipeline import Pipeline

TABLES_ONLY = True

#: Generated records, beside those that a word of a target needs to be in twenty others.
_ROWS: Final = 20_000
#: Questions of a kind that say enough by their mean. Fewer may lie below what is meant by chance: they miss it only if
#: all of the interval of 95 % lies below.
_MANY: Final = 100
_MEANT: Final = {
    "the name": 0.95,
    "without accents": 0.93,
    "one typo": 0.85,
    "words in another order": 0.85,
    "a name variation": 0.85,
    "two neighbours of a name without blanks": 0.95,
    "a barcode with blanks or without its check digit": 0.99,
}


@pytest.fixture(scope="module")
def real(opened: Pipeline, samples: Path) -> list[Target]:
    """The records of a slice of a real dump, which are loaded."""
    opened.reset()
    assert opened.load(samples, date(2020, 8, 6), bulk="yes", only_store="table").state == "done"
    return real_records(opened.context)


@pytest.fixture(scope="module")
def targets(opened: Pipeline, real: list[Target]) -> list[Target]:
    """Those that are looked for, amid generated records that have an entry as they do."""
    draw = random.Random(11)
    chosen = targets_of(real, draw)
    add_generated(opened.context, real, chosen, _ROWS, draw)
    with opened.context.connection() as connection:
        forget_derivations(connection, ["search"])
    opened.go_on(plan_derivations(opened.context))
    return chosen


@pytest.mark.parametrize("name", _MEANT)
def test_what_is_looked_for_stands_high(opened: Pipeline, real: list[Target], targets: list[Target], name: str) -> None:
    kind = ask(opened.context, name, real, targets, random.Random(name))
    _, highest = kind.interval
    reached = kind.mean if len(kind.worth) >= _MANY else highest
    assert reached >= _MEANT[name], f"{kind.mean:.3f} by {len(kind.worth)} questions, {kind.interval}"
