"""The cluster profile on two worker hosts that share nothing but addresses and the bucket.

Real RabbitMQ, Neo4j, PostgreSQL and an S3 server are on a third host, and so is the test itself. Each host is a network
namespace of its own. The clock of the second one is ten seconds ahead.

`cluster` (one for each module): the hosts and the servers, and no worker. A module says in `PART_BYTES` how large its
    parts are.
`working` (for each test): the cluster with empty stores, and every process on both hosts.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from moto.server import ThreadedMotoServer

from functions.registry import FUNCTIONS
from functions.runtime.ledger.models import ACTIVE
from functions.runtime.messaging.queue_admin import dead_letters
from functions.runtime.settings import Settings, read_settings
from functions.runtime.stores.context import postgres_conninfo
from infra.stack.daemon import start_detached
from tests.graph_servers import needed_parts, with_own_neo4j
from tests.hosts import ROOT, Host, Target
from tests.integration.broker.servers import Rabbitmq, needs_rabbitmq, until
from tests.namespaces import Namespace, needs_namespaces
from tests.stack import RunningStack, temporary_home

#: Not the work bucket of compose.yml, for all S3 servers of one process share what they have.
WORK, MIRROR = "linernotes-cluster", "mirror"
SECONDS_AHEAD = 10
_KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
#: What works on parts; the second host has these alone. A file lies on the host that has fetched it, which splits it.
_PARTS = tuple(("worker", spec.name) for spec in FUNCTIONS if spec.takes)
_ALL = (("scheduler",), *(("worker", name) for name in FUNCTIONS.names))


@dataclass
class Cluster:
    """The servers, two hosts of workers, and what each process has as its environment."""

    environment: dict[str, str]
    stack: RunningStack
    first: Host
    second: Host
    parts_on_first: bool = True

    def start(self) -> None:
        """Start what does not run, as a container engine would."""
        on_first = [words for words in _ALL if self.parts_on_first or words not in _PARTS]
        for host, wanted in ((self.first, on_first), (self.second, _PARTS)):
            for words in wanted:
                host.start(self.environment | _addresses(host), "run", *words)

    def begin_anew(self) -> None:
        """Empty the stores. No process runs, and whatever messages were left are behind in queues of other names."""
        self.second.mend()
        self.parts_on_first = True
        for host in (self.first, self.second):
            host.end()
        self.environment["LINERNOTES_BROKER_NAMESPACE"] = f"test-{uuid.uuid4().hex[:8]}"
        self.linernotes("deploy", "all")
        self.linernotes("reset", "--yes")

    def leave_parts_to_second(self) -> None:
        """Have the first host work on no part."""
        self.parts_on_first = False
        self.first.end(*(("run", *words) for words in _PARTS))

    def linernotes(self, *words: str) -> str:
        """A command on the server host."""
        command = [sys.executable, "-m", "infra.cli.main", *words]
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **self.environment}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def publish(self, dump: Path, name: str) -> str:
        """Put the files of a dump on the mirror under a name; its address."""
        client = boto3.client("s3", endpoint_url=self.environment["LINERNOTES_S3_ENDPOINT"], **_KEYS)
        for path in dump.rglob("discogs_*"):
            client.upload_file(str(path), MIRROR, f"{name}/{path.relative_to(dump)}")
        return f"s3://{MIRROR}/{name}"

    def begin(self, address: str, *words: str, parts: int = 0) -> None:
        """Begin to load a dump, as an incremental load, and wait until so many of its parts are done."""
        self.linernotes("load", address, "--no-wait", "--bulk", "no", *words)
        self.until(lambda: self.parts_done() >= parts, 240, f"{parts} parts")

    def until(self, is_so: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait for something, and have everything run meanwhile."""

        def is_so_now() -> bool:
            self.start()
            return is_so()

        until(is_so_now, seconds, what)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Ask PostgreSQL directly."""
        with psycopg.connect(postgres_conninfo(read_settings(self.environment))) as connection:
            return connection.execute(statement).fetchall()

    def parts_done(self) -> int:
        """Of the latest run."""
        [(count,)] = self.query("SELECT count(*) FROM parts WHERE state = 'done' AND run = (SELECT max(id) FROM runs)")
        return int(count)

    def state(self) -> str:
        """Of the latest run."""
        [(state,)] = self.query("SELECT state FROM runs ORDER BY id DESC LIMIT 1")
        return str(state)

    def until_done(self, seconds: float) -> None:
        """Wait for the end of the run."""
        self.until(lambda: self.state() not in ACTIVE, seconds, "the end of the run")
        assert self.state() == "done", (self.linernotes("status"), self.first.said(), self.second.said())

    def assert_equal(self, dump: Path) -> None:
        """The stores hold the dump, and no message is a dead letter."""
        assert json.loads(self.linernotes("verify", str(dump), "--json"))["equal"]
        assert dead_letters(read_settings(self.environment), FUNCTIONS.queues) == []


def _addresses(host: Host) -> dict[str, str]:
    return {
        "POSTGRES_ADDRESS": host.addresses["postgres"],
        "NEO4J_ADDRESS": f"bolt://{host.addresses['neo4j']}",
        "AMQP_CONNECTION": f"amqp://guest:guest@{host.addresses['rabbitmq']}",
        "LINERNOTES_AMQP_MANAGEMENT": f"http://{host.addresses['management']}",
        "LINERNOTES_S3_ENDPOINT": f"http://{host.addresses['s3']}",
    }


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    needs_namespaces()
    needs_rabbitmq()
    needed_parts()
    folder = tmp_path_factory.mktemp("hosts")
    with ExitStack() as parts:
        server_host = Namespace("servers")
        parts.callback(server_host.remove)
        parts.enter_context(server_host.entered())
        with ThreadPoolExecutor(1) as beside:
            starting = beside.submit(_rabbitmq, parts, folder / "rabbitmq")
            stack, s3 = _stack(parts), _s3(parts)
            rabbitmq = starting.result()
        settings = stack.settings
        targets: dict[str, Target] = {
            "postgres": Path(settings.postgres_address) / ".s.PGSQL.5432",
            "neo4j": int(settings.graph_address.rpartition(":")[2]),
            "s3": s3,
            "rabbitmq": rabbitmq.port,
            "management": rabbitmq.http,
        }
        first = Host(1, targets, folder / "1")
        parts.callback(first.remove)
        second = Host(2, targets, folder / "2", ahead=SECONDS_AHEAD)
        parts.callback(second.remove)
        environment = _environment(settings, rabbitmq, s3, folder)
        environment["LINERNOTES_PART_BYTES"] = str(request.module.PART_BYTES)
        yield Cluster(environment, stack, first, second)


def _stack(parts: ExitStack) -> RunningStack:
    """PostgreSQL and Neo4j."""
    home = parts.enter_context(temporary_home())
    return RunningStack(start_detached(with_own_neo4j(Settings(home=str(home)), home), durable=False, with_parent=True))


def _rabbitmq(parts: ExitStack, folder: Path) -> Rabbitmq:
    folder.mkdir()
    server = Rabbitmq(folder)
    parts.callback(server.stop)
    return server


def _s3(parts: ExitStack) -> int:
    """The port of an S3 server that has the mirror's bucket."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    parts.callback(server.stop)
    _, port = server.get_host_and_port()
    boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", **_KEYS).create_bucket(Bucket=MIRROR)
    return int(port)


