"""What both brokers do for a function: deliver, try again, give up, and account for it."""

from __future__ import annotations

import json
import time

import pytest
from msgspec import structs

from functions.registry import FUNCTIONS
from functions.runtime.errors import SettingError, StoreUnavailable
from functions.runtime.messages import Finish
from functions.runtime.messaging.queue_admin import (
    broker_figures,
    dead_letters,
    depths,
    flush,
    purge,
    queue_stats,
    requeue,
)
from functions.runtime.messaging.sender import open_sender
from functions.runtime.settings import read_settings
from functions.runtime.telemetry.metrics import folder
from tests.integration.broker.conftest import Bench, part, put_raw
from tests.integration.broker.servers import until

QUEUES = FUNCTIONS.queues


def test_a_message_is_worked_on_and_what_it_yields_is_sent_on(bench: Bench) -> None:
    bench.plan(7, "then finish")
    bench.worker()
    bench.worker("finish")
    bench.send(part(7, "artists"))
    bench.until_noted("begun-7", "done-7", "finished-1")
    until(
        lambda: all(figure.depth == figure.dead == 0 for figure in queue_stats(bench.settings, QUEUES)),
        what="empty queues",
    )


def test_depths_are_told_with_and_without_the_management(bench: Bench) -> None:
    bench.send(part(1), part(2), part(3, "artists"))
    bench.send(part(4), delay_ms=60_000)
    expected = {"load-table.releases": 3, "load-table.artists": 1}

    def found(**changes: str) -> dict[str, int]:
        settings = structs.replace(bench.settings, **changes)
        return {queue: depth for queue, depth in depths(settings, FUNCTIONS.queues).items() if depth}

    until(lambda: found() == expected, what="the depths")
    until(lambda: found(amqp_management="http://127.0.0.1:1") == expected, what="the depths without management")
    flush(bench.settings, QUEUES)


def test_a_broker_says_what_it_takes_and_how_soon_it_answers(bench: Bench) -> None:
    until(lambda: bool(broker_figures(bench.settings).connections is not None), what="the broker's own figures")
    found = broker_figures(bench.settings)
    assert found.memory is not None
    assert found.memory > 100_000
    assert found.latency_ms is not None
    assert found.latency_ms > 0


def test_a_store_that_is_away_is_waited_for_without_limit(bench: Bench) -> None:
    """Far more often than errors are tried again, with a pause each time; what else fails then is still bounded."""
    bench.plan(1, "away until it is back")
    bench.worker()
    bench.send(part(1))
    most = bench.settings.max_retries
    until(lambda: bench.notes().count("back-later-1") > 3 * most, what="many tries")
    assert bench.notes().count("begun-1") <= bench.notes().count("back-later-1") + 1
    assert dead_letters(bench.settings, QUEUES) == []
    (bench.folder / "back").touch()
    bench.until_noted("done-1")
    until(lambda: bench.figure().depth == 0, what="an empty queue")
    bench.plan(2, "away until it is back")
    (bench.folder / "back").unlink()
    bench.send(part(2))
    until(lambda: bench.notes().count("begun-2") > most + 1, what="many tries")
    bench.plan(2, "mistake")
    bench.until_noted("dead-2")
    assert [letter.message["part"] for letter in dead_letters(bench.settings, QUEUES) if letter.message] == [2]


def test_a_worker_leaves_the_messages_it_sends_to_others(bench: Bench) -> None:
    """Stock Dramatiq on RabbitMQ: a queue that is sent to is also consumed, and its messages die as unknown."""
    for number in range(5):
        bench.plan(number, "then finish")
    worker = bench.worker()
    bench.send(*(part(number) for number in range(5)))
    bench.until_noted(*(f"done-{number}" for number in range(5)))
    until(lambda: bench.figure("finish").ready == 5, what="the messages waiting for their own function")
    assert "undefined actor" not in worker.text()
    assert dead_letters(bench.settings, QUEUES) == []


