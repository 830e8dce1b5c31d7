"""What `bench cluster` computes from the CPU of a load."""

from __future__ import annotations

from typing import Any

import pytest

from infra.bench.cases.cluster import predicted, table
from infra.bench.harness.figures import NothingToDo

#: CPU seconds for a release.
COST = {"split": 50e-6, "parse-chunk": 100e-6, "load-table": 50e-6, "postgres": 100e-6, "graph": 200e-6, "broker": 1e-6}


def test_the_table_says_for_each_number_of_workers_what_is_the_limit_at_which_rate() -> None:
    rows = [(found.name.removeprefix("cluster, neo4j, ").strip(), found.value) for found in table(COST, "neo4j", 4)]
    expected: list[tuple[str, Any]] = [
        ("1 workers, limit: the workers", pytest.approx(5_000)),
        ("2 workers, limit: the workers", pytest.approx(10_000)),
        ("4 workers, limit: graph", pytest.approx(20_000)),
        ("8 workers, limit: graph", pytest.approx(20_000)),
        ("16 workers, limit: graph", pytest.approx(20_000)),
        ("32 workers, limit: graph", pytest.approx(20_000)),
        ("64 workers, limit: graph", pytest.approx(20_000)),
    ]
    assert rows == expected


def test_a_rate_is_foretold_by_all_cores_or_by_the_function_that_has_too_few() -> None:
    assert predicted(COST, 1, 2) == pytest.approx(2 / 501e-6)  # the cores
    assert predicted(COST, 1, 100) == pytest.approx(1 / 100e-6)  # one that parses
    assert predicted(COST, 3, 100) == pytest.approx(1 / 50e-6)  # one that splits: there is never another


def test_nothing_is_foretold_of_a_load_that_took_nothing() -> None:
    with pytest.raises(NothingToDo):
        predicted({}, 1, 2)
    with pytest.raises(NothingToDo):
        list(table({"split": 1e-6}, "neo4j", 4))
