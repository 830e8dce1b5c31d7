"""The disk of the home is full: what ends is held back, nothing else ends, and it comes back once there is room."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from infra.stack.stack_client import stack_status
from tests.faults.loading import assert_done_and_equal, begin, wait_for_parts
from tests.faults.test_stalls import fill, small_disk
from tests.product import Product

#: Seconds that `down` may take on a full disk: children and servers have ten each before they are killed.
DOWN_S = 120.0
#: Seconds in which all is there again; a Java that starts beside much else takes most of them.
BACK_S = 240.0


@pytest.fixture
def product() -> Iterator[Product]:
    """A product whose home is a disk of its own, with room for one small load."""
    folder = Path(tempfile.mkdtemp(prefix="linernotes-full-"))
    folder.chmod(0o755)
    home = folder / "home"
    home.mkdir(mode=0o700)
    with small_disk(home, "size=700m,mode=700"):
        product = Product(home, {"LINERNOTES_LEASE": "10", "LINERNOTES_SWEEP_SECONDS": "2"})
        try:
            yield product
        finally:
            product.linernotes("down")
    shutil.rmtree(folder)


def states(product: Product) -> dict[str, str]:
    return {process.name: process.state for process in stack_status(product.home).processes}


def are_held_back(product: Product) -> bool:
    """Whether both stores have ended and wait; PostgreSQL does once no new segment of its log can be written."""
    with suppress(psycopg.Error):
        product.query("SELECT pg_logical_emit_message(true, 'full', repeat('x', 1000)), pg_switch_wal()")
    return states(product) | {"graph": "waiting", "postgres": "waiting"} == states(product)


@pytest.mark.timeout(900)
def test_a_stack_on_a_full_disk_comes_back_by_itself_once_there_is_room(product: Product, small_dump: Path) -> None:
    product.linernotes("up", "--detach", LINERNOTES_PORT="0")
    supervisor = stack_status(product.home).pid
    begin(product, small_dump)
    wait_for_parts(product, 1)
    ballast = fill(product.home)
    os.kill(product.processes()["graph"], signal.SIGKILL)
    product.wait_until(lambda: are_held_back(product), "an end of both stores")
    ballast.unlink()
    product.wait_until(lambda: set(states(product).values()) == {"ready"}, "all processes", BACK_S)
    assert stack_status(product.home).pid == supervisor
    assert_done_and_equal(product, small_dump)
    ballast = fill(product.home)
    begun = time.monotonic()
    product.linernotes("down")
    assert time.monotonic() - begun < DOWN_S
    refused = product.linernotes("up", "--detach", code=1).stderr
    assert "64 MB of disk are needed" in refused
    assert "MB are free: make room" in refused