def test_a_permanent_error_is_a_dead_letter_at_once_that_can_be_requeued_and_purged(bench: Bench) -> None:
    bench.plan(1, "permanent")
    bench.worker()
    bench.send(part(1), part(2))
    bench.until_noted("done-2", "dead-1")
    until(lambda: len(dead_letters(bench.settings, QUEUES)) == 1)
    (letter,) = dead_letters(bench.settings, QUEUES)
    assert (letter.queue, letter.function, letter.error) == (
        "load-table.releases",
        "load-table",
        "This cannot be loaded.",
    )
    assert letter.message is not None
    assert (letter.message["part"], letter.message["run"]) == (1, 1)
    assert letter.at is not None
    assert abs(letter.at.timestamp() - time.time()) < 60
    assert bench.notes().count("begun-1") == 1

    assert requeue(bench.settings, QUEUES, ["another"]) == 0
    assert requeue(bench.settings, QUEUES, [letter.id]) == 1
    until(lambda: bench.notes().count("dead-1") == 2)
    until(lambda: len(dead_letters(bench.settings, QUEUES)) == 1)
    assert purge(bench.settings, QUEUES) == 1
    assert dead_letters(bench.settings, QUEUES) == []


def test_a_message_of_a_run_that_was_emptied_is_over(bench: Bench) -> None:
    bench.plan(1, "emptied")
    bench.worker()
    bench.send(part(1), part(2))
    bench.until_noted("begun-1", "done-2")
    until(lambda: bench.figure().depth == 0, what="an empty queue")
    assert dead_letters(bench.settings, QUEUES) == []
    assert "dead-1" not in bench.notes()
    assert bench.notes().count("begun-1") == 1


@pytest.mark.parametrize(("plan", "error"), [("transient", "The store is away."), ("mistake", "ZeroDivisionError: oh")])
def test_any_other_error_is_tried_again_with_backoff_and_then_a_dead_letter(
    bench: Bench, plan: str, error: str
) -> None:
    bench.plan(1, plan)
    worker = bench.worker()
    bench.send(part(1))
    bench.until_noted("dead-1")
    until(lambda: len(dead_letters(bench.settings, QUEUES)) == 1)
    assert bench.notes().count("begun-1") == 1 + bench.settings.max_retries
    assert dead_letters(bench.settings, QUEUES)[0].error == error
    assert ("Traceback" in worker.text()) == (plan == "mistake")


def test_a_message_that_fails_once_is_done_at_its_second_try(bench: Bench) -> None:
    bench.plan(1, "fail once")
    bench.worker()
    bench.send(part(1))
    bench.until_noted("done-1")
    until(lambda: bench.figure().depth == 0)
    assert dead_letters(bench.settings, QUEUES) == []


def test_messages_that_cannot_be_read_end_in_the_dead_letters(bench: Bench) -> None:
    worker = bench.worker()
    bench.send(part(4))
    bench.until_noted("done-4")  # so that the queue exists
    put_raw(bench, b"\xff not an envelope")
    put_raw(bench, json.dumps(envelope({"type": "LoadTable", "run": "x"}), separators=(",", ":")).encode())
    put_raw(bench, json.dumps(envelope({"run": 1}) | {"actor_name": "nobody"}, separators=(",", ":")).encode())
    bench.send(part(5))
    bench.until_noted("done-5")
    until(lambda: len(dead_letters(bench.settings, QUEUES)) == 3)
    assert sum(letter.message is None for letter in dead_letters(bench.settings, QUEUES)) == 1
    assert worker.exits == []


def test_a_killed_worker_s_message_is_delivered_again(bench: Bench) -> None:
    bench.plan(1, "wait")
    worker = bench.worker()
    bench.send(part(1))
    bench.until_noted("begun-1")
    bench.go()
    worker.kill()
    bench.until_noted("done-1")
    until(lambda: bench.figure().depth == 0)
    assert worker.exits == [-9]


def test_a_stopped_worker_finishes_its_message_and_exits_with_0(bench: Bench) -> None:
    bench.plan(1, "wait")
    worker = bench.worker()
    bench.send(part(1))
    bench.until_noted("begun-1")
    worker.process.terminate()
    time.sleep(0.5)
    bench.go()
    assert worker.stop() == 0
    assert bench.notes() == ["begun-1", "done-1"]
    until(lambda: bench.figure().depth == 0)


def test_a_message_that_outlasts_the_grace_is_delivered_again_at_once(bench: Bench) -> None:
    bench.plan(1, "wait")
    worker = bench.worker()
    bench.send(part(1))
    bench.until_noted("begun-1")
    assert worker.stop() == 0
    bench.go()
    bench.worker()
    bench.until_noted("done-1")


