"""Records cut into batches for the graph."""

from __future__ import annotations

import json

import pytest

from functions.load_graph.batches import WriteBatch, batches
from functions.projection.projection_state import Due


def due(number: int, artists: int = 0) -> Due:
    document = {"artists": [{"id": 100 + each} for each in range(artists)], "genres": ["Rock"], "id": number}
    return Due(number, 1, 1999, json.dumps(document))


def ids(batch: WriteBatch) -> list[int]:
    return [row["id"] for row in batch.rows] + batch.gone


def test_a_batch_holds_so_many_records_at_most() -> None:
    found = [ids(batch) for batch in batches("releases", map(due, range(7)), 3)]
    assert found == [[0, 1, 2], [3, 4, 5], [6]]


def test_a_batch_holds_so_many_edges_at_most_and_one_record_at_least() -> None:
    records = [due(1, 3), due(2, 3), due(3, 40), due(4), due(5, 8), due(6)]
    found = list(batches("releases", records, 100, 10))
    assert [(ids(batch), batch.edges) for batch in found] == [([1, 2], 8), ([3], 41), ([4, 5], 10), ([6], 1)]


@pytest.mark.parametrize("gone", [Due(2, None, None, None), Due(2, None, 1999, "{}")])
def test_a_record_that_is_gone_is_named_by_its_id(gone: Due) -> None:
    [batch] = batches("releases", [due(1), gone], 10)
    assert ([row["id"] for row in batch.rows], batch.gone, batch.records) == ([1], [2], 2)


def test_no_records_make_no_batch() -> None:
    assert list(batches("artists", [], 10)) == []
