"""What people do in mid-load: pause, cancel, load twice, load the wrong month."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra.stack.stack_client import scale
from infra.synth import mutate_dump
from tests.faults.loading import assert_done_and_equal, begin, depths, parts_done, wait_for_parts
from tests.product import Product


def test_a_run_is_paused_goes_on_is_cancelled_and_loaded_again(product: Product, dump: Path) -> None:
    begin(product, dump)
    wait_for_parts(product, 3)
    scale(product.home, "load-graph", 0)  # so that the run is not over before it is paused
    product.linernotes("pause")
    scale(product.home, "load-graph", None)
    product.wait_until(lambda: not any(depths(product, kind) for kind in ("ready", "unacked")), "idle workers")
    done = parts_done(product)
    product.linernotes("resume", code=1)
    assert product.last_run()["state"] == "paused"
    assert parts_done(product) == done
    scale(product.home, "finish", 0)  # so that the run is not over before it is cancelled
    product.linernotes("unpause")
    wait_for_parts(product, done + 3)
    product.linernotes("cancel", "--yes")
    scale(product.home, "finish", None)
    assert product.last_run()["state"] == "cancelled"
    product.linernotes("load", dump)
    run = assert_done_and_equal(product, dump)
    assert run["written"]["rows"] < product.query("SELECT count(*) FROM record_state")[0][0]


def test_two_loads_of_one_dump_at_once_are_one_run(product: Product, small_dump: Path) -> None:
    with ThreadPoolExecutor() as pool:
        ends = list(pool.map(lambda _: product.linernotes("load", small_dump), range(2)))
    assert len(ends) == 2
    assert_done_and_equal(product, small_dump)
    assert product.query("SELECT count(*) FROM runs") == [(1,)]


def test_an_older_month_is_refused_unless_it_is_forced(product: Product, small_dump: Path, tmp_path: Path) -> None:
    mutate_dump(small_dump, tmp_path, changed=0.02, seed=5)
    product.linernotes("load", tmp_path)
    refused = product.linernotes("load", small_dump, code=1)
    assert "newer than" in refused.stderr
    assert "--force" in refused.stderr
    assert_done_and_equal(product, tmp_path)
    product.linernotes("load", small_dump, "--force", "--accept-deletions")
    assert_done_and_equal(product, small_dump)
