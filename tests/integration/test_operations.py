"""What operations read of real stores: how far a run is, why it does not move, what became of a part, what is well."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from litestar.testing import TestClient

from functions.metrics_history.write import write_sample
from functions.operations.attempts import attempts_of, part_view
from functions.operations.health import read_health
from functions.operations.snapshot import Snapshot, read_snapshot
from functions.operations.timeline import timeline_of
from functions.registry import FUNCTIONS
from functions.runs.housekeeping import keep_house
from functions.runs.run_commands import cancel, pause, unpause
from functions.runtime.errors import Busy, PermanentError, StoreUnavailable
from functions.runtime.ledger.dead_letter_hook import ATTEMPTS_KEPT, hooks
from functions.runtime.ledger.store import add_event
from functions.runtime.messages import Finish, LoadTable, Message, ParseChunk, PartMessage
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.retry_policy import Retry
from functions.runtime.messaging.sender import send_all
from functions.runtime.stores.context import Context
from functions.runtime.stores.short_memory import ShortMemory
from gateway.app import create_app
from infra.stack.child import Child
from infra.stack.home import make_home
from infra.stack.ports import free_port
from infra.stack.supervisor import Supervisor
from tests.integration.pipeline import APRIL, MAY, Pipeline, deliver, deliver_all, small, split_of, write_dump

PIPELINE = {"part_bytes": 2_000}
TABLES_ONLY = True


def looked_at(context: Context, **changes: Any) -> Snapshot:
    """A snapshot by one who has not looked before."""
    return read_snapshot(anew(context, **changes))


def anew(context: Context, **changes: Any) -> Context:
    settings = msgspec.structs.replace(context.settings, **changes)
    return dataclasses.replace(context, memory=ShortMemory(), settings=settings)


def kinds(snapshot: Snapshot) -> list[str]:
    return [reason.kind for reason in snapshot.idle]


@pytest.fixture
def split(pipeline: Pipeline, source: Path) -> tuple[int, list[Message]]:
    """A run whose files are read, and the messages for its parts."""
    begun, messages = split_of(pipeline, source, only_store="table")
    return begun.run.id, messages


@pytest.fixture
def client(pipeline: Pipeline) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(pipeline.context.settings)) as client:
        yield client


def test_nothing_is_said_of_an_installation_that_holds_nothing(pipeline: Pipeline) -> None:
    snapshot = looked_at(pipeline.context)
    assert (snapshot.run, snapshot.runs, snapshot.idle, snapshot.longest, snapshot.disk) == (None, [], [], [], [])
    assert snapshot.unavailable == []
    assert snapshot.headline.text == "Nothing was loaded yet; everything answers."
    assert [view.name for view in snapshot.functions or ()] == list(FUNCTIONS.names)
    assert [queue.name for queue in snapshot.queues or ()] == list(FUNCTIONS.queues)
    assert [store.name for store in snapshot.stores if store.answers] == [
        "PostgreSQL", "graph", "broker", "cache", "bucket",
    ]  # fmt: skip
    assert all(store.size for store in snapshot.stores if store.name != "bucket")
    assert all(store.latency_ms is not None for store in snapshot.stores)
    assert {store.name for store in snapshot.stores if store.connections} == {"PostgreSQL", "broker", "cache"}


def test_a_run_is_counted_by_entity_and_stage_and_reads_the_same_as_long_as_nothing_changes(
    pipeline: Pipeline, split: tuple[int, list[Message]]
) -> None:
    number, messages = split
    left = deliver_all(pipeline, messages, ParseChunk)
    first = next(message for message in left if isinstance(message, LoadTable) and message.entity == "releases")
    deliver(pipeline, first)
    run = looked_at(pipeline.context).run
    assert run is not None
    assert (run.id, run.state, run.active, run.month) == (number, "running", True, "2026-04")
    releases = run.entities[-1]
    assert (releases.records, releases.changed, releases.unchanged) == (60, 60, 0)
    assert [(stage.function, stage.expected) for stage in releases.stages] == [
        ("split", 60),
        ("parse-chunk", 60),
        ("load-table", 60),
    ]
    assert releases.stages[1].records == 60
    assert releases.stages[2].records == releases.done > 0
    assert releases.parts["done"] == 1
    assert releases.stages[1].rate is not None
    context = anew(pipeline.context)
    one, two = read_snapshot(context), read_snapshot(context)
    assert msgspec.structs.replace(two, at=one.at) == one


def test_a_run_is_told_by_entity_and_stage_on_its_page_while_it_goes_on_and_after(
    pipeline: Pipeline, split: tuple[int, list[Message]], client: TestClient[Any]
) -> None:
    number, messages = split
    left = deliver_all(pipeline, messages, ParseChunk)

    def stages() -> dict[str, Any]:
        found = client.get(f"/api/runs/{number}/progress").json()["entities"][-1]["stages"]
        return {stage["function"]: stage for stage in found}

    parsed = stages()
    assert (parsed["parse-chunk"]["records"], parsed["load-table"]["records"]) == (60, 0)
    assert parsed["split"]["parts"] == parsed["parse-chunk"]["parts"] > parsed["load-table"]["parts"] == 0
    page = client.get(f"/operations/runs/{number}").text
    assert "60 new or changed" in page
    assert "0 of 60" in page
    shown = client.get("/operations").text
    assert re.search(r'data-name="through">0<div class="detail">of 60<', shown)  # read is not through
    pipeline.go_on(left)
    assert [stage["seconds_left"] for stage in stages().values()] == [0, 0, 0]
    pipeline.query("DELETE FROM parts")
    assert "Its parts are no longer kept." in client.get(f"/operations/runs/{number}").text
    assert client.get("/api/runs/99999/progress").status_code == 404


def test_a_function_says_since_when_it_has_workers_and_why_so_many(pipeline: Pipeline, client: TestClient[Any]) -> None:
    decisions = {"split": (2, 1, "no message for 300 s"), "finish": (0, 3, "3 messages to handle")}
    with pipeline.context.connection() as connection:
        for name, (before, workers, reason) in decisions.items():
            add_event(connection, "scaled", function=name, workers=workers, before=before, reason=reason)
    pipeline.query(
        "INSERT INTO workers (id, function, host, pid, version, since, state, state_since, rss, pss, at, good_for)"
        " VALUES ('x', 'split', 'here', 7, '0', now(), 'idle', now(), 1, 1, now(), '1 minute')"
    )
    page = client.get("/operations").text
    pipeline.query("DELETE FROM workers")
    assert page.count("there since <time") == 1
    for before, workers, reason in decisions.values():
        assert re.search(rf"{before} → {workers}</span> <time[^>]*>[^<]*</time>: {reason}", page)


def test_parts_without_a_worker_say_that_one_is_woken_and_later_that_none_comes(
    pipeline: Pipeline, split: tuple[int, list[Message]]
) -> None:
    pipeline.query("UPDATE files SET sent_at = now() - interval '1 hour'")
    assert set(kinds(looked_at(pipeline.context))) == {"waking"}
    pipeline.query("UPDATE parts SET sent_at = now() - interval '1 minute'")
    assert set(kinds(looked_at(pipeline.context))) == {"lost"}
    send_all(pipeline.context.settings, split[1])
    waiting = looked_at(pipeline.context)
    assert set(kinds(waiting)) == {"no-worker"}
    assert waiting.headline.level == "warn"
    assert "nothing moves: parse-chunk has no worker" in waiting.headline.text
    assert "wait for parse-chunk, and no worker is there" in waiting.idle[0].text
    assert len(waiting.idle) == 1  # what waits alike is said in one sentence
    assert [need.kind for need in waiting.needs] == ["no-worker"]
    with pipeline.context.connection() as connection:
        for workers, before, reason in ((1, 0, "1 message to handle"), (0, 1, "set by hand")):
            add_event(connection, "scaled", function="parse-chunk", workers=workers, before=before, reason=reason)
    scaled = looked_at(pipeline.context)
    assert set(kinds(scaled)) == {"scaled-to-zero"}
    [view] = [view for view in scaled.functions or () if view.name == "parse-chunk"]
    assert (view.fixed, view.sleeping, view.scaled and view.scaled.reason) == (0, False, "set by hand")
    with pipeline.context.connection() as connection:
        add_event(connection, "stack-started", fixed={"split": 2})
    started = looked_at(pipeline.context)
    assert set(kinds(started)) == {"no-worker"}  # what was set by hand went with the stack before
    assert {view.name: view.fixed for view in started.functions or () if view.fixed is not None} == {"split": 2}
    queue_admin.flush(pipeline.context.settings, FUNCTIONS.queues)


def test_a_supervisor_notes_what_is_fixed_and_how_often_a_process_has_ended_by_itself(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(pipeline.context.settings, home=str(tmp_path))
    ending = Child(name="load-table", argv=[sys.executable, "-c", "pass"], count=1, fixed=True)

    def restarts() -> int:
        return sum(view.restarts or 0 for view in looked_at(pipeline.context).functions or ())

    async def work() -> None:
        one = Supervisor(make_home(tmp_path), lambda _: None, dict(os.environ), settings)
        await one.start_children([ending])
        try:
            async with asyncio.timeout(60):
                while await asyncio.to_thread(restarts) < 2:  # noqa: ASYNC110  what is waited for stands in a table
                    await asyncio.sleep(0.1)
        finally:
            await one.stop()

    asyncio.run(work())
    snapshot = looked_at(pipeline.context)
    assert {view.name: view.fixed for view in snapshot.functions or () if view.fixed is not None} == {"load-table": 1}
    assert {event.kind for event in snapshot.events or ()} == {"stack-started", "process-ended"}
    assert next(event for event in snapshot.events or ()).detail["process"] == "load-table"


def test_a_paused_run_says_so_and_goes_on_without_a_word(pipeline: Pipeline, split: tuple[int, list[Message]]) -> None:
    pause(pipeline.context)
    paused = looked_at(pipeline.context)
    assert [need.action for need in paused.needs] == ["unpause"]
    assert kinds(paused) == ["paused"]
    assert "is paused" in paused.headline.text
    unpause(pipeline.context)
    assert "paused" not in kinds(looked_at(pipeline.context))


def test_dead_parts_hold_the_end_back_and_their_attempts_say_why(
    pipeline: Pipeline, split: tuple[int, list[Message]]
) -> None:
    number, messages = split
    dead = next(message for message in messages if isinstance(message, PartMessage) and message.entity == "labels")
    hooks().on_retry(pipeline.context, dead, Retry(StoreUnavailable("amqp://user:secret@host is away."), 40.0))
    hooks().on_dead(pipeline.context, dead, PermanentError("It cannot be read."))
    pipeline.go_on([message for message in messages if message != dead])
    pipeline.query("UPDATE files SET sent_at = now() - interval '1 hour'")
    pipeline.query("UPDATE part_times SET ended_at = ended_at - interval '1 hour'")
    stuck = looked_at(pipeline.context)
    assert kinds(stuck) == ["dead-parts"]
    assert "1 of labels" in stuck.idle[0].text
    assert [(need.kind, need.action) for need in stuck.needs] == [("dead-parts", "requeue")]
    second, first = attempts_of(pipeline.context, number, "labels", dead.part)
    assert (first.decision, first.error, first.function) == ("retry", "amqp://***@host is away.", "parse-chunk")
    assert first.retry_at is not None
    assert 39 < (first.retry_at - first.at).total_seconds() < 41
    assert (second.decision, second.error, second.retry_at) == ("dead", "It cannot be read.", None)
    part = part_view(pipeline.context, number, "labels", dead.part)
    assert part is not None
    assert (part.state, part.died_in, part.attempts) == ("dead", "cut", [second, first])


def test_the_last_attempts_of_a_part_are_kept_and_waiting_for_another_is_none(
    pipeline: Pipeline, split: tuple[int, list[Message]]
) -> None:
    number, messages = split
    [one, other] = [message for message in messages if isinstance(message, PartMessage)][:2]
    for count in range(ATTEMPTS_KEPT + 3):
        hooks().on_retry(pipeline.context, one, Retry(KeyError(f"number {count}"), 1.0))
    hooks().on_retry(pipeline.context, other, Retry(Busy("another has it"), 1.0))
    kept = attempts_of(pipeline.context, number, one.entity, one.part)
    assert [attempt.error for attempt in kept] == [f"KeyError: 'number {count}'" for count in range(22, 2, -1)]
    assert attempts_of(pipeline.context, number, other.entity, other.part) == []
    pipeline.query("UPDATE attempts SET at = at - interval '1 year' WHERE id < (SELECT max(id) FROM attempts)")
    keep_house(pipeline.context)
    assert pipeline.query("SELECT count(*) FROM attempts") == [(1,)]
    pipeline.empty_tables()
    assert pipeline.query("SELECT count(*) FROM attempts") == [(0,)]


def test_a_store_that_is_down_is_named_and_the_rest_is_there(
    pipeline: Pipeline, split: tuple[int, list[Message]]
) -> None:
    dead = f"127.0.0.1:{free_port(())}"
    context = anew(pipeline.context, broker_url=f"redis://:very-secret@{dead}/0")
    without_broker = read_snapshot(context)
    assert (without_broker.queues, without_broker.unavailable) == (None, ["broker"])
    assert without_broker.run is not None
    assert kinds(without_broker) == ["store-down"]
    assert without_broker.headline.level == "bad"
    assert "very-secret" not in str(without_broker)


def test_a_cache_that_is_down_is_said_at_the_stores_and_holds_nothing_up(pipeline: Pipeline) -> None:
    snapshot = looked_at(pipeline.context, cache_url=f"redis://:very-secret@127.0.0.1:{free_port(())}/0")
    [cache] = [store for store in snapshot.stores if store.name == "cache"]
    assert (cache.answers, cache.size) == (False, None)
    assert "cache does not answer" in str(cache.says)
    assert (snapshot.unavailable, snapshot.idle) == ([], [])
    assert "very-secret" not in str(snapshot)


def test_the_share_of_lookups_that_the_cache_could_answer_is_told(pipeline: Pipeline) -> None:
    with closing(redis.Redis.from_url(pipeline.context.settings.cache_url)) as cache:
        cache.get("nothing has this name")
    [told] = [store for store in looked_at(pipeline.context).stores if store.name == "cache"]
    assert told.cache_hits is not None
    assert 0 <= told.cache_hits < 1


def test_the_depth_of_a_queue_in_the_last_hour_is_told_and_drawn(pipeline: Pipeline, client: TestClient[Any]) -> None:
    tables = "metric_names, metric_samples, metric_minutes, metric_hours"
    pipeline.query(f"TRUNCATE {tables}")
    with pipeline.context.connection() as connection:
        write_sample(
            connection, {"queue/split.labels/ready": 5, "queue/split.labels/unacked": 1, "queue/finish/ready": 0}
        )
    [depth] = looked_at(pipeline.context).depths or []
    known = [value for value in depth.values if value is not None]
    assert (depth.name, known, len(depth.values)) == ("split.labels", [6], 31)
    page = client.get("/operations").text
    assert re.search(r'<symbol id="depth-split.labels"[^>]*><path d="M\d', page)
    assert len(re.findall(r'<use href="#depth-', page)) == 1
    pipeline.query(f"TRUNCATE {tables}")


def test_a_graph_and_a_database_that_are_down_leave_what_others_tell(pipeline: Pipeline) -> None:
    from functions.runtime.stores.context import prepare_context

    dead = f"127.0.0.1:{free_port(())}"
    settings = msgspec.structs.replace(
        pipeline.context.settings, postgres_address=dead, graph_address=f"bolt://{dead}", graph_http=""
    )
    with prepare_context(settings, FUNCTIONS, pool_timeout=0.5) as context:
        snapshot = read_snapshot(context)
    assert set(snapshot.unavailable) == {"PostgreSQL", "graph"}
    assert (snapshot.run, snapshot.runs, snapshot.events, snapshot.functions, snapshot.schedules) == (None,) * 5
    assert snapshot.queues is not None
    assert snapshot.headline.text.endswith("Nothing moves until it answers.")
    assert set(kinds(snapshot)) == {"store-down"}


def test_what_is_in_hand_is_listed_with_its_worker_and_its_attempt(
    pipeline: Pipeline, split: tuple[int, list[Message]]
) -> None:
    number, messages = split
    part = next(message for message in messages if isinstance(message, PartMessage))
    pipeline.query(
        "INSERT INTO workers SELECT n::text, 'parse-chunk', 'here', n, '0', now(), (ARRAY['busy', 'idle'])[n], "
        "now() - interval '5 minutes', jsonb_build_object('run', %s::int, 'entity', %s::text, 'part', %s::int), "
        "9000000, 5500000, now(), '1 minute' FROM generate_series(1, 2) n",
        number, part.entity, part.part,
    )  # fmt: skip
    snapshot = looked_at(pipeline.context)
    pipeline.query("DELETE FROM workers")
    [long] = snapshot.longest or []
    assert (long.doing, long.host, long.pid, long.attempt) == (f"part {part.part} of {part.entity}", "here", 1, 0)
    assert long.records
    assert [worker.doing for worker in snapshot.workers or ()] == [long.doing, ""]
    [view] = [view for view in snapshot.functions or () if view.name == "parse-chunk"]
    assert (view.workers, view.busy, view.memory, view.doing) == (2, 1, 10_000_000, [long.doing])
    assert snapshot.idle == []


def test_the_timeline_of_a_run_tells_waiting_from_running(pipeline: Pipeline, source: Path) -> None:
    run = pipeline.load(source, only_store="table")
    timeline = timeline_of(pipeline.context, run.id)
    assert timeline is not None
    assert [span.function for span in timeline.spans if span.what == "releases"] == [
        "download",
        "split",
        "parse-chunk",
        "load-table",
    ]
    parts = [span for span in timeline.spans if span.function == "load-table"]
    assert sum(span.records for span in parts) == 115
    assert all(span.running_s > 0 and span.waiting_s >= 0 for span in parts)
    assert sum(slice_.records for slice_ in timeline.slices if slice_.function == "parse-chunk") == 115
    assert {span.what for span in timeline.spans if span.function == "finish"} >= {"removals", "counting"}
    assert timeline_of(pipeline.context, run.id + 1) is None
    part = part_view(pipeline.context, run.id, "releases", 0)
    assert part is not None
    assert [step.step for step in part.steps] == ["cut", "parsed"]
    assert part_view(pipeline.context, run.id, "releases", 999) is None


def test_what_a_month_removed_is_counted_by_entity(pipeline: Pipeline, source: Path, tmp_path: Path) -> None:
    pipeline.load(source, only_store="table")
    less = small()
    less["labels"] = less["labels"][:-1]
    pipeline.load(write_dump(tmp_path / "may", MAY, less), MAY, only_store="table", accept_deletions=True)
    snapshot = looked_at(pipeline.context)
    assert snapshot.run is not None
    assert {entity.entity: entity.removed for entity in snapshot.run.entities}["labels"] == 1
    assert [(line.month, line.removed, line.changed) for line in snapshot.runs or ()] == [
        ("2026-05", 1, 0),
        ("2026-04", 0, 115),
    ]
    assert snapshot.headline.text.startswith("Idle: the stores hold 2026-05")
    assert snapshot.disk
    assert all(volume.short is None and volume.needed > 0 for volume in snapshot.disk)


def test_a_dump_that_the_check_has_found_waits_for_a_person_until_it_is_loaded(
    pipeline: Pipeline, source: Path
) -> None:
    with pipeline.context.connection() as connection:
        add_event(connection, "new-dump", dump=f"{APRIL:%Y%m%d}", source="x")
    assert [(need.kind, need.action) for need in looked_at(pipeline.context).needs] == [("new-dump", "load")]
    pipeline.begin(source)
    assert [need.kind for need in looked_at(pipeline.context).needs if need.kind == "new-dump"] == []


def test_the_api_tells_the_same(pipeline: Pipeline, split: tuple[int, list[Message]], client: TestClient[Any]) -> None:
    number, _ = split
    answer = client.get("/api/operations")
    assert answer.status_code == 200
    snapshot = looked_at(pipeline.context)
    assert answer.json()["headline"] == msgspec.to_builtins(snapshot.headline)
    assert set(answer.json()) == set(Snapshot.__struct_fields__)
    assert client.get(f"/api/runs/{number}/timeline").json()["run"] == number
    assert client.get(f"/api/runs/{number}/parts/releases/0").json()["state"] == "cut"
    assert client.get(f"/api/runs/{number}/parts/releases/999").status_code == 404
    assert client.get("/api/runs/999/timeline").status_code == 404


def test_a_run_that_failed_is_unhealthy_until_another_comes_and_a_cancelled_one_is_not(
    pipeline: Pipeline, source: Path, client: TestClient[Any]
) -> None:
    assert client.get("/health").status_code == 200
    begun = pipeline.begin(source, only_store="table")
    cancel(pipeline.context)
    assert client.get("/health").status_code == 200
    begun = pipeline.begin(source, only_store="table", force=True)
    hooks().on_dead(pipeline.context, Finish(run=begun.run.id), PermanentError("The disk is full."))
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "degraded")
    assert answer.json()["why"] == [f"Run {begun.run.id} has failed: The disk is full."]
    pipeline.begin(source, only_store="table", force=True)
    cancel(pipeline.context)
    assert client.get("/health").status_code == 503  # nobody has made good for it
    pipeline.load(source, only_store="table", force=True)
    assert client.get("/health").json()["why"] == []


def test_health_names_schedules_that_are_overdue_runs_that_stand_still_and_processes_that_are_gone(
    pipeline: Pipeline, split: tuple[int, list[Message]], client: TestClient[Any]
) -> None:
    number, _ = split
    pipeline.query(
        "INSERT INTO schedules (name, due, done_at) "
        "SELECT 'sweep', d, d FROM (SELECT now() - interval '1 day') s (d) "
        "ON CONFLICT (name) DO UPDATE SET due = excluded.due, done_at = excluded.done_at"
    )
    pipeline.query("UPDATE migrations SET applied_at = now() - interval '2 days'")
    pipeline.query("UPDATE files SET sent_at = now() - interval '1 hour'")
    pipeline.query("UPDATE runs SET started_at = now() - interval '1 hour'")
    pipeline.query(
        "INSERT INTO workers VALUES ('x', 'scheduler', 'here', 7, '0', now(), 'idle', now(), NULL, 1, 1, "
        "now() - interval '10 minutes', '1 minute')"
    )
    found = {check.name: check for check in read_health(anew(pipeline.context))}
    why = client.get("/health").json()["why"]
    pipeline.query("DELETE FROM workers")
    pipeline.query("DELETE FROM schedules")
    pipeline.query("UPDATE migrations SET applied_at = now()")
    assert found["schedule sweep"].level == "bad"
    assert "is the scheduler up?" in found["schedule sweep"].says
    age = found["schedule sweep"].age_s
    assert age is not None
    assert 86_000 < age < 87_000
    assert found["stalled-run"].level == "bad"
    assert f"Run {number} has not moved since" in found["stalled-run"].says
    assert (found["workers"].level, found["workers"].says.endswith("and no other has come.")) == ("bad", True)
    assert found["queues"].level == found["dead"].level == "ok"
    assert {check.says for check in found.values() if check.level == "bad"} <= set(why)


def test_a_queue_that_has_only_grown_is_not_well(pipeline: Pipeline) -> None:
    pipeline.query("INSERT INTO metric_names VALUES (1, 'queue/derive/ready'), (2, 'queue/finish/ready')")
    pipeline.query(
        "INSERT INTO metric_samples SELECT now() - make_interval(mins => m), ARRAY[100 - 3 * m, 5]::real[] "
        "FROM generate_series(0, 29) m"
    )
    found = {check.name: check for check in read_health(anew(pipeline.context))}["queues"]
    pipeline.query("TRUNCATE metric_names, metric_samples")
    assert found.level == "bad"
    assert found.says.startswith("derive only grows: from ")


def test_each_function_has_its_health(
    pipeline: Pipeline, split: tuple[int, list[Message]], client: TestClient[Any]
) -> None:
    for name in FUNCTIONS.names:
        assert client.get(f"/health/{name}").json()["status"] == "ok"
    pipeline.query("UPDATE parts SET sent_at = now() - interval '1 minute'")
    send_all(pipeline.context.settings, split[1])
    answer = client.get("/health/parse-chunk")
    queue_admin.flush(pipeline.context.settings, FUNCTIONS.queues)
    assert (answer.status_code, answer.json()["status"]) == (503, "degraded")
    assert "wait for parse-chunk, and no worker is there" in answer.json()["says"]
    assert client.get("/health/no-such").status_code == 404
    assert client.get("/health/split").json()["last_at"] is not None
    assert client.get("/health/live").json() == {"status": "ok"}


def test_a_moment_is_by_the_clock_of_the_database(pipeline: Pipeline) -> None:
    assert abs((looked_at(pipeline.context).at - dt.datetime.now(dt.UTC)).total_seconds()) < 60
