"""A broker, a worker process and what was noted, for the tests in this folder."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pika
import pytest
import redis

from functions.registry import FUNCTIONS
from functions.runtime.messages import LoadTable, Message
from functions.runtime.messaging.queue_admin import queue_stats
from functions.runtime.messaging.queues import QueueStats
from functions.runtime.messaging.sender import open_sender
from functions.runtime.settings import Settings, read_settings
from tests.forked import start_forked
from tests.integration.broker.cluster import cluster, working
from tests.integration.broker.servers import Rabbitmq, Valkey, needs_rabbitmq, until
from tests.tls import Authority

__all__ = ["cluster", "working"]

QUEUES = FUNCTIONS.queues

ROOT = Path(__file__).resolve().parents[3]


class Bench:
    """One installation at a broker: its settings, its workers, and what its functions noted."""

    def __init__(self, server: Valkey | Rabbitmq, folder: Path, **more: str) -> None:
        self.server = server
        self.folder = folder
        self.environment = {
            "LINERNOTES_HOME": str(folder),
            "AMQP_CONNECTION": server.url,
            "LINERNOTES_AMQP_MANAGEMENT": server.management,
            "LINERNOTES_BROKER_NAMESPACE": f"test-{uuid.uuid4().hex[:8]}",
            "LINERNOTES_HEARTBEAT_MS": "1500",
            "LINERNOTES_MAX_RETRIES": "2",
            "LINERNOTES_MIN_BACKOFF_MS": "20",
            "LINERNOTES_MAX_BACKOFF_MS": "100",
            "LINERNOTES_BROKER_DEADLINE": "8",
            "LINERNOTES_LOG_FORMAT": "json",
            **more,
        }
        self.read_settings()
        self.workers: list[Worker] = []

    def read_settings(self) -> None:
        """Those of the environment."""
        self.settings: Settings = read_settings(self.environment)

    def worker(self, name: str = "load-table", **more: str) -> Worker:
        worker = Worker(name, self.folder, self.environment | more)
        self.workers.append(worker)
        return worker

    def plan(self, part: int, what: str) -> None:
        (self.folder / f"{part}.plan").write_text(what)

    def go(self) -> None:
        (self.folder / "go").touch()

    def send(self, *messages: Message, delay_ms: int | None = None) -> None:
        with open_sender(self.settings) as sender:
            for message in messages:
                sender.send(message, delay_ms)

    def notes(self) -> list[str]:
        path = self.folder / "notes"
        return path.read_text().splitlines() if path.exists() else []

    def until_noted(self, *lines: str, seconds: float = 90) -> None:
        until(lambda: set(lines) <= set(self.notes()), seconds, f"{lines}")

    def figure(self, queue: str = "load-table.releases") -> QueueStats:
        return next(figure for figure in queue_stats(self.settings, QUEUES) if figure.name == queue)

    def close(self) -> None:
        for worker in self.workers:
            worker.end()


class Worker:
    """A worker process, started again on any exit as a supervisor would."""

    def __init__(self, name: str, folder: Path, environment: dict[str, str], grace: float = 3) -> None:
        self.command = ("tests.integration.broker.functions", [name, str(grace)])
        self.environment = {"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error", **environment}
        self.log = folder / f"{name}.out"
        self.exits: list[int] = []
        self.ending = False
        self._start()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def kill(self) -> None:
        self.process.kill()

    def end(self) -> None:
        self.ending = True
        self.process.kill()
        self.thread.join()
        print(self.text())  # pytest shows it where the test failed

    def stop(self) -> int:
        """Ask it to stop, for good; its exit code."""
        self.ending = True
        self.process.terminate()
        self.thread.join(60)
        return self.exits[-1]

    def text(self) -> str:
        return self.log.read_text()

    def until_ready(self, times: int = 1) -> None:
        until(lambda: self.text().count("worker ready") >= times, what="the start of a worker")

    def _start(self) -> None:
        with self.log.open("ab") as log, Path(os.devnull).open("wb") as nothing:
            self.process = start_forked(*self.command, self.environment, ROOT, nothing, log)

    def _watch(self) -> None:
        while True:
            self.exits.append(self.process.wait())
            if self.ending:
                return
            self._start()


@pytest.fixture(scope="session")
def shared_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def shared_rabbitmq(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Rabbitmq]:
    needs_rabbitmq()
    server = Rabbitmq(tmp_path_factory.mktemp("rabbitmq"), authority=authority)
    yield server
    server.stop()


@pytest.fixture(params=["valkey", "rabbitmq"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A bench at either broker."""
    bench = Bench(request.getfixturevalue(f"shared_{request.param}"), tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def rabbitmq_bench(shared_rabbitmq: Rabbitmq, tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(shared_rabbitmq, tmp_path)
    yield bench
    bench.close()


@pytest.fixture
def valkey_bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench with a Valkey of its own, to be killed and paused."""
    folder = tmp_path / "valkey"
    folder.mkdir()
    bench = Bench(Valkey(folder), tmp_path)
    yield bench
    bench.close()
    bench.server.stop()


def part(number: int, entity: str = "releases") -> LoadTable:
    return LoadTable(run=1, entity=entity, part=number)  # type: ignore[arg-type]


def put_raw(bench: Bench, body: bytes) -> None:
    """Put a body into the queue of `load-table.releases`, which has to be there."""
    namespace = bench.settings.broker_namespace
    if bench.server.url.startswith("redis"):
        with redis.Redis.from_url(bench.server.url) as client:
            name = str(hash(body))
            body = body.replace(b'"redis_message_id":"00"', f'"redis_message_id":"{name}"'.encode())
            client.hset(f"{namespace}:load-table.releases.msgs", name, body)
            client.rpush(f"{namespace}:load-table.releases", name)
    else:
        body = body.replace(b'"load-table.releases"', f'"{namespace}.load-table.releases"'.encode())
        with closing(pika.BlockingConnection(pika.URLParameters(bench.server.url))) as connection:
            connection.channel().basic_publish("", f"{namespace}.load-table.releases", body)
