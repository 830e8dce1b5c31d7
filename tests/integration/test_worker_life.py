"""Worker processes that are told to stop in the middle of a message, and those that have nothing to do for long."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg
import pytest

from functions.derivations.plan import forget_derivations, plan_derivations
from functions.registry import FUNCTIONS
from functions.runtime.entities import Entity
from functions.runtime.ledger.store import all_due
from functions.runtime.messages import LoadGraph, LoadTable, Message, ParseChunk, Split
from functions.runtime.messaging.queue_admin import flush
from functions.runtime.messaging.sender import send_all
from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo
from tests.integration.pipeline import APRIL, MAY, Pipeline, deliver, open_pipeline, small, split_of, write_dump
from tests.processes import Process, running, wait_until

#: Three times what any worker may take from SIGTERM to its end: its machine may be busy.
STOP_LIMIT_S = 60.0


@pytest.fixture
def pipeline(settings: Settings) -> Iterator[Pipeline]:
    with open_pipeline(settings) as pipeline:
        pipeline.reset()
        flush(settings, FUNCTIONS.queues)
        yield pipeline


def two_months(folder: Path) -> Path:
    """April, and May in which every record is another one."""
    records = small()
    write_dump(folder, APRIL, records)
    return write_dump(
        folder,
        MAY,
        {
            entity: [
                text.replace(b"A", b"B")
                if isinstance(text, bytes)
                else text.replace("Artist ", "X ")
                .replace("Label ", "Y ")
                .replace("Master ", "Z ")
                .replace("Release ", "R ")
                for text in texts
            ]
            for entity, texts in records.items()
        },
    )


def half_way(pipeline: Pipeline, source: Path) -> list[Message]:
    """A run with a part before each step, and a batch of a derivation; their messages."""
    pipeline.load(source, APRIL)
    with pipeline.context.connection() as connection:
        forget_derivations(connection, ["release-facts"])
    derive = plan_derivations(pipeline.context)[-1:]
    _, messages = split_of(pipeline, source, dump=MAY)
    waiting: dict[Entity, Message] = {one.entity: one for one in messages if isinstance(one, ParseChunk)}
    for entity in ("labels", "masters"):
        [waiting[entity]] = deliver(pipeline, waiting[entity])
    [waiting["masters"]] = deliver(pipeline, waiting["masters"])
    kinds = [type(waiting[entity]) for entity in ("artists", "labels", "masters")]
    assert kinds == [ParseChunk, LoadTable, LoadGraph]
    return [waiting["artists"], waiting["labels"], waiting["masters"], *derive]


def attempts(pipeline: Pipeline) -> dict[str, int]:
    """Of the parts that have been started, and of the batches."""
    parts = pipeline.query("SELECT entity, attempts FROM parts WHERE attempts > 0 AND state <> 'done'")
    return dict(parts) | dict(
        pipeline.query("SELECT 'batch', max(attempts) FROM derivation_work HAVING max(attempts) > 0")
    )


def test_a_worker_told_to_stop_in_mid_part_ends_in_time_and_no_start_counts(
    settings: Settings, tmp_path: Path, pipeline: Pipeline
) -> None:
    source = two_months(tmp_path)
    messages = half_way(pipeline, source)
    names = [FUNCTIONS.spec_of(message).name for message in messages]
    assert names == ["parse-chunk", "load-table", "load-graph", "derive"]
    xml = next(Path(settings.bucket).glob("runs/*/artists/0*xml*"))
    content = xml.read_bytes()
    xml.unlink()
    os.mkfifo(xml)  # whoever reads it waits in the kernel
    held = psycopg.connect(postgres_conninfo(settings))
    held.execute("LOCK TABLE labels, masters, releases IN ACCESS EXCLUSIVE MODE")
    with ExitStack() as stack:
        stack.callback(held.close)
        workers = [stack.enter_context(running(tmp_path, settings, "worker", name)) for name in names]
        send_all(settings, messages)
        wanted = {"artists": 1, "labels": 1, "masters": 1, "batch": 1}
        wait_until(lambda: attempts(pipeline) == wanted, lambda: f"{attempts(pipeline)}")
        for worker in workers:
            worker.terminate()
        codes = [worker.wait(STOP_LIMIT_S) for worker in workers]
        assert codes == [0, 0, 0, 0]
        assert attempts(pipeline) == {}
        held.rollback()
        xml.unlink()
        xml.write_bytes(content)
        again = [stack.enter_context(running(tmp_path, settings, "worker", name)) for name in (*names, "finish")]
        run = pipeline.query("SELECT max(id) FROM runs")[0][0]
        send_all(settings, all_due(pipeline.context, run))
        wait_until(lambda: pipeline.run(run).state == "done", lambda: "\n".join(worker.text() for worker in again))
        wait_until(lambda: pipeline.query("SELECT 1 FROM derivation_work") == [], lambda: again[3].text())
    assert pipeline.differences(source, MAY) == {}


def test_a_split_that_waits_for_room_stops_where_it_is_and_no_start_counts(
    settings: Settings, tmp_path: Path, pipeline: Pipeline
) -> None:
    source = write_dump(tmp_path, APRIL, small())
    begun = pipeline.begin(source)
    splits = [following for message in begun.messages for following in deliver(pipeline, message)]
    smaller = {"LINERNOTES_PART_BYTES": "1000", "LINERNOTES_PENDING_PARTS": "1"}
    with running(tmp_path, settings, "worker", "split", **smaller) as worker:
        send_all(
            settings, [message for message in splits if isinstance(message, Split) and message.entity == "releases"]
        )
        wait_until(lambda: pipeline.query("SELECT 1 FROM parts") != [], worker.text)
        assert worker.end(STOP_LIMIT_S) == 0
        assert pipeline.query("SELECT 1 FROM files WHERE attempts > 0") == []
        assert "redelivered" not in worker.text()


def test_a_worker_that_still_waits_for_a_store_stops_at_once(settings: Settings, tmp_path: Path) -> None:
    with running(tmp_path, settings, "worker", "parse-chunk", POSTGRES_ADDRESS="127.0.0.1:1") as worker:
        wait_until(lambda: "store unavailable" in worker.text(), worker.text)
        assert worker.end(STOP_LIMIT_S) == 0


def test_an_idle_worker_has_no_connection_to_a_store_and_works_with_the_next_message(
    settings: Settings, tmp_path: Path, pipeline: Pipeline
) -> None:
    messages = half_way(pipeline, two_months(tmp_path))
    graph = int(settings.graph_address.rpartition(":")[2])
    with running(tmp_path, settings, "worker", "load-graph", CONSUMER_CANCEL_DELAY="1") as worker:
        worker.wait_until_ready()
        idle = _without_connections(pipeline, settings, worker, graph)
        wait_until(idle, worker.text)
        assert worker.get("/health/ready")[0] == 200
        send_all(settings, [messages[2]])
        wait_until(lambda: _is_done(pipeline), worker.text)
        wait_until(idle, worker.text)
        assert worker.get("/health/ready")[0] == 200


def _is_done(pipeline: Pipeline) -> bool:
    return (
        pipeline.query(
            "SELECT 1 FROM parts WHERE entity = 'masters' AND state = 'done' AND run = (SELECT max(run) FROM parts)"
        )
        != []
    )


def _without_connections(pipeline: Pipeline, settings: Settings, worker: Process, graph: int) -> Callable[[], bool]:
    """Whether a worker holds no connection to PostgreSQL, by that server's own account, nor to the graph server."""
    name = f"linernotes {worker.pid} %"

    def idle() -> bool:
        connections = psutil.Process(worker.pid).net_connections("tcp")
        to_graph = [one for one in connections if one.raddr and one.raddr.port == graph]
        return (
            not to_graph and pipeline.query("SELECT 1 FROM pg_stat_activity WHERE application_name LIKE %s", name) == []
        )

    return idle
