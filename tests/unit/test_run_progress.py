"""How far a run is, how fast it goes and how long it takes, by what the ledger has counted."""

from __future__ import annotations

import pytest

from functions.operations.rates import STALE_S, Work, rate_of, read_rate, run_seconds, stage_seconds
from functions.operations.run_progress import Step, progress_of
from functions.registry import FUNCTIONS
from functions.runtime.messages import LoadGraph, LoadTable, ParseChunk
from tests.unit.installations import NOW, a_file, ago, counted, ended, parts, progress

READING = a_file(state="fetched", read_bytes=280_000, records=500, began_at=ago(560), sent_at=ago(0))


def test_a_rate_counts_what_ended_after_the_first_part_and_goes_when_nothing_ends():
    assert rate_of(ended("cut", rate=50), NOW) == 50
    assert rate_of(ended("cut", rate=50, last=STALE_S - 1), NOW) == 50
    assert rate_of(ended("cut", rate=50, last=STALE_S + 1), NOW) is None
    alone = parts("cut")
    assert alone.parts == 1
    single = type(ended("cut"))("releases", "cut", 1, 600, 600, ago(60), ago(0), ago(0))
    assert rate_of(single, NOW) == 10


def test_a_file_is_read_as_fast_as_it_was_so_far():
    assert read_rate(280_000, ago(560), ago(0), NOW) == 500
    assert read_rate(280_000, None, ago(0), NOW) is None
    assert read_rate(280_000, ago(5_000), ago(STALE_S + 1), NOW) is None


def test_a_stage_takes_one_entity_after_the_other_and_an_unknown_one_as_fast_as_the_others():
    assert stage_seconds([]) == 0
    assert stage_seconds([Work(100, 1, None)]) is None
    assert stage_seconds([Work(100, 1, 10), Work(50, 4, 5)]) == 20
    assert stage_seconds([Work(100, 2, 10), Work(50, 4, None)]) == 20
    assert stage_seconds([Work(-5, 1, None)]) == 0


def test_a_run_takes_as_long_as_its_slowest_stage():
    assert run_seconds([None, 10, 1_234.5]) == 1_230
    assert run_seconds([None, None]) is None


def test_each_stage_says_how_many_records_are_through_and_how_many_are_expected():
    run = progress(parts("cut", 1), parts("parsed", 1), parts("loaded", 1), parts("done", 2), files=[READING])
    [entity] = run.entities
    assert (entity.records, entity.expected, entity.changed, entity.done) == (500, 1_000, 500, 200)
    assert entity.parts == {"cut": 1, "parsed": 1, "loaded": 1, "done": 2}
    assert [(stage.function, stage.records, stage.expected) for stage in entity.stages] == [
        ("split", 500, 1_000),
        ("parse-chunk", 400, 1_000),
        ("load-table", 300, 1_000),
        ("load-graph", 200, 1_000),
    ]
    assert entity.stages[0].rate == 500
    assert run.share == entity.share == 0.2


def test_each_stage_says_how_many_parts_are_through_and_how_long_the_rest_takes():
    run = progress(
        parts("cut", 1), parts("parsed", 1), parts("loaded", 1), parts("done", 2), files=[READING],
        ended=[ended("cut", 100), ended("loaded", 2)],
    )  # fmt: skip
    assert [(stage.function, stage.parts, stage.seconds_left) for stage in run.entities[0].stages] == [
        ("split", 5, 560),
        ("parse-chunk", 4, 6),
        ("load-table", 3, None),
        ("load-graph", 2, 400),
    ]
    [whole] = progress(parts("done", 10)).entities
    assert [stage.seconds_left for stage in whole.stages] == [0, 0, 0, 0]


def test_the_time_left_is_that_of_the_slowest_stage_over_all_entities():
    run = progress(
        parts("done", 10, "artists"), parts("loaded", 5), files=[a_file("artists"), READING],
        ended=[ended("cut", 100), ended("parsed", 50), ended("loaded", 1)],
    )  # fmt: skip
    assert run.seconds_left == 1_000  # the graph takes one a second, and the other half of the file is read in 560 s
    assert progress(parts("cut", 5), files=[a_file()], state="paused").seconds_left is None


def test_unchanged_records_need_nothing_more():
    file = a_file(state="fetched", read_bytes=280_000, records=500, unchanged=450, began_at=ago(560), sent_at=ago(0))
    [entity] = progress(parts("done", 1, records=50), files=[file]).entities
    assert entity.share == 0.5
    assert entity.stages[1].expected == 100


def test_a_graph_that_is_filled_again_counts_its_lists_of_ids():
    lists = [parts("loaded", 3, kind="ids"), parts("done", 1, kind="ids")]
    run = progress(
        *lists, files=[a_file(state="missing", bytes=0, records=0)], kind="rebuild", only_store="graph", dump=None
    )
    [entity] = run.entities
    assert entity.share == 0.25
    assert [stage.function for stage in entity.stages] == ["load-graph"]
    assert progress(parts("done", 1, kind="ids"), parts("done", 1)).entities[0].changed == 100


@pytest.mark.parametrize(
    ("given", "stages"),
    [
        ({}, [ParseChunk, LoadTable, LoadGraph]),
        ({"only_store": "table"}, [ParseChunk, LoadTable]),
        ({"bulk_graph": True}, [ParseChunk, LoadTable]),
        ({"only_store": "graph"}, [LoadGraph]),
    ],
)
def test_a_run_has_the_stages_that_its_parts_go_through(given, stages):
    names = [FUNCTIONS.spec(name).message for name in [s.function for s in progress(**given).entities[0].stages[1:]]]
    assert names == stages


def test_the_step_in_hand_says_how_long_it_takes():
    step = Step("graph", "releases", 250, 1_000, ago(100), ago(0), None)
    assert progress(state="finishing", steps=[step]).seconds_left == 300
    assert progress(state="finishing", steps=[]).seconds_left is None


def test_nothing_ticks_while_nothing_ends():
    still = counted(parts("loaded", 5), ended=[ended("parsed")])
    later = type(still)(NOW.replace(second=30), still.run, still.files, still.parts, still.ended, still.steps)
    assert progress_of(still, FUNCTIONS) == progress_of(later, FUNCTIONS)
