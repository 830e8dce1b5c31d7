"""The product as its user has it: the command line, in a home of its own, with all its processes.

A command is forked from a process that has imported it, which saves a second of CPU each time; `as_program=True` starts
it as a shell does.

def test_something(product):
    product.linernotes("load", folder)
    assert product.json("status", "--json")["runs"][0]["state"] == "done"
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from functions.runtime.settings import Settings, read_settings
from functions.runtime.stores.context import postgres_conninfo
from infra.stack.programs import python_module
from infra.stack.stack_client import stack_status
from tests.forked import READ_AT_IMPORT, run_forked

ROOT = Path(__file__).resolve().parents[1]
#: Seconds that a command may take.
_MOST_S = 240.0


class Product:
    """One installation, driven through its command line."""

    def __init__(
        self,
        home: Path,
        environment: Mapping[str, str] | None = None,
        root: Path = ROOT,
        *,
        as_program: bool = False,
    ) -> None:
        """`root` is the folder of the code that runs."""
        self.home = home
        self._as_program = as_program or root != ROOT
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("LINERNOTES_")}
        self.environment |= {"LINERNOTES_HOME": str(home), "PYTHONPATH": str(root)}
        self.environment |= {"COLUMNS": "200", **(environment or {})}
        self.said = ""  # by `up`

    @property
    def settings(self) -> Settings:
        """The settings that every process of this installation has; any free port was asked of the gateway."""
        return read_settings({"LINERNOTES_HOME": str(self.home)})

    def linernotes(
        self, *words: str | Path, code: int | None = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command and expect its exit code; any at all if it is None."""
        done = self._run([str(word) for word in words], self.environment | environment)
        said = f"{words} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        assert code in {None, done.returncode}, said
        return done

    def _run(self, words: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        cwd = self.home.parent
        if not self._as_program and READ_AT_IMPORT.items() <= environment.items():
            return run_forked("infra.cli.main", words, environment, cwd, _MOST_S)
        command = python_module("infra.cli.main", *words)
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_MOST_S, check=False, cwd=cwd
        )

    def json(self, *words: str | Path, code: int | None = 0) -> Any:
        """The JSON that a command prints."""
        return json.loads(self.linernotes(*words, code=code).stdout)

    def status(self) -> Any:
        """`linernotes status --json`."""
        return self.json("status", "--json")

    def last_run(self) -> Any:
        """The latest run, as `status` has it."""
        return self.status()["runs"][0]

    def verify(self, source: Path, code: int = 0) -> Any:
        """`linernotes verify --json`."""
        return self.json("verify", source, "--json", code=code)

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask PostgreSQL directly."""
        with psycopg.connect(postgres_conninfo(self.settings), autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def processes(self) -> dict[str, int]:
        """Process id by name, of whatever runs now; the stores need not answer."""
        return {process.name: process.pid for process in stack_status(self.home).processes if process.pid}

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = 90.0) -> None:
        """Wait for something to come about."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() >= deadline:
                pytest.fail(f"{what} did not come about in {seconds} s\n{self.circumstances()}")
            time.sleep(0.05)

    def circumstances(self) -> str:
        """What `status`, `dead-letters` and the logs say: whoever reads of a failure may not have the machine."""
        asked = (("status",), ("dead-letters", "list"), ("logs", "--lines", "12"))
        return "\n".join(f"── {' '.join(words)}\n{self.linernotes(*words, code=None).stdout}" for words in asked)

    def wait_for_end(self, seconds: float = 120.0) -> Any:
        """Wait until no run is active; returns the latest."""

        def ended() -> bool:
            states = self.query("SELECT state FROM runs ORDER BY id DESC LIMIT 1")
            return bool(states) and states[0][0] not in {"running", "paused", "finishing"}

        self.wait_until(ended, "the end of the run", seconds)
        return self.last_run()


@contextmanager
def running_product(home: str = "home", **environment: str) -> Iterator[Product]:
    """A product that is up, in a temporary home of that name, which is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="linernotes-product-"))
    folder.chmod(0o755)
    product = Product(folder / home, environment)
    product.home.parent.mkdir(parents=True, exist_ok=True)
    try:
        product.said = product.linernotes("up", "--detach", LINERNOTES_PORT="0").stdout
        yield product
    finally:
        product.linernotes("down")
        shutil.rmtree(folder, ignore_errors=True)