@pytest.fixture
def working(cluster: Cluster) -> Cluster:
    cluster.begin_anew()
    cluster.start()
    return cluster


def _environment(settings: Settings, rabbitmq: Rabbitmq, s3: int, folder: Path) -> dict[str, str]:
    """What every process of the cluster has; the addresses are those of the server host itself."""
    return {
        "LINERNOTES_HOME": str(folder / "server"),
        "LINERNOTES_PROFILE": "cluster",
        "AMQP_CONNECTION": rabbitmq.url,
        "LINERNOTES_AMQP_MANAGEMENT": rabbitmq.management,
        "POSTGRES_ADDRESS": settings.postgres_address,
        "POSTGRES_USERNAME": settings.postgres_username,
        "POSTGRES_PASSWORD": settings.postgres_password,
        "POSTGRES_DATABASE": settings.postgres_database,
        "NEO4J_ADDRESS": settings.graph_address,
        "NEO4J_USERNAME": settings.graph_username,
        "NEO4J_PASSWORD": settings.graph_password,
        "NEO4J_DATABASE": settings.graph_database,
        "LINERNOTES_BUCKET": f"s3://{WORK}/{folder.name}",
        "LINERNOTES_S3_ENDPOINT": f"http://127.0.0.1:{s3}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "LINERNOTES_LEASE": "5",
        "LINERNOTES_SWEEP_SECONDS": "2",
    }
