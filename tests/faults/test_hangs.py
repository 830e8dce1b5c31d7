"""A function that hangs in a call into C which holds the interpreter: its process ends, and its part at last dies."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.loading import HEALED, assert_done_and_equal, begin, depths
from tests.product import ROOT, Product

TRIES = 2


class Restarted:
    """A process that is started again whenever it ends, as its supervisor would."""

    def __init__(self, product: Product, log: Path) -> None:
        self.exits: list[int] = []
        self._environment = product.environment | {
            "LINERNOTES_HANG_TIMEOUT": "1",
            "LINERNOTES_MAX_ATTEMPTS": str(TRIES),
            "PATH": os.environ["PATH"],
        }
        self._log = log
        self._over = threading.Event()
        self._process = self._start()
        self._thread = threading.Thread(target=self._keep)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._process.kill()
        self._thread.join()

    def _start(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "tests.faults.hanging"]
            return subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)

    def _keep(self) -> None:
        while True:
            code = self._process.wait()
            if self._over.is_set():
                return
            self.exits.append(code)
            self._process = self._start()


@contextmanager
def hanging_worker(product: Product, log: Path) -> Iterator[Restarted]:
    """The only worker for `parse-chunk`, in the place of the product's own."""
    product.linernotes("scale", "parse-chunk", "0")
    worker = Restarted(product, log)
    try:
        yield worker
    finally:
        worker.end()
        product.linernotes("scale", "parse-chunk", "auto")


def test_a_hang_in_c_ends_its_process_then_its_part_and_the_rest_goes_on(
    product: Product, small_dump: Path, tmp_path: Path
) -> None:
    with hanging_worker(product, tmp_path / "log") as worker:
        begin(product, small_dump)
        product.wait_until(lambda: depths(product, "dead") == {"parse-chunk.masters": 1}, "a dead letter")
        assert worker.exits == [1] * TRIES
        assert "ctypes" in (tmp_path / "log").read_text() or "hanging.py" in (tmp_path / "log").read_text()
        [letter] = product.json("dead-letters", "list", "--json")
        assert letter["error"].endswith(f"started {TRIES + 1} times without an end.")
        others = "SELECT count(*) FROM parts WHERE state NOT IN ('done', 'dead')"
        product.wait_until(lambda: product.query(others) == [(0,)], "the end of all other parts")
        assert product.query("SELECT entity, part, attempts FROM parts WHERE state = 'dead'") == [
            ("masters", 0, TRIES + 1)
        ]
        (product.home / HEALED).touch()
        product.linernotes("dead-letters", "requeue", "--yes")
        assert_done_and_equal(product, small_dump)
    (product.home / HEALED).unlink()