def test_a_worker_with_four_queues_takes_one_message_at_a_time(bench: Bench) -> None:
    """Else the first worker of `split` would take all four files, and the others would stand idle."""
    for number, entity in enumerate(["artists", "labels", "masters", "releases"]):
        bench.plan(number, "wait")
        bench.send(part(number, entity))
    for _ in range(2):
        bench.worker()
    until(lambda: len(bench.notes()) == 2)
    time.sleep(0.6)
    assert len(bench.notes()) == 2
    until(
        lambda: sum(figure.unacked for figure in queue_stats(bench.settings, QUEUES)) == 2,
        what="two messages in work",
    )
    assert sum(figure.ready for figure in queue_stats(bench.settings, QUEUES)) == 2
    bench.go()
    bench.until_noted("done-0", "done-1", "done-2", "done-3")


def test_a_delayed_message_counts_as_depth_and_comes_when_it_is_due(bench: Bench) -> None:
    bench.worker().until_ready()
    begun = time.monotonic()
    bench.send(part(1), delay_ms=1_000)
    bench.send(part(2), delay_ms=60_000)
    bench.until_noted("done-1")
    assert 1 < time.monotonic() - begun < 60
    until(lambda: bench.figure().delayed == 1, what="the count of delayed messages")
    assert bench.figure().depth == 1
    assert bench.notes() == ["begun-1", "done-1"]


def test_a_flush_empties_the_queues_and_keeps_the_dead_letters(bench: Bench) -> None:
    bench.plan(1, "permanent")
    worker = bench.worker()
    bench.send(part(1))
    until(lambda: len(dead_letters(bench.settings, QUEUES)) == 1)
    worker.stop()
    bench.send(part(2), part(3), Finish(run=1))
    bench.send(part(4), delay_ms=60_000)
    flush(bench.settings, QUEUES)
    until(lambda: all(figure.depth == 0 for figure in queue_stats(bench.settings, QUEUES)))
    until(lambda: bench.figure().dead == 1, what="the count of dead letters")


def test_a_function_over_its_time_limit_is_interrupted_and_tried_again(bench: Bench) -> None:
    (bench.folder / "slow.plan").touch()
    bench.worker("finish")
    bench.send(Finish(run=3))
    bench.until_noted("finished-3", seconds=60)
    assert bench.notes().count("begun-3") == 2


def test_a_worker_s_lines_name_run_entity_part_and_function_and_its_figures_are_kept(bench: Bench) -> None:
    bench.plan(9, "permanent")
    worker = bench.worker()
    bench.send(part(9))
    bench.until_noted("dead-9")
    until(lambda: "dead-lettered" in worker.text())
    line = next(json.loads(line) for line in worker.text().splitlines() if "dead-lettered" in line)
    assert {
        "run": 1,
        "entity": "releases",
        "part": 9,
        "function": "load-table",
        "level": "error",
    }.items() <= line.items()
    assert list(folder(bench.settings).glob("counter_*.db"))


def test_a_sender_says_so_when_the_broker_does_not_answer(bench: Bench) -> None:
    scheme = bench.server.url.split(":")[0]
    nobody = bench.environment | {"AMQP_CONNECTION": f"{scheme}://127.0.0.1:1", "LINERNOTES_BROKER_DEADLINE": "0.2"}
    with open_sender(read_settings(nobody)) as sender:
        with pytest.raises(StoreUnavailable, match="did not answer"):
            sender.send(part(1))
        with pytest.raises(StoreUnavailable, match="does not answer"):
            sender.ping()


def test_an_address_that_is_no_broker_is_a_bad_setting(bench: Bench) -> None:
    with pytest.raises(SettingError, match="AMQP_CONNECTION"):
        open_sender(read_settings(bench.environment | {"AMQP_CONNECTION": "http://localhost"}))


def envelope(payload: dict[str, object]) -> dict[str, object]:
    options = {"redis_message_id": "00"}
    message = {"actor_name": "load-table", "args": [payload], "kwargs": {}, "options": options}
    return message | {"queue_name": "load-table.releases", "message_id": json.dumps(payload), "message_timestamp": 1}
