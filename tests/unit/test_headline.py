"""The first line, and what needs a person."""

from __future__ import annotations

import pytest

from functions.derivations.status import DerivationStatus
from functions.operations.headline import headline_of, time_left
from functions.operations.idle_reasons import Reason
from functions.operations.needs import needs_of
from functions.operations.plurals import listed
from functions.operations.run_progress import Step
from tests.unit.installations import a_file, ago, ended, parts, progress

WHOLE = a_file("artists")
HALF = a_file(state="fetched", read_bytes=280_000, records=500, began_at=ago(600), sent_at=ago(1))


def line(run, reasons=(), down=None, derivations=(), held=None):
    headline = headline_of(run, reasons, down or {}, derivations, held)
    return headline.level, headline.text


def test_a_load_says_how_far_it_is_and_how_long_it_takes():
    run = progress(
        parts("done", 10, "artists"), parts("done", 4), parts("loaded", 1), files=[WHOLE, HALF],
        ended=[ended("cut"), ended("parsed"), ended("loaded", rate=0.5)],
    )  # fmt: skip
    assert line(run) == ("busy", "Loading 2026-11: releases 40 %, about 20 minutes left; everything answers.")


def test_a_bulk_load_says_that_the_graph_comes_after():
    run = progress(parts("done", 5), files=[HALF], bulk_table=True, bulk_graph=True, ended=[ended("parsed", rate=5)])
    assert line(run) == (
        "busy",
        "Loading 2026-11: releases 50 %, about 10 minutes left, and then the graph; everything answers.",
    )


def test_a_run_that_does_not_move_says_why():
    run = progress(parts("done", 5), parts("loaded", 5))
    text = "5 parts of releases wait for load-graph, which was scaled to 0: `x` wakes it."
    assert line(run, [Reason("scaled-to-zero", text, "load-graph")]) == (
        "warn",
        "Loading 2026-11: releases 50 %; nothing moves: load-graph was scaled to 0; everything answers.",
    )
    assert line(run, [Reason("waits-for-room", "Reading releases waits for room.", "split")])[1] == (
        "Loading 2026-11: releases 50 %; nothing moves: reading releases waits for room; everything answers."
    )


def test_a_function_that_is_being_woken_is_no_standstill():
    run = progress(parts("done", 5), parts("loaded", 5))
    assert line(run, [Reason("waking", "x", "load-graph")]) == (
        "busy",
        "Loading 2026-11: releases 50 %; load-graph is being woken; everything answers.",
    )


@pytest.mark.parametrize(
    ("given", "level", "text"),
    [
        ({"state": "paused"}, "warn", "The load of 2026-11 is paused at 50 %; everything answers."),
        ({"state": "failed", "reason": "No."}, "bad", "The load of 2026-11 has failed: No; everything answers."),
        ({"state": "stopped"}, "warn", "The load of 2026-11 stopped at a limit: nobody knows why; everything answers."),
        ({"state": "done"}, "ok", "Idle: the stores hold 2026-10; everything answers."),
        ({"state": "cancelled"}, "ok", "Idle: the stores hold 2026-10; everything answers."),
    ],
)  # fmt: skip
def test_a_run_that_is_not_on_says_how_it_is(given, level, text):
    assert line(progress(parts("done", 5), parts("cut", 5), **given), held="2026-10") == (level, text)


def test_the_end_of_a_run_names_its_step():
    step = Step("graph", "releases", 500, 1_000, ago(300), ago(1), None)
    run = progress(parts("done", 10), state="finishing", steps=[step])
    assert line(run) == (
        "busy",
        "Loading 2026-11: at its end, graph releases, about 5 minutes left; everything answers.",
    )
    assert line(progress(parts("done", 10), state="finishing"))[1] == "Loading 2026-11: at its end; everything answers."


def test_a_download_says_how_much_is_here():
    files = [a_file(state="listed", read_bytes=140_000, records=0, began_at=None, split_at=None)]
    assert line(progress(files=files))[1] == "Loading 2026-11: fetching releases 25 %; everything answers."


def test_stores_that_are_down_are_named():
    assert line(None) == ("ok", "Nothing was loaded yet; everything answers.")
    assert line(progress(state="done"), down={"graph": "x", "broker": "y"}, held="2026-11") == (
        "bad",
        "Idle: the stores hold 2026-11; the graph and the broker do not answer.",
    )
    assert line(None, down={"PostgreSQL": "PostgreSQL does not answer."}) == (
        "bad",
        "PostgreSQL does not answer. Nothing moves until it answers.",
    )


def test_what_is_derived_after_a_run_is_said():
    facts = DerivationStatus("release-facts", 1, False, None, 16, 0.25, 12, 0, None)
    assert line(progress(state="done"), derivations=[facts], held="2026-11") == (
        "ok",
        "Bringing release-facts up to 2026-11: 25 % done, 12 batches left; everything answers.",
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (20, "less than a minute left"),
        (60, "about 1 minute left"),
        (1_920, "about 32 minutes left"),
        (5_399, "about 90 minutes left"),
        (7_200, "about 2 hours left"),
        (200_000, "about 2 days left"),
    ],
)
def test_time_left_is_said_as_people_say_it(seconds, text):
    assert time_left(seconds) == text


def kinds(*given, **more):
    return [(need.kind, need.action) for need in needs_of(*given, **more)]


def test_what_needs_a_person_says_what_can_be_done():
    assert kinds(None) == []
    assert kinds(progress(state="failed", reason="x")) == [("run-failed", "resume")]
    assert kinds(progress(state="stopped", reason="x")) == [("run-stopped", None)]
    assert kinds(progress(state="paused")) == [("run-paused", "unpause")]
    assert kinds(progress(state="cancelled")) == kinds(progress(state="done")) == []
    assert kinds(progress(parts("dead", 2), parts("cut"))) == [("dead-parts", "requeue")]
    scaled = Reason("scaled-to-zero", "x", "load-graph")
    assert kinds(None, [scaled, scaled]) == [("scaled-to-zero", "scale:load-graph")]
    assert kinds(None, [Reason("store-down", "x"), Reason("waking", "x", "split")]) == [("store-down", None)]
    assert kinds(None, overdue=["x"], disk=["y"], new_dump="20261201") == [
        ("schedule-overdue", None),
        ("disk", None),
        ("new-dump", "load"),
    ]


def test_dead_letters_are_named_where_no_part_and_no_batch_speaks_for_them():
    facts = DerivationStatus("release-facts", 1, False, None, 3, 0.0, 0, 3, "no")
    letters = {"derive": 3, "split.artists": 0}
    assert kinds(None, (), [facts], letters) == [("dead-batches", "requeue")]
    [need] = needs_of(None, (), (), letters)
    assert need.text == "There are dead letters: 3 in derive."
    assert kinds(progress(parts("dead")), (), (), {"parse-chunk.releases": 1}) == [("dead-parts", "requeue")]


@pytest.mark.parametrize(
    ("names", "sentence"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_names_are_listed_as_people_list_them(names: list[str], sentence: str) -> None:
    assert listed(names) == sentence
