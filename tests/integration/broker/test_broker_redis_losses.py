"""What stock Dramatiq loses or strands when Redis goes away, each mended. Real servers, really killed and paused."""

from __future__ import annotations

import time
from pathlib import Path

from functions.registry import FUNCTIONS
from functions.runtime.messaging.queue_admin import dead_letters, queue_stats
from tests.integration.broker.conftest import Bench, part
from tests.integration.broker.servers import Valkey, until

QUEUES = FUNCTIONS.queues


def server_of(bench: Bench) -> Valkey:
    assert isinstance(bench.server, Valkey)
    return bench.server


def test_a_function_that_raises_while_the_broker_is_down_keeps_its_message(valkey_bench: Bench) -> None:
    """Stock: the retry is sent in vain, silently, and the message acknowledged later."""
    bench, server = valkey_bench, server_of(valkey_bench)
    bench.plan(1, "wait, then fail once")
    bench.worker()
    bench.send(part(1))
    bench.until_noted("begun-1")
    server.kill()
    bench.go()
    time.sleep(1.5)
    server.start()
    bench.until_noted("done-1")
    until(
        lambda: all(figure.depth == figure.dead == 0 for figure in queue_stats(bench.settings, QUEUES)),
        what="empty queues",
    )


def test_a_worker_that_cannot_send_for_too_long_ends_and_its_message_comes_again(valkey_bench: Bench) -> None:
    bench, server = valkey_bench, server_of(valkey_bench)
    bench.plan(1, "wait, then fail once")
    worker = bench.worker(LINERNOTES_BROKER_DEADLINE="0.5")
    bench.send(part(1))
    bench.until_noted("begun-1")
    server.kill()
    bench.go()
    until(lambda: len(worker.exits) > 0, what="the end of the worker")
    server.start()
    bench.until_noted("done-1")
    assert worker.exits[0] == 75
    until(lambda: bench.figure().depth == 0)


def test_delayed_messages_do_not_strand_when_the_broker_restarts(valkey_bench: Bench) -> None:
    """Stock: they stay in the ack set of a worker that goes on living and has forgotten them."""
    bench, server = valkey_bench, server_of(valkey_bench)
    worker = bench.worker(LINERNOTES_BROKER_DEADLINE="60")
    worker.until_ready()
    bench.send(*(part(number) for number in range(5)), delay_ms=12_000)
    until(lambda: bench.figure().delayed == 5)
    server.kill()
    time.sleep(0.5)
    server.start()
    bench.until_noted(*(f"done-{number}" for number in range(5)))
    assert worker.exits == [75]
    until(lambda: bench.figure().depth == 0)


def test_a_stall_longer_than_the_socket_timeout_loses_no_acknowledgement(valkey_bench: Bench) -> None:
    """Stock: redis-py's TimeoutError is no ConnectionError; the message is neither acknowledged nor tried again."""
    bench, server = valkey_bench, server_of(valkey_bench)
    bench.plan(1, "wait")
    bench.worker()
    bench.send(part(1), part(2))
    bench.until_noted("begun-1")
    server.pause()
    bench.go()
    bench.until_noted("done-1")
    time.sleep(6)
    server.resume()
    bench.until_noted("done-2")
    until(lambda: bench.figure().depth == 0, what="the acknowledgement")
    assert dead_letters(bench.settings, QUEUES) == []


def test_a_broker_killed_under_load_loses_nothing(valkey_bench: Bench) -> None:
    bench, server = valkey_bench, server_of(valkey_bench)
    for _ in range(2):
        bench.worker()
    bench.send(*(part(number) for number in range(200)))
    until(lambda: len(bench.notes()) > 50)
    server.kill()
    time.sleep(0.5)
    server.start()
    bench.until_noted(*(f"done-{number}" for number in range(200)))
    until(lambda: bench.figure().depth == 0)
    assert all(Path(worker.log).exists() for worker in bench.workers)
