"""Single processes of the product, as a container engine runs them: no supervisor, everything by the environment."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from functions.runtime.settings import Settings
from infra.stack.programs import python_module
from tests.stack import environment_of

ROOT = Path(__file__).resolve().parents[1]


class Process:
    """One `linernotes run …` with a port for its health."""

    def __init__(self, folder: Path, settings: Settings, *words: str, **environment: str) -> None:
        self.port = free_port()
        self.log = folder / f"{'-'.join(words)}-{self.port}.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LINERNOTES_")}
        own = {"LINERNOTES_HOME": str(folder), "LINERNOTES_HEALTH_PORT": str(self.port), "PYTHONPATH": str(ROOT)}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                python_module("infra.cli.main", "run", *words),
                env=kept | environment_of(settings) | own | environment,
                stdout=log,
                stderr=log,
                cwd=folder,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def text(self) -> str:
        return self.log.read_text()

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of an address at its health port; 0 where nobody listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def wait_until_ready(self) -> None:
        wait_until(lambda: self.get("/health/ready")[0] == 200, lambda: self.text())

    def terminate(self) -> None:
        """Tell it to stop."""
        self._process.terminate()

    def wait(self, seconds: float) -> int:
        """Its exit code, or TimeoutExpired."""
        return self._process.wait(seconds)

    def end(self, seconds: float = 60) -> int:
        """Tell it to stop; its exit code."""
        self.terminate()
        return self.wait(seconds)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def running(folder: Path, settings: Settings, *words: str, **environment: str) -> Iterator[Process]:
    """A process while this lasts; killed at the end if it still runs."""
    process = Process(folder, settings, *words, **environment)
    try:
        yield process
    finally:
        process.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_until(done: Callable[[], bool], say: Callable[[], str] = lambda: "", seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, say()
        time.sleep(0.05)
