"""`linernotes deploy queues`: every queue before any worker, and what is there with other arguments."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Collection
from typing import Any

import pika
import pytest

from functions.registry import FUNCTIONS
from functions.runtime.errors import StoreUnavailable
from functions.runtime.messaging import queue_admin, rabbitmq_queues, rabbitmq_topology
from functions.runtime.messaging.queue_admin import dead_letters, purge
from functions.runtime.messaging.rabbitmq_topology import CONSUMER_TIMEOUT, Declared
from infra.stack.programs import python_module
from tests.integration.broker.conftest import ROOT, Bench, part, put_raw
from tests.integration.broker.rabbitmq_management import ask
from tests.integration.broker.servers import until

QUEUES = FUNCTIONS.queues


def deploy(bench: Bench, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = python_module("infra.cli.main", "deploy", "queues", *words)
    environment = {"PATH": "/usr/bin:/bin", "COLUMNS": "500", **bench.environment}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def states(bench: Bench, *words: str) -> dict[tuple[str, str], str]:
    found: list[dict[str, str]] = json.loads(deploy(bench, "--json", *words).stdout)
    return {
        (each["kind"], each["name"].removeprefix(f"{bench.settings.broker_namespace}.")): each["state"]
        for each in found
    }


def declare(bench: Bench, queue: str, **arguments: Any) -> None:
    """Make a queue as an earlier version did."""
    with pika.BlockingConnection(pika.URLParameters(bench.server.url)) as connection:
        connection.channel().queue_declare(
            f"{bench.settings.broker_namespace}.{queue}", durable=True, arguments=arguments
        )


def test_every_queue_is_there_before_any_worker_and_a_second_time_changes_nothing(rabbitmq_bench: Bench) -> None:
    first = states(rabbitmq_bench)
    assert set(first) == {("exchange", f"{queue}.XQ") for queue in QUEUES} | {
        ("queue", f"{queue}{suffix}") for queue in QUEUES for suffix in ("", ".DQ", ".XQ")
    }
    assert set(first.values()) == {"declared"}
    assert set(states(rabbitmq_bench).values()) == {"unchanged"}
    assert f"{rabbitmq_bench.settings.broker_namespace}.split.artists" in deploy(rabbitmq_bench).stdout


def test_a_server_that_gives_up_while_queues_are_made_is_asked_again(
    rabbitmq_bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, declared = [541, 541], rabbitmq_topology.deploy

    def give_up(connection: Any, queues: Collection[str], *, replace: bool) -> list[Declared]:
        if told:
            raise pika.exceptions.ConnectionClosedByBroker(told.pop(), "INTERNAL_ERROR")
        return declared(connection, queues, replace=replace)

    monkeypatch.setattr(rabbitmq_queues, "deploy", give_up)
    monkeypatch.setattr(rabbitmq_queues, "_PAUSES_S", (0.0, 0.0))
    assert len(queue_admin.deploy(rabbitmq_bench.settings, QUEUES)) == 4 * len(QUEUES)
    told += [320]  # an operator ended the connection
    with pytest.raises(StoreUnavailable):
        queue_admin.deploy(rabbitmq_bench.settings, QUEUES)
    assert not told


def test_queues_are_quorum_queues_without_expiry_each_with_a_dead_letter_exchange(rabbitmq_bench: Bench) -> None:
    bench = rabbitmq_bench
    rabbitmq_bench.send(part(1))
    name = f"{bench.settings.broker_namespace}.load-table.releases"
    queues = {row["name"]: row for row in ask(bench, "GET", "/api/queues/%2F")}
    for suffix in ("", ".DQ", ".XQ"):
        arguments = queues[name + suffix]["arguments"]
        assert queues[name + suffix]["durable"]
        assert arguments["x-queue-type"] == "quorum"
        assert arguments["x-delivery-limit"] == 1_000_000
        assert arguments.get("x-dead-letter-exchange") == (None if suffix == ".XQ" else f"{name}.XQ")
        assert not {"x-message-ttl", "x-expires", "x-max-length", "x-queue-mode", "x-ha-policy"} & set(arguments)
    exchange = ask(bench, "GET", f"/api/exchanges/%2F/{name}.XQ")
    assert (exchange["type"], exchange["durable"], exchange["auto_delete"]) == ("fanout", True, False)
    [binding] = ask(bench, "GET", f"/api/exchanges/%2F/{name}.XQ/bindings/source")
    assert binding["destination"] == f"{name}.XQ"


def test_messages_may_stay_unacknowledged_for_longer_than_any_function_may_take() -> None:
    assert max(spec.time_limit_s for spec in FUNCTIONS) * 1.1 * 1000 < CONSUMER_TIMEOUT


def test_a_queue_with_other_arguments_is_used_as_it_is_and_made_anew_on_demand(rabbitmq_bench: Bench) -> None:
    """Queues of an earlier version: its dead letters went by the default exchange, and expired."""
    bench = rabbitmq_bench
    namespace = bench.settings.broker_namespace
    declare(bench, "load-table.releases", **{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "x"})
    declare(bench, "load-table.releases.XQ", **{"x-message-ttl": 604_800_000})
    refused = deploy(bench, code=1).stderr
    assert "2 queues exist with other arguments: inequivalent arg" in refused
    assert f"'{namespace}.load-table.releases'" in refused
    assert "linernotes deploy queues --replace" in refused
    assert states_of_others(bench) == {"declared"}

    bench.plan(1, "permanent")
    worker = bench.worker()
    bench.send(part(1), part(2))
    bench.until_noted("done-2", "dead-1")
    put_raw(bench, b"\xff not an envelope")
    until(lambda: len(dead_letters(bench.settings, QUEUES)) == 2)
    assert worker.exits == []
    assert "queue has other arguments, used as it is" in worker.text()
    assert worker.stop() == 0

    assert "load-table.releases.XQ holds messages (2)" in deploy(bench, "--replace", code=1).stderr
    assert purge(bench.settings, QUEUES) == 2
    assert states(bench, "--replace")["queue", "load-table.releases.XQ"] == "replaced"
    assert set(states(bench).values()) == {"unchanged"}


def states_of_others(bench: Bench) -> set[str]:
    """What a queue is that was not there, after the first try was refused."""
    names = {row["name"] for row in ask(bench, "GET", "/api/queues/%2F")}
    return {"declared" if f"{bench.settings.broker_namespace}.{queue}.DQ" in names else "missing" for queue in QUEUES}


def test_at_redis_there_is_nothing_to_declare(valkey_bench: Bench) -> None:
    assert json.loads(deploy(valkey_bench, "--json").stdout) == []
    assert "Nothing to declare" in deploy(valkey_bench).stdout


def test_a_broker_that_does_not_answer_is_said(rabbitmq_bench: Bench) -> None:
    rabbitmq_bench.environment |= {"AMQP_CONNECTION": "amqp://127.0.0.1:1", "LINERNOTES_CONNECT_TIMEOUT": "0"}
    assert "The broker does not answer" in deploy(rabbitmq_bench, code=1).stderr
