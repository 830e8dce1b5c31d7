"""What is lost in mid-load: the graph's data, the object of one part, the whole stack for a while."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from infra.stack.stack_client import scale
from tests.faults.loading import assert_done_and_equal, begin, wait_for_graph, wait_for_parts
from tests.product import Product

#: PostgreSQL refuses for good what parsing one part of releases comes to.
POISON = (
    """
    CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'poison' USING ERRCODE = 'program_limit_exceeded'; END $$
    """,
    """
    CREATE TRIGGER poison BEFORE UPDATE ON parts FOR EACH ROW
    WHEN (NEW.state = 'parsed' AND NEW.entity = 'releases' AND NEW.part = 2) EXECUTE FUNCTION poison()
    """,
)


def test_a_graph_that_was_thrown_away_is_filled_again(product: Product, dump: Path) -> None:
    begin(product, dump)
    wait_for_parts(product, 8)
    pid = product.processes()["graph"]
    shutil.rmtree(product.home / "graph" / "databases")
    os.kill(pid, signal.SIGKILL)
    assert product.last_run()["state"] == "running"  # status does without the graph
    product.wait_until(lambda: product.processes().get("graph") not in {None, pid}, "another graph server")
    wait_for_graph(product)
    product.linernotes("resume", code=None)  # the sweep may have ended the run by now
    assert_done_and_equal(product, dump)
    assert product.query("SELECT count(*) > 1 FROM events WHERE kind = 'graph-emptied'") == [(True,)]


def test_a_poison_part_is_a_dead_letter_and_requeue_finishes_the_run(product: Product, small_dump: Path) -> None:
    scale(product.home, "parse-chunk", 0)
    begin(product, small_dump)
    product.wait_until(lambda: states(product, "files") == {"split"}, "the end of all splits")
    for statement in POISON:
        product.query(statement)
    scale(product.home, "parse-chunk", None)
    product.wait_until(lambda: states(product, "parts") == {"done", "dead"}, "the end of all other parts")
    [letter] = product.json("dead-letters", "list", "--json")
    assert letter["message"]["part"] == 2
    assert "poison" in letter["error"]
    assert product.last_run()["state"] == "running"
    assert product.query("SELECT entity, part FROM parts WHERE state = 'dead'") == [("releases", 2)]
    product.query("DROP FUNCTION poison CASCADE")
    product.linernotes("dead-letters", "requeue", "--yes")
    assert_done_and_equal(product, small_dump)
    assert product.json("dead-letters", "list", "--json") == []


def test_the_whole_stack_may_stop_and_start_in_mid_load(product: Product, dump: Path) -> None:
    begin(product, dump)
    wait_for_parts(product, 4)
    product.linernotes("down")
    product.linernotes("up", "--detach", LINERNOTES_PORT="0")
    assert_done_and_equal(product, dump)


def states(product: Product, table: str) -> set[str]:
    """The states that there are."""
    return {state for (state,) in product.query(f"SELECT DISTINCT state FROM {table}")}  # noqa: S608
