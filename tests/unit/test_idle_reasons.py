"""Why nothing moves: each reason by itself, and none while all goes on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from functions.derivations.status import DerivationStatus
from functions.operations.idle_reasons import KINDS
from functions.operations.run_progress import Step
from functions.runtime.process.worker_reports import FunctionWorkers
from tests.unit.installations import (
    BUSY,
    NOW,
    a_file,
    ago,
    counted,
    ended,
    parts,
    queue,
    reasons,
)

NONE = FunctionWorkers(0, 0)


def texts(*given, **more):
    return [(reason.kind, reason.text) for reason in reasons(*given, **more)]


def test_nothing_is_said_where_no_run_ever_was_or_the_last_one_is_done():
    assert reasons(None) == []
    assert reasons(counted(state="done")) == []
    assert reasons(counted(state="cancelled")) == []


def test_a_paused_run_says_how_it_goes_on():
    assert texts(counted(parts("cut"), state="paused")) == [
        ("paused", "Run 7 is paused: `linernotes unpause` goes on with it.")
    ]


def test_a_run_that_stopped_or_failed_says_why_and_what_to_do():
    limit = "12 of 100 releases are gone, more than the limit of 5.0%: load it again with --accept-deletions."
    assert texts(counted(state="stopped", reason=limit)) == [("stopped-at-limit", f"Run 7 stopped at a limit. {limit}")]
    assert texts(counted(state="failed", reason="The file cannot be read")) == [
        ("failed", "Run 7 has failed: The file cannot be read. `linernotes resume` takes it up again.")
    ]


def test_a_store_that_is_down_comes_first_and_is_said_also_while_something_moves():
    down = {"graph": "The graph server does not answer."}
    assert texts(None, down=down) == [("store-down", "The graph server does not answer.")]
    moving = counted(parts("parsed"), ended=[ended("cut", last=1)])
    assert texts(moving, queue("load-table.releases", unacked=1), down=down, workers={"load-table": BUSY}) == [
        ("store-down", "The graph server does not answer.")
    ]


def test_parts_wait_for_a_worker_that_is_being_woken_and_later_for_one_that_does_not_come():
    waiting = queue("load-table.releases", ready=3)
    just_sent = counted(parts("parsed", 3, sent_at=ago(5)))
    assert texts(just_sent, waiting, workers={"load-table": NONE}) == [
        ("waking", "3 parts of releases wait for load-table, which had no work and is being woken.")
    ]
    long_ago = counted(parts("parsed", 1, sent_at=ago(90)))
    assert texts(long_ago, waiting, workers={"load-table": NONE}) == [
        (
            "no-worker",
            "1 part of releases waits for load-table, and no worker is there: `linernotes up` starts them.",
        )
    ]
    [(kind, text)] = texts(just_sent, waiting, workers={"load-table": NONE}, is_supervised=False)
    assert kind == "no-worker"
    assert text.endswith("`linernotes run worker load-table` starts one.")


def test_what_waits_alike_is_said_in_one_sentence():
    waiting = counted(
        parts("cut", 1_200, sent_at=ago(5)), parts("cut", 1, "artists"), parts("parsed", 2, sent_at=ago(5))
    )
    queues = [queue(name, ready=1) for name in ("parse-chunk.releases", "parse-chunk.artists", "load-table.releases")]
    found = texts(waiting, *queues, workers={"parse-chunk": NONE, "load-table": NONE})
    assert [kind for kind, _ in found] == ["waking", "no-worker", "waking"]
    later = counted(parts("cut", 1_200), parts("cut", 1, "artists"))
    assert texts(later, *queues, workers={"parse-chunk": NONE}) == [
        (
            "no-worker",
            (
                "1,200 parts of releases and 1 part of artists wait for parse-chunk, and no worker is there: "
                "`linernotes up` starts them."
            ),
        )
    ]


def test_a_function_that_was_scaled_to_none_says_what_wakes_it_also_while_others_work():
    moving = counted(parts("loaded", 2), parts("parsed", 3), ended=[ended("parsed", last=1)])
    found = texts(moving, workers={"load-graph": NONE, "load-table": BUSY}, fixed={"load-graph": 0})
    assert found == [
        (
            "scaled-to-zero",
            (
                "2 parts of releases wait for load-graph, which was scaled to 0: "
                "`linernotes scale load-graph auto` wakes it."
            ),
        )
    ]


def test_what_has_failed_and_comes_back_by_itself_says_when():
    back = NOW + dt.timedelta(seconds=42)
    late = counted(parts("parsed", 2, put_off=2, back_at=back, sent_at=None))
    [reason] = reasons(late, queue("load-table.releases", delayed=2))
    assert reason.kind == "backoff"
    assert reason.until == back
    assert reason.text == (
        "2 parts of releases have failed and are tried again by load-table, the first at 12:00:42 UTC."
    )


def test_files_wait_for_each_other_and_a_source_may_ask_to_wait():
    back = NOW + dt.timedelta(minutes=5)
    files = [a_file("artists", state="fetched", read_bytes=0), a_file(state="listed", read_bytes=0, sent_at=back)]
    assert texts(counted(files=files)) == [
        (
            "download-put-off",
            (
                "The download of releases is put off, as its source asked or since it failed: "
                "it begins again at 12:05:00 UTC."
            ),
        ),
        (
            "waits-for-file",
            "Reading artists waits for releases: nothing is loaded before every file is here and checked.",
        ),
    ]


def test_a_split_waits_for_room_while_its_parts_stand_still():
    file = a_file(state="fetched", read_bytes=100_000, sent_at=ago(1))  # it notes that it is there
    full = counted(parts("parsed", 24), files=[file])
    found = reasons(
        full,
        queue("load-table.releases", ready=24),
        queue("split.releases", unacked=1),
        workers={"split": BUSY, "load-table": NONE},
        fixed={"load-table": 0},
    )
    assert [reason.kind for reason in found] == ["waits-for-room", "scaled-to-zero"]
    assert found[0].text == (
        "Reading releases waits for room: 24 parts of it are under way, and no more than 24 may be."
    )


def test_dead_parts_hold_the_end_back_once_nothing_else_is_left():
    left = counted(parts("done", 5), parts("dead", 2), parts("dead", entity="artists"))
    assert texts(left) == [
        (
            "dead-parts",
            (
                "Parts are dead (2 of releases, 1 of artists): "
                "the end of run 7 waits for `linernotes dead-letters requeue`."
            ),
        )
    ]
    assert reasons(counted(parts("cut", 5), parts("dead", 2)), queue("parse-chunk.releases", ready=5)) == []


def test_messages_that_no_queue_holds_are_sent_again_after_their_lease():
    gone = counted(parts("cut", 4, sent_at=ago(50)))
    [reason] = reasons(gone, lease_s=120.0)
    assert (reason.kind, reason.until) == ("lost", ago(50) + dt.timedelta(seconds=120))
    assert reasons(counted(parts("cut", 4, sent_at=ago(5)))) == []  # it may be under way


def test_workers_that_all_wait_for_a_lock_say_so():
    held = counted(parts("loaded", 2))
    found = reasons(held, queue("load-graph.releases", unacked=1), workers={"load-graph": BUSY}, lock_waits=1)
    assert [reason.kind for reason in found] == ["lock-held"]
    assert reasons(held, queue("load-graph.releases", unacked=1), workers={"load-graph": BUSY}) == []


def test_the_end_of_a_run_waits_for_its_function_like_any_part():
    through = counted(parts("done", 5), state="finishing")
    assert [reason.kind for reason in reasons(through, queue("finish", ready=1), workers={"finish": NONE})] == [
        "waking"
    ]
    long_ago = counted(parts("done", 5), state="finishing", end_sent_at=ago(60))
    assert [one.kind for one in reasons(long_ago, queue("finish", ready=1), workers={"finish": NONE})] == ["no-worker"]
    step = Step("counting", "", 0, None, ago(300), ago(5), None)
    assert reasons(counted(parts("done", 5), state="finishing", steps=[step]), workers={"finish": NONE}) == []


def test_derivations_wait_like_parts_once_the_run_is_over():
    facts = DerivationStatus("release-facts", 1, False, None, 4, 0.0, 4, 0, None)
    found = texts(counted(state="done"), queue("derive", ready=4), workers={"derive": NONE}, derivations=[facts])
    assert found == [("waking", "4 batches of release-facts wait for derive, which had no work and is being woken.")]


def test_a_message_in_hand_is_no_reason_and_what_is_normal_is_not_said_while_something_moves():
    assert reasons(counted(parts("cut", 3)), queue("parse-chunk.releases", unacked=1)) == []
    files = [a_file("artists", state="fetched", read_bytes=0), a_file(state="listed", read_bytes=5, sent_at=ago(2))]
    assert reasons(counted(files=files), workers={"download": BUSY}) == []


def test_nothing_is_made_up_of_a_broker_that_does_not_answer():
    waiting = counted(parts("parsed", 3))
    assert reasons(waiting, queues=None, workers=dict.fromkeys(("load-table",), NONE)) == []


def test_every_kind_is_brought_about_here():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f'"{kind}"' not in source] == []
