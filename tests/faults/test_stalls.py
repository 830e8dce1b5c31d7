"""A store that stands still, and a disk that is full: the run waits, tries again, and goes on once it can."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.faults.loading import ROUNDS, assert_done_and_equal, begin, depths, wait_for_parts
from tests.product import Product

#: Twice the lease of a part in the gate.
STOPPED_S = 6.0 if ROUNDS == 1 else 30.0
_ROOM_MB = 64


@contextmanager
def stopped(product: Product, *servers: str) -> Iterator[None]:
    """Servers with all their processes, stopped as by a debugger."""
    pids = product.processes()
    found = [psutil.Process(pids[server]) for server in servers]
    tree = [process for root in found for process in (root, *root.children(recursive=True))]
    for process in tree:
        process.suspend()
    try:
        yield
    finally:
        for process in tree:
            with suppress(psutil.NoSuchProcess):
                process.resume()


@contextmanager
def small_disk(folder: Path, options: str = f"size={_ROOM_MB}m") -> Iterator[None]:
    """A disk of its own in a folder. Mounting is for root alone."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "linernotes-test", str(folder)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607


def fill(folder: Path) -> Path:
    """Fill a disk to the last byte with a file; remove it to make room."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 10, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
    return ballast


def test_postgres_stopped_for_a_while_changes_nothing(product: Product, dump: Path) -> None:
    begin(product, dump)
    wait_for_parts(product, 4)
    with stopped(product, "postgres"):
        time.sleep(STOPPED_S)
    assert_done_and_equal(product, dump)


def test_graph_and_broker_stopped_for_a_while_change_nothing(product: Product, dump: Path) -> None:
    begin(product, dump)
    wait_for_parts(product, 4)
    with stopped(product, "graph", "broker"):
        time.sleep(STOPPED_S)
    assert_done_and_equal(product, dump)


def test_a_load_waits_for_room_in_the_bucket(product: Product, small_dump: Path) -> None:
    with small_disk(product.home / "bucket"):
        ballast = fill(product.home / "bucket")
        begin(product, small_dump, "--ignore-disk")
        product.wait_until(lambda: "split.releases" in depths(product, "delayed"), "a second try of the split")
        ballast.unlink()
        assert_done_and_equal(product, small_dump)


def test_a_load_waits_for_room_in_postgres(product: Product, small_dump: Path) -> None:
    with releases_on_a_small_disk(product) as folder:
        ballast = fill(folder)
        begin(product, small_dump)
        product.wait_until(lambda: "load-table.releases" in depths(product, "delayed"), "a second try of a part")
        ballast.unlink()
        assert_done_and_equal(product, small_dump)


@contextmanager
def releases_on_a_small_disk(product: Product) -> Iterator[Path]:
    """The table of releases on a disk of its own, whose folder is returned."""
    folder = product.home.parent / "small"
    folder.mkdir()
    with small_disk(folder):
        space = folder / "space"
        space.mkdir()
        os.chown(space, psutil.Process(product.processes()["postgres"]).uids().real, -1)
        product.query(f"CREATE TABLESPACE small LOCATION '{space}'")
        product.query("ALTER TABLE releases SET TABLESPACE small")
        try:
            yield folder
        finally:
            product.query("ALTER TABLE releases SET TABLESPACE pg_default")
            product.query("DROP TABLESPACE small")
