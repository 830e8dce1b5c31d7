"""kill -9 in the middle of a load: of every kind of worker, of every store, of the supervisor.

Each point is chosen by how far the ledger has come, not by a clock. Each load must end as if nothing had happened.
"""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress

import psutil
import psycopg
import pytest

from functions.registry import FUNCTIONS
from tests.faults.loading import ROUNDS, assert_done_and_equal, begin, wait_for_parts

WORKERS = FUNCTIONS.names
KILLS = 20
SERVERS = ("postgres", "graph", "broker", "cache")


def kill(pid: int) -> None:
    """kill -9; a process that is just being started again is as good as killed."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_process(product, name, killed=()):
    """kill -9 of a process of the stack, as soon as there is one that was not killed before; returns its number."""
    found: list[int] = []

    def runs() -> bool:
        found[:] = {product.processes().get(name)} - {None, *killed}
        return bool(found)

    product.wait_until(runs, f"another {name}")
    kill(found[0])
    return found[0]


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_twenty_kills_of_workers_of_every_kind_change_nothing(product, dump, seed):
    names = list(WORKERS) + random.Random(seed).choices(WORKERS, k=KILLS - len(WORKERS))
    begin(product, dump)
    killed: set[int] = set()
    for number, name in enumerate(names):
        wait_for_parts(product, number)
        killed.add(kill_process(product, name, killed))
    assert len(killed) == KILLS
    assert_done_and_equal(product, dump)


def test_a_kill_of_each_store_changes_nothing(product, dump):
    begin(product, dump)
    for number, name in enumerate(SERVERS):
        wait_for_parts(product, 3 + 4 * number)
        kill_process(product, name)
    assert_done_and_equal(product, dump)


def test_kills_in_the_middle_of_a_bulk_fill_of_the_graph_change_nothing(product, dump):
    def fills() -> int:
        try:
            return int(product.query("SELECT count(*) FROM events WHERE kind = 'graph-filling'")[0][0])
        except psycopg.OperationalError:
            return 0

    begin(product, dump, bulk="yes")
    for number, name in enumerate(("finish", "graph"), start=1):
        product.wait_until(lambda number=number: fills() >= number, f"fill {number}")
        kill_process(product, name)
    assert_done_and_equal(product, dump)


def test_a_kill_of_the_supervisor_leaves_no_orphans_and_changes_nothing(product, dump):
    begin(product, dump)
    wait_for_parts(product, 6)
    stack = product.status()["stack"]
    orphans = [psutil.Process(process["pid"]) for process in stack["processes"] if psutil.pid_exists(process["pid"])]
    kill(stack["pid"])
    _, alive = psutil.wait_procs(orphans, timeout=60)
    assert alive == []
    product.linernotes("up", "--detach", LINERNOTES_PORT="0")
    product.linernotes("resume", code=None)  # the sweep may have ended the run by now
    assert_done_and_equal(product, dump)


def test_what_the_broker_forgot_is_sent_again_by_the_sweep(product, dump):
    begin(product, dump)
    wait_for_parts(product, 4)
    for path in (product.home / "broker").rglob("*"):
        if path.is_file():
            path.unlink()
    kill_process(product, "broker")
    time.sleep(0.1)
    assert_done_and_equal(product, dump)
