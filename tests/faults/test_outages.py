"""A server that is down for long at a run's end, or in its middle: the run waits, and goes on once it is back.

A dozen seconds in the gate, which is six tries; five minutes by `make faults`.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest

from functions.runtime.ledger.store import FINISH_LOCK
from functions.runtime.stores.context import postgres_conninfo
from tests.faults.loading import ROUNDS, assert_done_and_equal, begin, depths, wait_for_parts
from tests.product import Product

pytestmark = pytest.mark.timeout(900)

#: Seconds that a server is down.
OUTAGE_S = 30.0 if ROUNDS == 1 else 300.0


@contextmanager
def down(product: Product, server: str) -> Iterator[None]:
    """A server that is killed whenever it is started."""
    over = Event()

    def kill() -> None:
        while not over.wait(0.1):
            if pid := product.processes().get(server):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    killer = Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()


@contextmanager
def end_held_back(product: Product) -> Iterator[None]:
    """The next run does not come to its end meanwhile: its lock is held."""
    with psycopg.connect(postgres_conninfo(product.settings), autocommit=True) as connection:
        row = connection.execute("SELECT nextval(pg_get_serial_sequence('runs', 'id'))").fetchone()
        assert row
        connection.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", (FINISH_LOCK, str(row[0] + 1)))
        yield


def is_loaded(product: Product) -> bool:
    """Whether all files are split and all parts done."""
    files = product.query("SELECT count(*) FROM files WHERE state NOT IN ('split', 'missing')")
    parts = product.query(
        "SELECT count(*) FILTER (WHERE state = 'done') > 0, count(*) FILTER (WHERE state <> 'done') FROM parts"
    )
    return files == [(0,)] and parts == [(True, 0)]


def state_of(product: Product) -> tuple[str, int]:
    """The state of the latest run, and the starts of its end that are counted."""
    [found] = product.query("SELECT state, attempts FROM runs ORDER BY id DESC LIMIT 1")
    return str(found[0]), int(found[1])


def test_a_graph_that_is_down_at_a_runs_end_is_waited_for(product: Product, small_dump: Path) -> None:
    with ExitStack() as outage:
        with end_held_back(product):
            product.linernotes("load", small_dump, "--no-wait", "--bulk", "auto")
            product.wait_until(lambda: is_loaded(product), "the last part")
            outage.enter_context(down(product, "graph"))
        product.wait_until(lambda: state_of(product)[0] == "finishing", "the end of the run")
        deepest, end = 0, time.monotonic() + OUTAGE_S
        while time.monotonic() < end:
            waiting = [depths(product, kind).get("finish", 0) for kind in ("ready", "delayed", "unacked")]
            deepest = max(deepest, sum(waiting))
            time.sleep(0.5)
        state, attempts = state_of(product)
    assert (state, attempts <= 1, deepest <= 4) == ("finishing", True, True), (state, attempts, deepest)
    assert_done_and_equal(product, small_dump)
    assert depths(product, "dead") == {}


def test_a_postgres_that_is_down_in_the_middle_is_waited_for(product: Product, dump: Path) -> None:
    begin(product, dump)
    wait_for_parts(product, 4)
    with down(product, "postgres"):
        time.sleep(OUTAGE_S / 2)
    product.wait_until(lambda: answers(product), "PostgreSQL", 60)
    assert_done_and_equal(product, dump)
    assert depths(product, "dead") == {}


def answers(product: Product) -> bool:
    with suppress(psycopg.OperationalError):
        return product.query("SELECT 1") == [(1,)]
    return False


def test_a_failed_run_goes_on_by_resume(product: Product, small_dump: Path) -> None:
    begin(product, small_dump)
    wait_for_parts(product, 2)
    product.query("UPDATE runs SET state = 'failed', reason = 'as a test says', finished_at = now()")
    product.linernotes("resume")
    assert_done_and_equal(product, small_dump)
    assert "nothing to resume" in product.linernotes("resume", code=1).stderr
