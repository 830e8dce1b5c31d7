"""The cluster profile over two worker hosts that share nothing but addresses and the bucket.

Real RabbitMQ, Neo4j, PostgreSQL and an S3 server are on the server host. The clock of the second host is ten seconds
ahead. Its network is cut in the middle of a run, and it vanishes in the middle of another.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from functions.registry import FUNCTIONS
from functions.runtime.ledger.models import ACTIVE
from functions.runtime.messaging.queue_admin import dead_letters
from functions.runtime.settings import Settings, read_settings
from infra.synth import mutate_dump, write_dump
from tests.graph_servers import GraphSettings
from tests.hosts import ROOT, Host, needs_namespaces
from tests.integration.broker.servers import Rabbitmq, until

BUCKET = "linernotes"
SECONDS_AHEAD = 10
SWEEPS = os.environ.get("LINERNOTES_SWEEPS") == "1"
#: Twice the lease of a part in the gate.
CUT_S = 20 if SWEEPS else 12
RELEASES, PART_BYTES = (20_000, 1_000_000) if SWEEPS else (600, 70_000)
DONE_S = 1_200 if SWEEPS else 240
#: The second host has what works on parts. Not download and split: a file lies on the host that has fetched it.
SECOND = [spec.name for spec in FUNCTIONS if spec.takes]


@dataclass
class Cluster:
    """The server host, two worker hosts, and what each has as its environment."""

    folder: Path
    environment: dict[str, str]
    first: Host
    second: Host

    def start(self, host: Host, *processes: tuple[str, ...]) -> None:
        addresses = {
            "POSTGRES_ADDRESS": host.addresses["postgres"],
            "NEO4J_ADDRESS": f"bolt://{host.addresses['neo4j']}",
            "AMQP_CONNECTION": f"amqp://guest:guest@{host.addresses['rabbitmq']}",
            "LINERNOTES_AMQP_MANAGEMENT": f"http://{host.addresses['management']}",
            "LINERNOTES_S3_ENDPOINT": f"http://{host.addresses['s3']}",
        }
        for words in processes:
            host.start({**self.environment, **addresses}, "run", *words)

    def linernotes(self, *words: str) -> str:
        """A command on the server host."""
        command = [sys.executable, "-m", "infra.cli.main", *words]
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **self.environment}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def status(self) -> Any:
        return json.loads(self.linernotes("status", "--json"))

    def parts_done(self) -> int:
        runs = self.status()["runs"]
        return sum(file["parts_done"] for file in runs[0]["files"]) if runs else 0

    def until_done(self) -> None:
        until(lambda: self.status()["runs"][0]["state"] not in ACTIVE, DONE_S, "the end of the run")
        run = self.status()["runs"][0]
        assert run["state"] == "done", (run, self.first.said(), self.second.said())

    def assert_equal(self, dump: Path) -> None:
        assert json.loads(self.linernotes("verify", str(dump), "--json"))["equal"]
        assert dead_letters(read_settings(self.environment), FUNCTIONS.queues) == []


@pytest.fixture(scope="module")
def dumps(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A month and the next."""
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    write_dump(first, releases=RELEASES, seed=5, dump="20260901")
    mutate_dump(first, second, changed=0.5, seed=5, dump="20261001")
    return first, second


@pytest.fixture(scope="module")
def s3(dumps: tuple[Path, Path]) -> Iterator[int]:
    """The port of an S3 server that has the work bucket and both months."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", **keys)
    client.create_bucket(Bucket="mirror")
    for number, folder in enumerate(dumps):
        for path in folder.rglob("discogs_*"):
            client.upload_file(str(path), "mirror", f"{number}/{path.relative_to(folder)}")
    yield port
    server.stop()


@pytest.fixture(scope="module")
def cluster(
    graph_settings: GraphSettings,
    shared_rabbitmq: Rabbitmq,
    s3: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Cluster]:
    needs_namespaces()
    folder = tmp_path_factory.mktemp("hosts")
    settings = graph_settings("neo4j")
    postgres = Path(settings.postgres_address) / ".s.PGSQL.5432"
    neo4j = int(settings.graph_address.rpartition(":")[2])
    targets: dict[str, int | Path] = {"postgres": postgres, "neo4j": neo4j, "s3": s3}
    targets |= {"rabbitmq": shared_rabbitmq.port, "management": shared_rabbitmq.http}
    first = Host(1, targets, folder / "1")
    try:
        second = Host(2, targets, folder / "2", ahead=SECONDS_AHEAD)
        try:
            made = Cluster(folder, environment_of(settings, shared_rabbitmq, s3, folder), first, second)
            made.linernotes("deploy", "all")
            yield made
        finally:
            second.remove()
    finally:
        first.remove()


def environment_of(settings: Settings, rabbitmq: Rabbitmq, s3: int, folder: Path) -> dict[str, str]:
    """What every process of the cluster has; the addresses are those of the server host itself."""
    return {
        "LINERNOTES_HOME": str(folder / "server"),
        "LINERNOTES_PROFILE": "cluster",
        "LINERNOTES_BROKER_NAMESPACE": "two-hosts",
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
        "LINERNOTES_BUCKET": f"s3://{BUCKET}/work",
        "LINERNOTES_S3_ENDPOINT": f"http://127.0.0.1:{s3}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "LINERNOTES_PART_BYTES": str(PART_BYTES),
        "LINERNOTES_LEASE": "5",
        "LINERNOTES_SWEEP_SECONDS": "2",
    }


@pytest.mark.timeout(DONE_S + 300)
def test_the_network_of_a_host_is_cut_for_a_while_and_its_clock_is_ahead(cluster, dumps):
    cluster.start(cluster.first, ("scheduler",), *(("worker", name) for name in FUNCTIONS.names))
    cluster.start(cluster.second, *(("worker", name) for name in SECOND))
    cluster.linernotes("load", "s3://mirror/0", "--no-wait", "--bulk", "no")
    until(lambda: cluster.parts_done() >= 5, 120, "the first parts")
    cluster.second.cut()
    time.sleep(CUT_S)
    cluster.second.mend()
    cluster.until_done()
    cluster.assert_equal(dumps[0])


@pytest.mark.sweep
@pytest.mark.timeout(DONE_S + 300)
def test_a_host_that_vanishes_gives_its_parts_back(cluster, dumps):
    cluster.linernotes("load", "s3://mirror/1", "--no-wait", "--accept-deletions")
    until(lambda: cluster.status()["runs"][0]["dump"] == "20261001" and cluster.parts_done() >= 3, 120, "parts")
    cluster.second.vanish()
    cluster.until_done()
    cluster.assert_equal(dumps[1])
