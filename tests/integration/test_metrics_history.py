"""Figures over time on real stores: taken, rolled up, kept as long as the settings say, and read with their gaps."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from functions.metrics_history.read import metrics_of, read_range, read_series
from functions.metrics_history.sampler import Sampler, Source
from functions.metrics_history.server_processes import server_usage
from functions.metrics_history.write import forget_old, roll_up_due, write_sample
from functions.operations.sampling import sampler_of
from functions.registry import FUNCTIONS
from functions.runs.reset import reset
from functions.runtime.errors import StoreUnavailable
from functions.runtime.ledger.store import Connection
from functions.runtime.messages import Download
from functions.runtime.messaging.sender import send_all
from functions.runtime.process.activity import Doing
from functions.runtime.process.worker_reports import reporting, worker_views
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context, prepare_context
from functions.runtime.stores.migrations import migrate_postgres
from functions.runtime.supervised_process import SUPERVISOR
from gateway.app import create_app
from gateway.pages.charts import CHARTS
from infra.stack.ports import free_port
from infra.stack.stack_client import stack_status
from tests.processes import running, wait_until

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(scope="module")
def migrated(settings: Settings) -> Iterator[Context]:
    with open_context(settings, FUNCTIONS) as context:
        with context.connection() as connection:
            migrate_postgres(connection)
        yield context


@pytest.fixture
def context(migrated: Context) -> Context:
    """Stores without runs and without a history."""
    with migrated.connection() as connection:
        connection.execute(
            "TRUNCATE metric_names, metric_samples, metric_minutes, metric_hours, runs, files, parts, steps CASCADE"
        )
    return migrated


def now_of(connection: Connection) -> dt.datetime:
    [(now,)] = connection.execute("SELECT date_trunc('hour', now())").fetchall()
    return now


def put(connection: Connection, at: dt.datetime, *values: float | None) -> None:
    """A sample of another time: of the figures that `named` has named."""
    connection.execute("INSERT INTO metric_samples VALUES (%s, %s::real[])", (at, list(values)))


def named(connection: Connection, *names: str) -> None:
    """Give names their numbers, in this order."""
    for number, name in enumerate(names, 1):
        connection.execute("INSERT INTO metric_names VALUES (%s, %s)", (number, name))


def rows(context: Context, table: str) -> list[Any]:
    with context.connection() as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY at").fetchall()  # noqa: S608


def last(context: Context, metric: str) -> Any:
    """What the last sample says of a figure."""
    with context.connection() as connection:
        query = "SELECT value[id] FROM metric_samples, metric_names WHERE name = %s ORDER BY at DESC LIMIT 1"
        return next((value for (value,) in connection.execute(query, (metric,))), None)


# ── a sample


def test_a_sample_has_queues_workers_stores_sizes_and_rates(context: Context) -> None:
    send_all(context.settings, [Download(run=1, entity="artists")])
    sampler = Sampler(context)
    sampler()
    sampler()
    names = {metric.name for metric in metrics_of(context)}
    assert {f"queue/{queue}/{state}" for queue in FUNCTIONS.queues for state in ("ready", "dead")} <= names
    assert {f"function/{name}/workers" for name in FUNCTIONS.names} <= names
    assert last(context, "queue/download.artists/ready") == 1
    assert [last(context, f"store/{name}/up") for name in ("postgres", "graph", "broker", "cache", "bucket")] == [1] * 5
    assert last(context, "store/postgres/bytes") > 1e6
    assert last(context, "postgres/connections") >= 1
    assert last(context, "process/parse-chunk/memory") == 0
    assert last(context, "stage/parse-chunk/records") == 0


def test_the_pools_of_processes_are_noted_as_they_report_them(context: Context) -> None:
    pool = {"pool_size": 3, "pool_available": 1, "requests_waiting": 2}
    idle = Doing("idle", time.monotonic())
    with reporting(context.settings, "split", lambda: idle, lambda: None, lambda: pool):
        wait_until(lambda: bool(worker_views(context)), lambda: "nothing was reported")
        Sampler(context, [])()
    assert [last(context, f"pool/split/{what}") for what in ("connections", "used", "waiting")] == [3, 2, 2]
    assert last(context, "pool/gateway/used") == 0


def test_how_many_checks_are_not_well_is_noted_and_how_many_stores_are_down(context: Context) -> None:
    sampler = sampler_of(context)
    sampler()
    assert [last(context, f"health/{what}") for what in ("bad", "warn", "down")] == [0, 0, 0]
    with context.connection() as connection:
        connection.execute(
            "INSERT INTO runs (kind, source, entities, state) VALUES ('load', 's', '{artists}', 'failed')"
        )
    settings = msgspec.structs.replace(context.settings, cache_url=f"redis://127.0.0.1:{free_port(())}/0")
    sampler_of(dataclasses.replace(context, settings=settings))()
    assert [last(context, f"health/{what}") for what in ("bad", "warn", "down")] == [1, 0, 1]


def test_servers_of_the_stack_have_memory_and_cpu(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = stack_status(Path(context.settings.home))
    monkeypatch.setenv(SUPERVISOR, str(stack.pid))
    before, after = (server_usage(context.settings, ["gateway"]) for _ in range(2))
    assert set(before) == {*(process.name for process in stack.processes), "supervisor"}
    assert all(before[name].memory > 1e6 and before[name].cpu <= after[name].cpu for name in before)


def test_a_store_that_is_down_is_noted_as_down_and_costs_nothing_else(context: Context) -> None:
    dead = f"127.0.0.1:{free_port(())}"
    settings = msgspec.structs.replace(
        context.settings, graph_http=f"http://{dead}", cache_url=f"redis://{dead}/0", bucket="/nowhere/at/all"
    )
    Sampler(dataclasses.replace(context, settings=settings))()
    assert [last(context, f"store/{name}/up") for name in ("postgres", "graph", "broker", "cache", "bucket")] == [
        1, 0, 1, 0, 0,
    ]  # fmt: skip
    assert last(context, "queue/finish/ready") == 0


def test_a_graph_server_without_http_is_asked_over_bolt(context: Context) -> None:
    over_bolt = msgspec.structs.replace(context.settings, graph_http="")
    Sampler(dataclasses.replace(context, settings=over_bolt))()
    assert last(context, "store/graph/up") == 1


def test_a_broker_that_is_down_takes_its_queues_figures_with_it(context: Context) -> None:
    def fails() -> dict[str, float]:
        raise StoreUnavailable("The broker does not answer.")

    found: list[dict[str, float]] = [{"queue/finish/ready": 3.0}]
    sampler = Sampler(context, [Source(lambda: found[0] if found else fails(), "broker")])
    sampler()
    assert (last(context, "queue/finish/ready"), last(context, "store/broker/up")) == (3, 1)
    found.clear()
    sampler()
    assert (last(context, "queue/finish/ready"), last(context, "store/broker/up")) == (None, 0)


def test_while_postgres_is_down_nothing_is_noted_and_nothing_is_raised(context: Context) -> None:
    down = msgspec.structs.replace(context.settings, postgres_address=f"127.0.0.1:{free_port(())}")
    with prepare_context(down, FUNCTIONS, pool_timeout=0.3) as unreachable:
        sampler = Sampler(unreachable)
        sampler()
        sampler()
    assert rows(context, "metric_samples") == []


def test_records_come_as_rates_which_a_part_that_is_cut_again_never_makes_negative(context: Context) -> None:
    sampler = Sampler(context, [])
    sampler()
    with context.connection() as connection:
        [(run,)] = connection.execute(
            "INSERT INTO runs (kind, source, entities, started_at) VALUES ('load', 's', '{artists}', clock_timestamp())"
            " RETURNING id"
        ).fetchall()
        connection.execute(
            "INSERT INTO files (run, entity, name, state, records) VALUES (%s, 'artists', 'a', 'fetched', 900)", (run,)
        )
        connection.execute(
            "INSERT INTO parts (run, entity, part, kind, state, records) VALUES"
            " (%(run)s, 'artists', 0, 'xml', 'loaded', 300), (%(run)s, 'artists', 1, 'xml', 'parsed', 300)",
            {"run": run},
        )
    sampler()
    split, parsed, loaded, graph = (
        last(context, f"stage/{stage}/records") for stage in ("split", "parse-chunk", "load-table", "load-graph")
    )
    assert split > parsed > loaded > graph == 0
    assert parsed == pytest.approx(2 * loaded, rel=1e-3)
    with context.connection() as connection:
        connection.execute("UPDATE parts SET state = 'damaged' WHERE part = 1")
    sampler()
    assert (last(context, "stage/parse-chunk/records"), last(context, "stage/load-table/records")) == (None, 0)


# ── roll-ups


def test_minutes_and_hours_are_rolled_up_once_they_have_passed(context: Context) -> None:
    with context.connection() as connection:
        named(connection, "store/graph/bytes", "queue/finish/ready")
        hour = now_of(connection) - dt.timedelta(hours=1)
        for second, value in ((0, 1.0), (10, 3.0), (60, 8.0)):
            put(connection, hour + dt.timedelta(seconds=second), value, None)
        roll_up_due(connection)
        roll_up_due(connection)  # once more changes nothing
    assert rows(context, "metric_minutes") == [
        (hour, [2, None], [1, None], [3, None], [3, None]),
        (hour + MINUTE, [8, None], [8, None], [8, None], [8, None]),
    ]
    assert rows(context, "metric_hours") == [(hour, [5, None], [1, None], [8, None], [8, None])]


def test_what_a_scheduler_that_was_killed_has_left_the_next_one_rolls_up(context: Context) -> None:
    with context.connection() as connection:
        named(connection, "store/graph/bytes")
        hour = now_of(connection) - dt.timedelta(hours=2)
        put(connection, hour, 4.0)
        roll_up_due(connection)
        put(connection, hour + 70 * MINUTE, 6.0)  # half an hour later it is killed
    Sampler(context, [])()
    assert [row[1][0] for row in rows(context, "metric_minutes")] == [4, 6]
    assert [row[1][0] for row in rows(context, "metric_hours")] == [4, 6]


def test_each_table_is_kept_as_long_as_its_setting_says(context: Context) -> None:
    short = msgspec.structs.replace(context.settings, keep_samples_hours=1, keep_minutes_days=1, keep_hours_days=2)
    with context.connection() as connection:
        named(connection, "store/graph/bytes")
        hour = now_of(connection)
        for hours in (2, 30, 72):
            put(connection, hour - dt.timedelta(hours=hours), float(hours))
        roll_up_due(connection)
        forget_old(connection, short)
    assert [len(rows(context, f"metric_{table}")) for table in ("samples", "minutes", "hours")] == [0, 1, 2]


@pytest.mark.parametrize("ahead", [dt.timedelta(minutes=40), dt.timedelta(days=400)])
def test_rows_of_a_clock_that_was_ahead_stop_no_roll_up(context: Context, ahead: dt.timedelta) -> None:
    with context.connection() as connection:
        named(connection, "store/graph/bytes")
        put_future(connection, ahead)
        hour = now_of(connection) - dt.timedelta(hours=2)
        put(connection, hour, 4.0)
        roll_up_due(connection)
        roll_up_due(connection)
        assert connection.execute("SELECT at FROM metric_minutes WHERE at < now()").fetchall() == [(hour,)]
        assert connection.execute("SELECT at FROM metric_hours WHERE at < now()").fetchall() == [(hour,)]


def test_what_is_too_old_goes_whether_or_not_a_minute_is_rolled_up(context: Context) -> None:
    with context.connection() as connection:
        named(connection, "store/graph/bytes")
        put(connection, now_of(connection) - dt.timedelta(days=5_000), 1.0)
        connection.execute(
            "INSERT INTO metric_minutes"
            " SELECT date_bin('1 minute', now(), 'epoch') - interval '1 minute', '{}', '{}', '{}', '{}'"
        )
    Sampler(context, [])()
    assert len(rows(context, "metric_samples")) == 1


@pytest.mark.parametrize(("known", "left"), [(True, 0), (False, 1)])
def test_rows_of_the_future_go_once_the_clock_has_been_right_for_an_hour(
    context: Context, *, known: bool, left: int
) -> None:
    with context.connection() as connection:
        named(connection, "store/graph/bytes")
        put_future(connection, dt.timedelta(days=400))
        if known:
            connection.execute("INSERT INTO metric_samples SELECT now() - interval '3605 seconds', '{1}'")
    Sampler(context, [])()
    with context.connection() as connection:
        for table in ("samples", "minutes", "hours"):
            query = f"SELECT count(*) FROM metric_{table} WHERE at > now()"  # noqa: S608
            assert connection.execute(query).fetchall() == [(left,)]


def put_future(connection: Connection, ahead: dt.timedelta) -> None:
    """What a clock that was ahead by so much has left."""
    connection.execute("INSERT INTO metric_samples SELECT now() + %s, '{9}'", (ahead,))
    for table in ("minutes", "hours"):
        connection.execute(
            f"INSERT INTO metric_{table} SELECT now() + %s, '{{9}}', '{{9}}', '{{9}}', '{{9}}'",
            (ahead,),
        )


def test_a_new_figure_gets_a_place_and_the_others_keep_theirs(context: Context) -> None:
    with context.connection() as connection:
        write_sample(connection, {"store/graph/bytes": 1.0})
        write_sample(connection, {"store/cache/bytes": 2.0, "store/graph/bytes": 3.0})
    [(_, values)] = rows(context, "metric_samples")
    assert values == [3, 2]
    assert [metric.unit for metric in metrics_of(context)] == ["bytes", "bytes"]


def test_the_history_of_the_installation_survives_a_reset(context: Context) -> None:
    Sampler(context, [])()
    reset(context)
    assert len(rows(context, "metric_samples")) == 1


# ── reading


def test_gaps_stay_gaps_and_what_is_not_rolled_up_yet_is_there(context: Context) -> None:
    with context.connection() as connection:
        named(connection, "store/graph/bytes")
        [(until,)] = connection.execute("SELECT date_bin('1 minute', now(), 'epoch')").fetchall()
        since = until - dt.timedelta(days=1)
        connection.execute(
            "INSERT INTO metric_minutes VALUES (%(at)s, '{5}', '{1}', '{9}', '{7}')", {"at": since + 9 * MINUTE}
        )
        put(connection, until - MINUTE, 100.0)
    found = read_series(context, ["store/*"], since, until)
    [line] = found.lines
    known = {at: value for at, value in zip(found.at, line.average, strict=True) if value is not None}
    assert found.step_s == 180
    assert len(found.at) <= 600
    assert list(known.values()) == [5, 100]
    assert [value for value in line.most if value is not None] == [9, 100]
    assert min(known) <= since + 9 * MINUTE < min(known) + dt.timedelta(seconds=180)


def test_a_year_of_hours_comes_as_few_points(context: Context) -> None:
    with context.connection() as connection:
        named(connection, "store/graph/bytes")
        connection.execute(
            "INSERT INTO metric_hours SELECT at, ARRAY[1], ARRAY[1], ARRAY[1], ARRAY[1]"
            " FROM generate_series(now() - interval '364 days', now() - interval '1 hour', '1 hour') AS at"
        )
    found = read_range(context, ["store/graph/bytes"], "1y")
    assert 500 < len(found.at) <= 600
    assert sum(value is not None for value in found.lines[0].average) > 500


# ── over HTTP


@pytest.fixture(scope="module")
def client(migrated: Context) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(migrated.settings)) as client:
        yield client


def test_figures_are_served_as_json_and_as_csv(context: Context, client: TestClient[Any]) -> None:
    with context.connection() as connection:
        write_sample(connection, {"queue/finish/ready": 2.0, "queue/finish/dead": 1.0})
    assert client.get("/api/metrics").json() == {
        "metrics": [
            {"name": "queue/finish/dead", "unit": "messages"},
            {"name": "queue/finish/ready", "unit": "messages"},
        ]
    }
    asked = {"metric": ["queue/*/ready"], "range": "15m"}
    answer = client.get("/api/metrics/history", params=asked).json()
    assert (answer["step_s"], [line["metric"] for line in answer["lines"]]) == (10, ["queue/finish/ready"])
    assert [value for value in answer["lines"][0]["last"] if value is not None] == [2]
    for form in (
        client.get("/api/metrics/history", params=asked | {"format": "csv"}),
        client.get("/api/metrics/history", params=asked, headers={"Accept": "text/csv"}),
    ):
        table = list(csv.DictReader(io.StringIO(form.text)))
        assert form.headers["content-type"].startswith("text/csv")
        assert [row["last"] for row in table if row["last"]] == ["2.0"]
        assert len(table) == len(answer["at"])


@pytest.mark.parametrize("query", ["", "metric=a&range=2h", "metric=a&format=xml"])
def test_a_question_that_cannot_be_answered_is_refused(client: TestClient[Any], query: str) -> None:
    assert 400 <= client.get(f"/api/metrics/history?{query}").status_code < 500


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_drawn_and_comes_as_csv(context: Context, client: TestClient[Any], name: str) -> None:
    sampler = Sampler(context)
    drawn: dict[str, Any] = {}

    def is_drawn() -> bool:
        """PostgreSQL tells of a session's reads once a second: until there are some, there is no share of hits."""
        nonlocal drawn
        sampler()
        drawn = client.get(f"/api/charts/{name}", params={"range": "15m"}).json()
        return any(value is not None for trace in drawn["data"] for value in trace["y"])

    wait_until(is_drawn, lambda: str(drawn))
    assert drawn["layout"]["title"]["text"].endswith(", the last 15 minutes")
    table = client.get(f"/api/charts/{name}", params={"range": "15m", "format": "csv"}).text
    assert next(csv.reader(io.StringIO(table))) == ["at", *(trace["name"] for trace in drawn["data"])]
    assert client.get(f"/api/charts/{name}x").status_code >= 400


# ── the scheduler's process


def test_the_scheduler_takes_samples_by_itself(context: Context, tmp_path: Path) -> None:
    with running(tmp_path, context.settings, "scheduler") as process:
        wait_until(lambda: bool(rows(context, "metric_samples")), process.text, 60)
        assert process.end() == 0
    assert last(context, "store/postgres/up") == 1
