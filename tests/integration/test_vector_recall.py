"""What an index finds of sixty thousand vectors, with filters and without, against a comparison with all of them."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

import pytest

from functions.derivations.plan import plan_derivations
from functions.discover.meaning import nearest as asking
from functions.embed.engines.choose import open_engine
from functions.embed.state import states_of
from functions.embed.vector_index import LEAST_RECALL
from infra.bench.cases.embed_records import add_records
from infra.bench.cases.vector_recall import Recalls, add_facets, filters_by_name
from tests.integration.pipeline import Pipeline

TABLES_ONLY = True

_RECORDS = 60_000
#: The recall of each combination.
_FOUND: list[float] = []


@pytest.fixture(scope="module")
def recalls(opened: Pipeline) -> Iterator[Recalls]:
    opened.reset()
    add_records(opened.context, "artists", _RECORDS)
    opened.go_on(plan_derivations(opened.context))
    with opened.context.connection() as connection:
        state = states_of(connection)["artists"]
    assert (state.records, state.indexed, state.lists) == (_RECORDS, state.vectors, _RECORDS // 1_000)
    opened.query("TRUNCATE search_entries_0, search_entries_1, search_entries_2, search_entries_3")
    add_facets(opened.context, "artists")
    yield Recalls(opened.context, open_engine("static"), "artists")
    opened.reset()


@pytest.mark.parametrize("kind", ["names", "descriptions"])
@pytest.mark.parametrize("name", filters_by_name())
@pytest.mark.parametrize("exact_below", [50_000, 2_000], ids=["few that match compared", "most by the index"])
def test_nearly_all_of_the_nearest_are_found(
    recalls: Recalls, kind: str, name: str, exact_below: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "EXACT_BELOW", exact_below)
    monkeypatch.setattr(asking, "BUDGET_S", 60.0)
    matching, recall = recalls.of(kind, filters_by_name()[name])
    assert matching >= 300
    assert recall >= LEAST_RECALL  # its centres are drawn by chance
    _FOUND.append(recall)


def test_more_than_that_are_found_on_the_average() -> None:
    assert _FOUND
    assert fmean(_FOUND) >= 0.95
