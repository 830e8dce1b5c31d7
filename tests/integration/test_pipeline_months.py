"""Months of a generated dump, one after the other, in the same stores. The tests of this file go on where the one
before them ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from functions.runs.run_status import WrittenCounts, run_view
from functions.runtime.entities import ENTITIES
from functions.runtime.errors import RefusedError
from functions.runtime.settings import Settings
from gateway.app import create_app
from infra.synth import mutate_dump
from infra.synth import write_dump as write_generated_dump
from tests.integration.pipeline import MAY, Pipeline, date_of, open_pipeline, small, write_dump
from tests.stack import FreshSettings

FIRST, SECOND, THIRD, FOURTH = "20260901", "20261001", "20261101", "20261201"
RELEASES = 1_500


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four months: the second and third differ in one record of a hundred, the fourth in one of ten."""
    root = tmp_path_factory.mktemp("dumps")
    write_generated_dump(root, releases=RELEASES, seed=11, dump=FIRST)
    for seed, (dump, changed) in enumerate([(SECOND, 0.01), (THIRD, 0.01), (FOURTH, 0.1)]):
        mutate_dump(root, root, changed=changed, seed=seed, dump=dump)
    return root


@pytest.fixture(scope="module")
def pipeline(settings: Settings) -> Iterator[Pipeline]:
    with open_pipeline(settings) as opened:
        yield opened


def changes(source: Path, dump: str) -> dict[str, dict[str, list[int]]]:
    path = source / "data" / "2026" / f"discogs_{dump}_changes.json"
    entities: dict[str, Any] = json.loads(path.read_text())["entities"]
    return entities


def all_of(found: dict[str, dict[str, list[int]]], *kinds: str) -> set[tuple[str, int]]:
    return {(entity, number) for entity in ENTITIES for kind in kinds for number in found[entity][kind]}


def test_a_first_load_ends_equal_to_the_dump(pipeline: Pipeline, source: Path) -> None:
    run = pipeline.load(source, date_of(FIRST))
    assert (run.state, run.reason) == ("done", None)
    assert pipeline.differences(source, date_of(FIRST)) == {}
    files, written = pipeline.files(run), pipeline.written(run)
    assert all(file.whole and file.problem is None for file in files.values())
    assert written.parts == len(pipeline.parts(run)) > 40
    assert written.rows == sum(file.records for file in files.values())
    assert written.edges > written.rows
    assert not pipeline.work_left()
    assert [file.drift for file in run_view(pipeline.context, run.id).files if file.drift] == []


def test_a_second_load_of_the_same_dump_writes_nothing(pipeline: Pipeline, source: Path) -> None:
    rows, graph = pipeline.rows(), pipeline.graph()
    run = pipeline.load(source, date_of(FIRST))
    assert run.state == "done"
    assert pipeline.written(run) == WrittenCounts(0, 0, 0, 0)
    assert {file.unchanged for file in pipeline.files(run).values()} == {
        file.records for file in pipeline.files(run).values()
    }
    assert pipeline.rows() == rows
    assert pipeline.graph() == graph


def test_the_next_month_writes_what_changed_and_nothing_else(pipeline: Pipeline, source: Path) -> None:
    before, found = pipeline.rows(), changes(source, SECOND)
    run = pipeline.load(source, date_of(SECOND))
    assert run.state == "done"
    assert pipeline.differences(source, date_of(SECOND)) == {}
    after = pipeline.rows()
    expected = all_of(found, "changed", "new", "removed")
    for entity in ENTITIES:
        old, new = ({row[1]: row for row in rows[entity]} for rows in (before, after))
        touched = {number for number in old.keys() | new.keys() if old.get(number) != new.get(number)}
        assert touched == {number for kind, number in expected if kind == entity}
        assert all(new[number][3] == date_of(SECOND) for number in touched & new.keys())
    written = pipeline.written(run)
    assert written.rows == len(expected)
    assert 0 < written.edges < 40 * written.rows
    assert written.nodes < 12 * written.rows


def test_what_the_month_no_longer_has_is_a_tombstone(pipeline: Pipeline, source: Path) -> None:
    removed = all_of(changes(source, SECOND), "removed")
    assert removed
    assert pipeline.tombstones() == removed
    rows = pipeline.query("SELECT dump, removed_in, data ->> 'id', id FROM tombstones")
    assert {(dump, gone, int(number)) for dump, gone, number, _ in rows} == {
        (date_of(FIRST), date_of(SECOND), number) for *_, number in rows
    }


def test_the_month_after_that_ends_equal_too(pipeline: Pipeline, source: Path) -> None:
    found, buried = changes(source, THIRD), pipeline.tombstones()
    returned, removed = all_of(found, "returned"), all_of(found, "removed")
    assert returned
    assert removed
    assert pipeline.load(source, date_of(THIRD)).state == "done"
    assert pipeline.differences(source, date_of(THIRD)) == {}
    assert pipeline.tombstones() == (buried - returned) | removed


def test_three_months_end_as_the_third_loaded_by_the_bulk_road_alone(
    pipeline: Pipeline, source: Path, fresh_settings: FreshSettings
) -> None:
    with open_pipeline(fresh_settings()) as fresh:
        run = fresh.load(source, date_of(THIRD), bulk="yes")
        assert (run.state, run.bulk) == ("done", ["table", "graph"])
        assert fresh.differences(source, date_of(THIRD)) == {}
        assert fresh.documents() == pipeline.documents()
        assert fresh.graph() == pipeline.graph()


def test_records_that_come_back_are_restored(pipeline: Pipeline, source: Path) -> None:
    buried, found = pipeline.tombstones(), changes(source, FOURTH)
    returned = all_of(found, "returned")
    assert returned <= buried
    assert returned
    run = pipeline.load(source, date_of(FOURTH))
    assert run.state == "done"
    assert pipeline.differences(source, date_of(FOURTH)) == {}
    assert pipeline.tombstones() == (buried - returned) | all_of(found, "removed")


def test_an_older_dump_is_refused(pipeline: Pipeline, source: Path) -> None:
    with pytest.raises(RefusedError, match=f"The stores hold the dump {FOURTH}, newer than {THIRD}"):
        pipeline.begin(source, date_of(THIRD))
    assert pipeline.query("SELECT count(*) FROM runs WHERE state = 'running'") == [(0,)]


def test_every_page_says_that_the_data_is_generated(pipeline: Pipeline) -> None:
    with TestClient(create_app(pipeline.context.settings)) as client:
        for path in ("/", "/about", "/search", "/lookup", "/operations"):
            assert "Generated data: names and records are invented." in client.get(path).text, path


def test_real_data_is_refused_over_generated_data(pipeline: Pipeline, tmp_path: Path) -> None:
    write_dump(tmp_path, MAY, small())
    with pytest.raises(RefusedError, match="The stores hold generated data and this dump is Discogs data"):
        pipeline.begin(tmp_path, force=True)
    assert pipeline.query("SELECT count(*) FROM runs WHERE state IN ('running', 'paused', 'finishing')") == [(0,)]
