"""Real dumps of both forms, in their order: each ends equal to itself. The tests go on where the one before ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest

from functions.runs.run_status import WrittenCounts, run_view
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.settings import Settings
from functions.search_entries.words import fold, plain_name
from tests.integration.pipeline import Pipeline, open_pipeline

OLD, TODAY = date(2020, 8, 6), date(2026, 4, 1)


@pytest.fixture(scope="module")
def pipeline(settings: Settings) -> Iterator[Pipeline]:
    with open_pipeline(settings, part_bytes=1_000_000) as opened:
        yield opened


def test_the_form_of_today_ends_equal_and_a_second_load_writes_nothing(pipeline: Pipeline, samples: Path) -> None:
    loads_and_loads_again(pipeline, samples, TODAY)
    assert pipeline.ids("labels") == set()
    assert_names_are_found(pipeline, ("artists", "masters", "releases"))


def test_the_older_form_ends_equal_and_a_second_load_writes_nothing(pipeline: Pipeline, samples: Path) -> None:
    pipeline.reset()
    assert pipeline.graph() == ([], [])
    loads_and_loads_again(pipeline, samples, OLD)
    assert_names_are_found(pipeline, ENTITIES)


def loads_and_loads_again(pipeline: Pipeline, samples: Path, dump: date) -> None:
    run = pipeline.load(samples, dump)
    files = [file for file in pipeline.files(run).values() if file.state == "split"]
    assert run.state == "done"
    assert all(file.whole for file in files)
    assert pipeline.quarantined() == []
    assert [file.drift for file in run_view(pipeline.context, run.id).files if file.drift] == []
    assert pipeline.written(run).rows == sum(file.records for file in files) > 2_000
    assert pipeline.differences(samples, dump) == {}
    assert pipeline.written(pipeline.load(samples, dump)) == WrittenCounts(0, 0, 0, 0)


def assert_names_are_found(pipeline: Pipeline, entities: Iterable[Entity]) -> None:
    """Every name with a letter or digit, in whatever script, has words to be found by; one of letters stays whole."""
    other = 0
    for entity in entities:
        name = "name" if entity in {"artists", "labels"} else "title"
        rows = pipeline.query(f"SELECT {name} FROM {entity} WHERE {name} IS NOT NULL")  # noqa: S608
        telling = [row[0] for row in rows if any(letter.isalnum() for letter in row[0])]
        assert [one for one in telling if not any(letter.isalnum() for letter in plain_name(one))] == []
        scripts = [one for one in telling if not one.isascii()]
        other += len(scripts)
        assert [one for one in scripts if one.isalpha() and plain_name(one) != fold(one)] == []
    assert other > 20


def test_the_newer_dump_over_the_older_one_stops_and_removes_nothing(pipeline: Pipeline, samples: Path) -> None:
    before = {entity: pipeline.ids(entity) for entity in ENTITIES}
    run = pipeline.load(samples, TODAY)
    assert run.state == "stopped"
    assert "nothing was removed" in str(run.reason)
    assert all(before[entity] <= pipeline.ids(entity) for entity in ENTITIES)
    assert pipeline.tombstones() == set()


def test_with_both_accepted_it_ends_equal_to_the_newer_dump(pipeline: Pipeline, samples: Path) -> None:
    """Images are not in today's dumps any more."""
    run = pipeline.load(samples, TODAY, accept_deletions=True, accept_collapsed=True)
    assert run.state == "done"
    assert pipeline.differences(samples, TODAY) == {}
    assert len(pipeline.ids("labels")) == 1_000  # of an entity without a file nothing is removed
    assert {entity for entity, _ in pipeline.tombstones()} == {"artists", "masters", "releases"}
    assert pipeline.written(pipeline.load(samples, TODAY)) == WrittenCounts(0, 0, 0, 0)
