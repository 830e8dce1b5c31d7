"""kill -9 in the middle of a load: of every kind of worker, of every store, of the supervisor.

Each point is chosen by how far the ledger has come, not by a clock. Each load must end as if nothing had happened.
"""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from infra.synth import write_dump
from tests.product import Product, running_product

WORKERS = ("download", "split", "parse-chunk", "load-table", "load-graph", "finish")
SERVERS = ("postgres", "graph", "broker", "cache")


@pytest.fixture(scope="module")
def dump(tmp_path_factory):
    """About forty parts' worth of records."""
    folder = tmp_path_factory.mktemp("dump")
    write_dump(folder, releases=1_500, seed=21)
    return folder


@pytest.fixture
def product():
    """A product that cuts small parts and notices lost messages soon."""
    with running_product(
        LINERNOTES_PART_BYTES="150000",
        LINERNOTES_LEASE="3",
        LINERNOTES_SWEEP_SECONDS="1",
        LINERNOTES_HEARTBEAT_MS="3000",
        LINERNOTES_MIN_BACKOFF_MS="200",
    ) as running:
        yield running


def parts_done(product: Product) -> int:
    """How many parts of the latest run are done; 0 while PostgreSQL is down."""
    try:
        [(count,)] = product.query("SELECT count(*) FROM parts WHERE state = 'done'")
    except Exception:  # noqa: BLE001 - it was just killed
        return 0
    return int(count)


def kill(pid: int) -> None:
    """kill -9."""
    os.kill(pid, signal.SIGKILL)


def begin(product: Product, dump) -> None:
    """Begin to load without waiting."""
    product.linernotes("load", dump, "--no-wait")


def assert_done_and_equal(product: Product, dump) -> None:
    """The run ends well, and the stores hold the dump."""
    assert product.wait_for_end()["state"] == "done"
    assert product.verify(dump)["equal"]


def test_a_kill_of_each_kind_of_worker_changes_nothing(product, dump):
    pids = product.processes()
    begin(product, dump)
    for number, name in enumerate(WORKERS):
        product.wait_until(lambda goal=2 * number: parts_done(product) >= goal, f"part {2 * number}")
        kill(pids[name])
    assert_done_and_equal(product, dump)


def test_a_kill_of_each_store_changes_nothing(product, dump):
    begin(product, dump)
    for number, name in enumerate(SERVERS):
        goal = 3 + 4 * number
        product.wait_until(lambda goal=goal: parts_done(product) >= goal, f"part {goal}")
        kill(product.processes()[name])
    assert_done_and_equal(product, dump)


def test_a_kill_of_the_supervisor_leaves_no_orphans_and_changes_nothing(product, dump):
    begin(product, dump)
    product.wait_until(lambda: parts_done(product) >= 6, "part 6")
    stack = product.status()["stack"]
    kill(stack["pid"])
    orphans = [psutil.Process(process["pid"]) for process in stack["processes"] if psutil.pid_exists(process["pid"])]
    _, alive = psutil.wait_procs(orphans, timeout=20)
    assert alive == []
    product.linernotes("up", "--detach", LINERNOTES_PORT="0")
    product.linernotes("resume")
    assert_done_and_equal(product, dump)


def test_what_the_broker_forgot_is_sent_again_by_the_sweep(product, dump):
    begin(product, dump)
    product.wait_until(lambda: parts_done(product) >= 4, "part 4")
    pid = product.processes()["broker"]
    for path in (product.home / "broker").rglob("*"):
        if path.is_file():
            path.unlink()
    kill(pid)
    time.sleep(0.1)
    assert_done_and_equal(product, dump)
