"""The product on a real RabbitMQ that is killed, stopped for a while, or takes messages back from who works on them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.registry import FUNCTIONS
from functions.runtime.messaging.queue_admin import dead_letters
from functions.runtime.settings import read_settings
from tests.faults.loading import assert_done_and_equal, begin, parts_done, wait_for_parts
from tests.integration.broker.servers import Rabbitmq, needs_rabbitmq
from tests.product import Product, running_product

#: Seconds after which the server takes back what was not acknowledged; it looks once a second.
CONSUMER_TIMEOUT_S = 3
#: Parts of a run that may be under way before its splits wait.
PENDING = 6


@pytest.fixture(scope="module")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rabbitmq]:
    needs_rabbitmq()
    hasty = f"consumer_timeout = {CONSUMER_TIMEOUT_S * 1000}\n"
    server = Rabbitmq(tmp_path_factory.mktemp("rabbitmq"), hasty, ", {channel_tick_interval, 1000}")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def on_rabbitmq(rabbitmq: Rabbitmq) -> Iterator[Product]:
    with running_product(
        AMQP_CONNECTION=rabbitmq.url,
        LINERNOTES_AMQP_MANAGEMENT=rabbitmq.management,
        LINERNOTES_PART_BYTES="70000",
        LINERNOTES_PENDING_PARTS=str(PENDING),
        LINERNOTES_LEASE="3",
        LINERNOTES_SWEEP_SECONDS="1",
        LINERNOTES_MIN_BACKOFF_MS="200",
        LINERNOTES_MAX_BACKOFF_MS="2000",
    ) as product:
        yield product


@pytest.fixture
def product(on_rabbitmq: Product) -> Product:
    """It is up and empty."""
    on_rabbitmq.linernotes("reset", "--yes")
    return on_rabbitmq


def assert_nothing_is_lost(product: Product, dump: Path) -> None:
    assert_done_and_equal(product, dump)
    assert dead_letters(read_settings(product.environment), FUNCTIONS.queues) == []


def test_a_kill_9_of_rabbitmq_changes_nothing(product: Product, rabbitmq: Rabbitmq, dump: Path) -> None:
    begin(product, dump)
    wait_for_parts(product, 5)
    rabbitmq.kill()
    rabbitmq.start()
    wait_for_parts(product, 10)
    assert_nothing_is_lost(product, dump)


def test_a_split_held_back_for_longer_than_the_consumer_timeout_loses_nothing(product: Product, dump: Path) -> None:
    """It waits while the graph takes no parts; the server takes its message back, and gives it to another."""
    product.linernotes("scale", "load-graph", "0")
    begin(product, dump)
    product.wait_until(lambda: parts_cut(product) >= PENDING, "a full window")
    product.wait_until(lambda: splits_wait(product), "four splits that wait")
    before = parts_cut(product)
    time.sleep(2 * CONSUMER_TIMEOUT_S)
    after = parts_cut(product)
    assert (parts_done(product), after - before <= 4) == (0, True), (before, after)
    assert product.query("SELECT count(*) FROM files WHERE state = 'fetched'") >= [(1,)]
    product.linernotes("scale", "load-graph", "auto")
    assert_nothing_is_lost(product, dump)


def parts_cut(product: Product) -> int:
    return int(product.query("SELECT count(*) FROM parts")[0][0])


def splits_wait(product: Product) -> bool:
    """Whether no split has cut a part for two seconds: each may be at one while the window fills."""
    before = parts_cut(product)
    time.sleep(2)
    return parts_cut(product) == before


@pytest.mark.sweep
def test_a_rabbitmq_that_is_stopped_for_ten_seconds_is_waited_for(
    product: Product, rabbitmq: Rabbitmq, dump: Path
) -> None:
    begin(product, dump)
    wait_for_parts(product, 5)
    rabbitmq.shut_down()
    time.sleep(10)
    rabbitmq.start()
    assert_nothing_is_lost(product, dump)
