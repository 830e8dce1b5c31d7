"""What stock Dramatiq loses when a connection to RabbitMQ breaks, mended."""

from __future__ import annotations

import base64
import http.client
import json
from typing import Any
from urllib.parse import quote, urlsplit

from functions.registry import FUNCTIONS
from functions.runtime.messaging.queue_admin import dead_letters
from tests.integration.broker.conftest import Bench, part
from tests.integration.broker.servers import until

QUEUES = FUNCTIONS.queues


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
        ask(bench, "DELETE", f"/api/connections/{quote(name, safe='')}")
    until(lambda: worker.exits == [75], what="the end of the worker")
    bench.go()
    bench.until_noted("done-0", "begun-1")
    worker.kill()
    (bench.folder / "release").touch()
    bench.until_noted(*(f"done-{number}" for number in range(7)))
    assert dead_letters(bench.settings, QUEUES) == []


def test_queues_are_durable_on_several_machines_and_keep_dead_letters_for_ever(rabbitmq_bench: Bench) -> None:
    bench = rabbitmq_bench
    bench.send(part(1))
    namespace = bench.settings.broker_namespace
    queues = {row["name"]: row for row in ask(bench, "GET", "/api/queues/%2F")}
    for suffix in ("", ".DQ", ".XQ"):
        arguments = queues[f"{namespace}.load-table.releases{suffix}"]["arguments"]
        assert arguments["x-queue-type"] == "quorum"
        assert arguments["x-delivery-limit"] > 1000
        assert "x-message-ttl" not in arguments


def connections(bench: Bench) -> list[str]:
    return [row["name"] for row in ask(bench, "GET", "/api/connections")]


def ask(bench: Bench, method: str, path: str) -> Any:
    address = urlsplit(bench.server.management)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=5)
    token = base64.b64encode(b"guest:guest").decode()
    connection.request(method, path, headers={"Authorization": f"Basic {token}"})
    body = connection.getresponse().read()
    connection.close()
    return json.loads(body) if body else None
