"""Worker hosts in network namespaces of their own, which reach nothing but the servers' addresses.

The server host is this one: what listens on its loopback address is handed on to at the address of each host's link.
"""

from __future__ import annotations

import os
import select
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

#: Starts a module of ours with a clock that is some seconds ahead.
_AHEAD = "import runpy, sys, time; now = time.time; time.time = lambda: now() + {ahead}; sys.argv = sys.argv[1:]; "
_MODULE = "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"

#: An address of a server: a port of loopback, or the socket's path.
Target = int | Path


def needs_namespaces() -> None:
    """Skip the test where no network namespace can be made; CI runs as root."""
    name = f"linernotes-{uuid.uuid4().hex[:6]}"
    if os.geteuid() or not shutil.which("ip") or _ip("netns", "add", name, check=False):
        assert os.environ.get("CI") != "true", "CI has to run as root, with iproute2"
        pytest.skip("network namespaces need root and iproute2")
    _ip("netns", "del", name)


@contextmanager
def no_network() -> Iterator[list[str]]:
    """What starts a program where there is nothing but a loopback address."""
    name = f"linernotes-alone-{os.getpid()}"
    _ip("netns", "add", name)
    try:
        _ip("-n", name, "link", "set", "lo", "up")
        yield ["ip", "netns", "exec", name]
    finally:
        _ip("netns", "del", name, check=False)


class Host:
    """A host with one link to the servers; `number` tells its addresses, `ahead` by how many seconds its clock is.

    Args:
        number: 1 to 200.
        targets: the servers, by name.
        folder: of its own, for the homes of its processes.
        ahead: seconds.
    """

    def __init__(self, number: int, targets: Mapping[str, Target], folder: Path, ahead: float = 0.0) -> None:
        self.name, self.link = f"linernotes-{number}-{os.getpid()}", f"ln{number}x{os.getpid()}"[:15]
        self.folder, self.ahead = folder, ahead
        self.processes: list[subprocess.Popen[bytes]] = []
        here, there = f"10.213.{number}.1", f"10.213.{number}.2"
        _ip("netns", "add", self.name)
        _ip("link", "add", self.link, "type", "veth", "peer", "name", "uplink", "netns", self.name)
        _ip("addr", "add", f"{here}/30", "dev", self.link)
        _ip("link", "set", self.link, "up")
        for words in (("addr", "add", f"{there}/30", "dev", "uplink"), ("link", "set", "uplink", "up")):
            _ip("-n", self.name, *words)
        _ip("-n", self.name, "link", "set", "lo", "up")
        self.forwards = {name: _Forward(here, target) for name, target in targets.items()}
        self.addresses = {name: f"{here}:{one.server_address[1]}" for name, one in self.forwards.items()}

    def start(self, environment: Mapping[str, str], *words: str) -> subprocess.Popen[bytes]:
        """Start `linernotes WORDS` there, with a home of its own and no other variables than these."""
        home = self.folder / "-".join(words)
        home.mkdir(parents=True, exist_ok=True)
        code = _AHEAD.format(ahead=self.ahead) + _MODULE
        given = {"PATH": "/usr/bin:/bin", "LINERNOTES_HOME": str(home), "PYTHONPATH": str(ROOT), **environment}
        command = ["ip", "netns", "exec", self.name, sys.executable, "-c", code, "infra.cli.main", *words]
        with (self.folder / f"{'-'.join(words)}.out").open("ab") as out:
            process = subprocess.Popen(command, cwd=home, env=given, stdout=out, stderr=out)
        self.processes.append(process)
        return process

    def cut(self) -> None:
        """Take the link down: nothing says so to anybody."""
        _ip("link", "set", self.link, "down")

    def mend(self) -> None:
        """Bring the link up again."""
        _ip("link", "set", self.link, "up")

    def vanish(self) -> None:
        """Lose the host at once: link and processes."""
        self.cut()
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes.clear()

    def remove(self) -> None:
        """Let nothing be left of it."""
        for process in self.processes:
            process.kill()
            process.wait()
        for forward in self.forwards.values():
            forward.shutdown()
            forward.server_close()
        _ip("netns", "del", self.name, check=False)  # and its link with it

    def said(self) -> str:
        """The last lines of all its processes."""
        return "\n".join(path.read_text(errors="replace")[-2_000:] for path in sorted(self.folder.glob("*.out")))


class _Forward(socketserver.ThreadingTCPServer):
    """Hands every connection on to a server of this host."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: str, target: Target) -> None:
        self.target = target
        super().__init__((address, 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(socketserver.BaseRequestHandler):
    server: _Forward

    def handle(self) -> None:
        with suppress(OSError), _connected(self.server.target) as target:
            other = {self.request: target, target: self.request}
            while True:
                for source in select.select(list(other), [], [])[0]:
                    data = source.recv(65_536)
                    if not data:
                        return
                    other[source].sendall(data)


def _connected(target: Target) -> socket.socket:
    if isinstance(target, int):
        return socket.create_connection(("127.0.0.1", target))
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(target))
    return connection


def _ip(*words: str, check: bool = True) -> int:
    return _run(["ip", *words], check=check)


def _run(command: Sequence[str], *, check: bool) -> int:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, (command, done.stderr)
    return done.returncode
