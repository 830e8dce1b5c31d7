"""The verdicts of `/health`, each by itself: pure, of what was read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from functions.derivations.status import DerivationStatus
from functions.operations.disk_views import VolumeView
from functions.operations.function_health import function_troubles
from functions.operations.health import CHECKS, Facts, WantedRun, judge
from functions.operations.idle_reasons import idle_reasons
from functions.operations.queue_growth import Depths, growing
from functions.operations.schedule_list import ScheduleStatus
from functions.operations.schedule_overdue import GRACE, overdue
from functions.registry import FUNCTIONS
from functions.runtime.process.worker_reports import FunctionWorkers, WorkerView
from functions.runtime.stores.short_memory import ShortMemory
from infra.stack.scaling_events import is_noted
from tests.unit.installations import BUSY, NOW, a_file, a_look, ago, counted, parts, queue

NONE = FunctionWorkers(0, 0)


def facts(found=None, *queues, workers=None, given: dict[str, Any] | None = None, **more: Any) -> Facts:
    look = a_look(found, *queues, workers=workers, **(given or {}))
    return Facts(look=look, reasons=idle_reasons(look, FUNCTIONS), **more)


def bad(*given: Any, **more: Any) -> list[tuple[str, str]]:
    return [(check.name, check.says) for check in judge(facts(*given, **more)) if check.level == "bad"]


def levels(name: str, *given: Any, **more: Any) -> list[str]:
    return [check.level for check in judge(facts(*given, **more)) if check.name == name]


def a_worker(function: str, **given: Any) -> WorkerView:
    values: dict[str, Any] = {
        "function": function,
        "host": "here",
        "pid": 7,
        "version": "0",
        "since": ago(900),
        "state": "idle",
        "state_since": ago(900),
        "message": None,
        "rss": 1,
        "pss": 1,
        "at": ago(600),
    }
    return WorkerView(**values | given)


def test_an_installation_in_which_nothing_is_wrong_is_well():
    assert bad() == []
    assert bad(counted(parts("cut", 3)), workers={"parse-chunk": BUSY}) == []
    assert set(CHECKS) == {"schedule", "last-run", "stalled-run", "dead", "workers", "queues", "disk"}


@pytest.mark.parametrize(
    ("state", "level"),
    [("failed", "bad"), ("stopped", "bad"), ("done", "ok"), ("running", "ok"), ("paused", "ok")],
)
def test_a_run_that_failed_or_stopped_is_not_well(state, level):
    wanted = WantedRun(3, "load", state, "Why", ago(86_400 * 33))
    [check] = [check for check in judge(facts(wanted=wanted)) if check.name == "last-run"]
    assert (check.level, check.age_s) == (level, 86_400 * 33)
    if level == "bad":
        assert check.says.endswith("Why.")


def test_a_run_that_does_not_move_for_long_is_stalled_unless_its_source_asked_to_wait():
    still = counted(parts("parsed", 3, sent_at=ago(3_000)), files=[a_file(sent_at=ago(3_000), split_at=ago(3_000))])
    [(name, says)] = bad(still, queue("load-table.releases", ready=3), workers={"load-table": NONE})
    assert name == "stalled-run"
    assert says.startswith("Run 7 has not moved since 2026-11-05 11:10 UTC: 3 parts of releases wait for load-table")
    assert levels("stalled-run", still, queue("load-table.releases", unacked=1), workers={"load-table": BUSY}) == ["ok"]
    later = NOW + dt.timedelta(hours=1)
    put_off = counted(files=[a_file(state="listed", read_bytes=0, sent_at=later)], started_at=ago(7_200))
    assert levels("stalled-run", put_off) == ["warn"]
    assert levels("stalled-run", counted(parts("cut"), state="paused")) == ["ok"]


def test_a_split_that_waits_for_room_is_not_taken_for_movement():
    file = a_file(state="fetched", read_bytes=5, sent_at=ago(1))
    full = counted(parts("loaded", 24, sent_at=ago(3_000)), files=[file], started_at=ago(7_200))
    found = bad(full, workers={"split": BUSY, "load-graph": NONE}, given={"fixed": {"load-graph": 0}})
    assert [name for name, _ in found] == ["stalled-run"]


def test_what_was_given_up_is_not_well():
    facts_of = DerivationStatus("release-facts", 1, False, None, 2, 0.0, 0, 2, "no")
    assert bad(counted(parts("dead", 2), parts("cut"))) == [("dead", "2 parts of run 7 are dead.")]
    assert bad(counted(state="done"), given={"derivations": [facts_of]}) == [
        ("dead", "2 batches of documents were given up.")
    ]
    assert bad(counted(parts("dead", 2), state="cancelled")) == []


def test_a_process_that_is_gone_counts_where_nobody_has_taken_its_place():
    gone, there = a_worker("load-table"), a_worker("load-table", pid=8, at=NOW)
    assert levels("workers", gone=[gone], living=[there]) == ["warn"]
    assert levels("workers", gone=[gone]) == ["warn"]  # it has nothing to do
    assert levels("workers", None, queue("load-table.releases", ready=1), gone=[gone]) == ["bad"]
    assert levels("workers", gone=[a_worker("scheduler")]) == ["bad"]
    assert levels("workers", living=[there]) == ["ok"]


def test_a_queue_that_only_grows_and_that_nobody_works_on_is_not_well():
    depths: Depths = {
        "derive": [1, 3, 3, 9],
        "split.artists": [3, 2, 4, 9],
        "finish": [1, 1, 1, 1],
        "download.labels": [1, None, 9],
    }
    assert growing(depths) == {"derive": (1, 9)}
    assert growing(depths, ["derive"]) == {}
    assert [name for name, _ in bad(depths=depths)] == ["queues"]


def test_a_volume_that_the_next_month_does_not_fit_onto_is_not_well():
    full = VolumeView("/data", 1_000, 2_000, {"tables": 2_000}, "It does not fit.")
    roomy = VolumeView("/more", 2_000, 1_000, {"graph": 1_000}, None)
    assert bad(disk=[full, roomy]) == [("disk /data", "It does not fit.")]
    assert levels("disk /more", disk=[full, roomy]) == ["ok"]


def test_a_schedule_is_overdue_some_time_after_it_was_due():
    long_ago, late = ago(86_400 * 40), ago(GRACE.total_seconds() + 1)
    assert overdue("check", ago(60), None, None, long_ago, NOW) is None
    assert overdue("check", late, ago(9_000), None, ago(30), NOW) is None  # nobody could run before
    said = overdue("check", late, ago(9_000), None, long_ago, NOW)
    assert said is not None
    assert "it succeeded last at 2026-11-05 09:30 UTC: is the scheduler up?" in said
    failed = overdue("check", ago(9_000), None, "The disk is full.", long_ago, NOW)
    assert (failed or "").endswith("it has never succeeded: The disk is full.")
    assert overdue("check", late, None, "The site is away.", long_ago, NOW) is None  # it is asked again after an hour
    assert overdue("sweep", late, None, "The store is away.", long_ago, NOW) is not None
    assert overdue("check", None, None, None, long_ago, NOW) == "The schedule check has never run: is the scheduler up?"
    assert overdue("check", None, None, None, ago(60), NOW) is None


def test_a_schedule_that_is_overdue_is_not_well_and_one_that_is_not_in_use_is_not_looked_at():
    late = ScheduleStatus("sweep", "", "", wanted=True, done_at=ago(60), overdue="It is late.")
    unused = ScheduleStatus("check", "", "", wanted=False, overdue="It is late.")
    found = judge(facts(schedules=[late, unused]))
    assert [(check.name, check.level, check.says, check.age_s) for check in found if check.name.startswith("sch")] == [
        ("schedule sweep", "bad", "It is late.", 60.0)
    ]


def test_a_function_says_what_of_its_own_does_not_get_on():
    down = {"graph": "The graph server does not answer.", "bucket": "The bucket is gone."}
    waiting = queue("load-graph.releases", ready=2)
    look = a_look(counted(parts("loaded", 2, sent_at=ago(90))), waiting, workers={"load-graph": NONE}, down=down)
    assert list(function_troubles(look, FUNCTIONS, "load-table")) == ["The bucket is gone."]
    troubles = list(function_troubles(look, FUNCTIONS, "load-graph"))
    assert troubles[:2] == ["The graph server does not answer.", "The bucket is gone."]
    assert troubles[2].startswith("2 parts of releases wait for load-graph, and no worker is there")
    letters = a_look(None, queue("derive", dead=3))
    assert list(function_troubles(letters, FUNCTIONS, "derive")) == ["3 messages of its own were given up."]


def test_what_is_asked_often_is_kept_for_a_while():
    now = [0.0]
    memory, asked = ShortMemory(lambda: now[0]), []
    for moment, expected in ((0.0, 1), (5.0, 1), (10.0, 2)):
        now[0] = moment
        assert memory.recall("size", 10, lambda: len(asked.append(1) or asked)) == expected  # type: ignore[func-returns-value]
    with pytest.raises(ZeroDivisionError):
        memory.recall("other", 10, lambda: 1 // 0)
    assert memory.recall("other", 10, lambda: 7) == 7


def test_a_process_that_never_comes_up_does_not_fill_the_events():
    assert [count for count in range(1, 62) if is_noted(count)] == [1, 2, 3, 4, 5, 20, 40, 60]
