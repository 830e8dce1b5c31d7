"""What is due next, for each state of the ledger."""

from __future__ import annotations

import datetime as dt
from typing import Any, get_args

import pytest

from functions.registry import FUNCTIONS
from functions.runtime.entities import Entity
from functions.runtime.function_table import queue_of
from functions.runtime.ledger.models import Backlog, File, FileState, Part, Run, RunState, Totals
from functions.runtime.ledger.next_messages import due, due_after_split, lost, queue_of_backlog, state_before
from functions.runtime.messages import Download, Finish, LoadGraph, LoadTable, ParseChunk, PartState, Split

NOW = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


def a_run(state: RunState = "running", only_store: Any = None, bulk: Any = ()) -> Run:
    return Run(
        id=7, kind="load", dump=NOW.date(), source="s", synthetic=False, entities=["artists"], only_store=only_store,
        engine="lxml", accept_deletions=False, bulk_table="table" in bulk,
        bulk_graph="graph" in bulk, state=state, reason=None, rows=0, nodes=0, edges=0, started_at=NOW,
        finished_at=None,
    )  # fmt: skip


def a_file(entity: Entity, state: FileState) -> File:
    return File(
        run=7, entity=entity, name="n", sha256="", bytes=1, location="l", state=state, records=0, unchanged=0,
        read_bytes=0, parts=None, whole=False, problem=None, seen_key=None, sent_at=None, attempts=0,
    )  # fmt: skip


def a_part(number: int, state: PartState, **given: Any) -> Part:
    values: dict[str, Any] = {
        "kind": "xml", "records": 1, "stream_end": 0, "quarantined": 0, "rows": 0, "nodes": 0, "edges": 0,
        "died_in": None, "error": None, "sent_at": None, "attempts": 0,
    }  # fmt: skip
    return Part(run=7, entity="artists", part=number, state=state, **(values | given))


NONE, SOME, DEAD = Totals(0, 0), Totals(3, 0), Totals(0, 1)
SPLIT = [a_file("artists", "split"), a_file("labels", "missing")]


@pytest.mark.parametrize("state", [state for state in get_args(RunState) if state not in {"running", "finishing"}])
def test_a_run_that_is_paused_or_over_has_nothing_due(state: RunState) -> None:
    files = [a_file("artists", "listed"), a_file("labels", "fetched")]
    assert due(FUNCTIONS, a_run(state), files, [a_part(0, "cut")], NONE) == []
    assert due(FUNCTIONS, a_run(state), SPLIT, [], NONE) == []


def test_finish_is_called_after_the_last_split_whatever_is_left() -> None:
    assert due_after_split(a_run(), SPLIT) == [Finish(run=7)]
    assert due_after_split(a_run(), [*SPLIT, a_file("masters", "fetched")]) == []
    assert due_after_split(a_run("paused"), SPLIT) == due_after_split(a_run("cancelled"), SPLIT) == []


def test_splits_wait_until_every_file_is_fetched() -> None:
    files = [a_file("artists", "fetched"), a_file("labels", "listed"), a_file("masters", "missing")]
    assert due(FUNCTIONS, a_run(), files, [], NONE) == [Download(run=7, entity="labels")]
    files = [a_file("artists", "fetched"), a_file("labels", "fetched"), a_file("masters", "missing")]
    assert due(FUNCTIONS, a_run(), files, [], NONE) == [Split(run=7, entity="artists"), Split(run=7, entity="labels")]


def test_a_part_is_due_for_the_step_that_its_state_calls_for() -> None:
    parts = [a_part(0, "cut"), a_part(1, "parsed"), a_part(2, "loaded"), a_part(3, "done"), a_part(4, "dead")]
    assert due(FUNCTIONS, a_run(), SPLIT, parts, SOME) == [
        ParseChunk(run=7, entity="artists", part=0),
        LoadTable(run=7, entity="artists", part=1),
        LoadGraph(run=7, entity="artists", part=2),
    ]


def test_parts_go_on_while_other_files_are_still_being_split() -> None:
    files = [a_file("artists", "split"), a_file("labels", "fetched")]
    assert due(FUNCTIONS, a_run(), files, [a_part(0, "parsed")], SOME) == [
        Split(run=7, entity="labels"),
        LoadTable(run=7, entity="artists", part=0),
    ]


def test_a_damaged_part_is_due_for_the_split_of_its_file_once() -> None:
    parts = [a_part(0, "damaged"), a_part(1, "damaged"), a_part(2, "parsed")]
    assert due(FUNCTIONS, a_run(), SPLIT, parts, SOME) == [
        Split(run=7, entity="artists"),
        LoadTable(run=7, entity="artists", part=2),
    ]
    assert due(FUNCTIONS, a_run(), [a_file("artists", "fetched")], parts[:2], SOME) == [Split(run=7, entity="artists")]
    assert due(FUNCTIONS, a_run("paused"), SPLIT, parts, SOME) == []


def test_finish_waits_for_every_split() -> None:
    assert due(FUNCTIONS, a_run(), [a_file("artists", "split"), a_file("labels", "fetched")], [], NONE) == [
        Split(run=7, entity="labels")
    ]


@pytest.mark.parametrize(("totals", "expected"), [(NONE, [Finish(run=7)]), (SOME, []), (DEAD, [])])
@pytest.mark.parametrize("state", ["running", "finishing"])
def test_finish_waits_for_every_part_dead_ones_too(state: RunState, totals: Totals, expected: list[Finish]) -> None:
    assert due(FUNCTIONS, a_run(state), SPLIT, [], totals) == expected


def test_a_run_without_files_goes_straight_to_its_end() -> None:
    assert due(FUNCTIONS, a_run(), [], [], NONE) == [Finish(run=7)]


def test_a_finishing_run_starts_no_files_again() -> None:
    files = [a_file("artists", "listed"), a_file("labels", "fetched")]
    assert due(FUNCTIONS, a_run("finishing"), files, [a_part(9, "loaded", kind="ids")], SOME) == [
        LoadGraph(run=7, entity="artists", part=9)
    ]


@pytest.mark.parametrize(
    ("only_store", "bulk", "next_state"),
    [(None, (), "loaded"), (None, ("table",), "loaded"), (None, ("table", "graph"), "done"), ("table", (), "done")],
)
def test_parts_go_on_to_the_graph_unless_the_run_fills_it_as_a_whole(
    only_store: str | None, bulk: tuple[str, ...], next_state: str
) -> None:
    run = a_run(only_store=only_store, bulk=bulk)
    assert ("loaded" if run.projects_parts else "done") == next_state
    assert run.bulk == list(bulk)


@pytest.mark.parametrize(
    ("sent", "depth", "window", "expected"),
    [
        (24, 24, 200, 0),  # all wait in the queue
        (24, 264, 200, 0),  # and some of them twice
        (24, 23, 200, 1),
        (24, 0, 200, 24),  # the broker forgot everything
        (500, 0, 200, 200),
        (0, 0, 200, 0),
        (0, 3, 200, 0),
    ],
)
def test_what_its_queue_holds_is_not_lost(sent: int, depth: int, window: int, expected: int) -> None:
    assert lost(Backlog("releases", "loaded", 7_000, sent), depth, window) == expected


@pytest.mark.parametrize(("state", "kind"), FUNCTIONS.steps.items())
def test_each_state_waits_in_the_queue_of_its_step(state: PartState, kind: Any) -> None:
    message = kind(run=7, entity="labels", part=0)
    assert queue_of_backlog(FUNCTIONS, Backlog("labels", state, 0, 1)) == queue_of(message)
    assert state_before(FUNCTIONS, message) == state
