"""What stock Dramatiq loses when a connection to RabbitMQ breaks, mended."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest

from functions.registry import FUNCTIONS
from functions.runtime.messaging.connection_guard import ConnectionGuard
from functions.runtime.messaging.envelope import wrap
from functions.runtime.messaging.queue_admin import dead_letters, purge, requeue
from functions.runtime.messaging.rabbitmq import GuardedRabbitmq
from tests.connection_cutter import cutting
from tests.integration.broker.conftest import Bench, part
from tests.integration.broker.rabbitmq_management import close_connection, connections
from tests.integration.broker.servers import Rabbitmq, needs_rabbitmq, until

QUEUES = FUNCTIONS.queues

#: Seconds after which a server of these tests takes an unacknowledged message back. It looks once a second.
CONSUMER_TIMEOUT_S = 4


@pytest.fixture(scope="module")
def hasty_rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rabbitmq]:
    """A RabbitMQ that waits four seconds for an acknowledgement, and no longer."""
    needs_rabbitmq()
    hasty = f"consumer_timeout = {CONSUMER_TIMEOUT_S * 1000}\n"
    server = Rabbitmq(tmp_path_factory.mktemp("rabbitmq"), hasty, ", {channel_tick_interval, 1000}")
    yield server
    server.stop()


@pytest.fixture
def hasty_bench(hasty_rabbitmq: Rabbitmq, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(hasty_rabbitmq, tmp_path)
    yield bench
    bench.close()


def test_a_queue_is_consumed_though_the_first_connections_break(rabbitmq_bench: Bench) -> None:
    """What has taken no message yet may try again; a worker on a busy machine would end at its start."""
    with cutting("127.0.0.1", rabbitmq_bench.server.port) as cutter:
        url = rabbitmq_bench.settings.broker_url.replace(f":{rabbitmq_bench.server.port}", f":{cutter.port}")
        settings = msgspec.structs.replace(rabbitmq_bench.settings, broker_url=url)
        broker = GuardedRabbitmq(settings, ConnectionGuard(deadline=settings.broker_deadline, in_worker=True))
        broker.ping()
        for queue in ("load-table.releases", "load-table.releases.DQ"):
            cutter.cuts = [0, None, 0] if queue.endswith("releases") else [0, 0]
            consumer = broker.consume(broker.address(queue), timeout=100)
            assert next(consumer) is None
            assert not cutter.cuts
            consumer.close()
        broker.close()


def test_no_message_is_acknowledged_by_the_tag_of_another_after_a_connection_broke(rabbitmq_bench: Bench) -> None:
    """Stock: a consumer that connects again acknowledges by the old numbers, and other messages are gone."""
    bench = rabbitmq_bench
    for number in range(7):
        bench.plan(number, "hold" if number else "wait")
    worker = bench.worker(LINERNOTES_PREFETCH="8")
    bench.send(part(100), part(101))
    bench.until_noted("done-100", "done-101")  # so that the numbers after the break are not those from before
    bench.send(*(part(number) for number in range(7)))
    bench.until_noted("begun-0")
    until(lambda: len(connections(bench)) > 1, what="the connections being listed")
    for name in connections(bench):
        close_connection(bench, name)
    until(lambda: worker.exits == [75], what="the end of the worker")
    bench.go()
    bench.until_noted("done-0", "begun-1")
    worker.kill()
    (bench.folder / "release").touch()
    bench.until_noted(*(f"done-{number}" for number in range(7)))
    assert dead_letters(bench.settings, QUEUES) == []


def test_letters_of_one_message_have_ids_of_their_own(rabbitmq_bench: Bench) -> None:
    """One whose confirmation was lost is written twice, and bytes that cannot be read may come to two queues."""
    settings = rabbitmq_bench.settings
    broker = GuardedRabbitmq(settings, ConnectionGuard(deadline=settings.broker_deadline, in_worker=True))
    twice = wrap(broker, part(1)).copy(options={"error": "poison"})
    for queue, body in (("load-table.releases", twice.encode()), ("load-table.labels", b"\xff"), ("finish", b"\xff")):
        for _ in range(2):
            broker.publish_dead(broker.address(queue), body)
    broker.close()
    found = dead_letters(settings, QUEUES)
    assert len({letter.id for letter in found}) == 6
    [first, second] = [letter for letter in found if letter.queue == "load-table.releases"]
    assert (first.id, second.id) == (twice.message_id, f"{twice.message_id}.2")
    assert purge(settings, QUEUES, [second.id]) == 1
    assert requeue(settings, QUEUES, [first.id]) == 1
    assert {letter.queue for letter in dead_letters(settings, QUEUES)} == {"load-table.labels", "finish"}
    assert len(dead_letters(settings, QUEUES)) == 4


def test_single_connections_closed_under_load_lose_nothing(rabbitmq_bench: Bench) -> None:
    """Of those that take, and of those that send: every tenth message sends another when it is done."""
    bench, draw = rabbitmq_bench, random.Random(1)
    parts = range(300)
    for number in parts[::10]:
        bench.plan(number, "then finish")
    workers = [bench.worker(), bench.worker()]
    bench.send(*(part(number) for number in parts))
    closed = 0
    for goal in range(30, 300, 45):
        until(partial(has_noted, bench, goal), seconds=60, what=f"line {goal}")
        until(lambda: bool(connections(bench)), what="the connections being listed")
        close_connection(bench, draw.choice(connections(bench)))
        closed += 1
    bench.until_noted(*(f"done-{number}" for number in parts), seconds=90)
    until(lambda: bench.figure().depth == 0, what="the acknowledgements")
    assert bench.figure("finish").ready >= len(parts[::10])
    assert closed > 3
    assert {code for worker in workers for code in worker.exits} <= {75}
    assert dead_letters(bench.settings, QUEUES) == []


def has_noted(bench: Bench, lines: int) -> bool:
    return len(set(bench.notes())) > lines


def test_a_message_that_outlasts_the_server_s_consumer_timeout_is_not_lost(hasty_bench: Bench) -> None:
    """The server takes it back and closes the channel. Who works on it goes on; another finds it in work, or done."""
    bench = hasty_bench
    bench.plan(1, "wait")
    worker = bench.worker()
    bench.send(part(1))
    bench.until_noted("begun-1")
    bench.send(part(2))
    until(lambda: bench.figure().ready == 2, what="the server having taken the message back")
    assert worker.exits == []
    bench.go()
    bench.until_noted("done-1", "done-2")
    assert bench.notes().count("done-1") == 2
    assert worker.exits == [75]
    until(lambda: bench.figure().depth == 0, what="the acknowledgements")
    assert dead_letters(bench.settings, QUEUES) == []


def test_a_delay_longer_than_the_server_s_consumer_timeout_is_kept(hasty_bench: Bench) -> None:
    bench = hasty_bench
    bench.worker()
    begun = time.monotonic()
    bench.send(part(1), delay_ms=8_000)
    bench.until_noted("done-1")
    assert time.monotonic() - begun >= 8
    until(lambda: bench.figure().depth == 0, what="the acknowledgement")
