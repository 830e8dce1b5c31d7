"""Worker hosts in network namespaces of their own, which reach nothing but the servers' addresses.

Whoever makes one is on the server host: what listens there, on loopback or at a socket's path, is handed on to at the
addresses of the links.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from infra.stack.process import starter
from tests.namespaces import Namespace, ip

ROOT = Path(__file__).resolve().parents[1]

#: Starts a module of ours with a clock that is some seconds ahead.
_AHEAD = "import runpy, sys, time; now = time.time; time.time = lambda: now() + {ahead}; sys.argv = sys.argv[1:]; "
_MODULE = "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"

#: An address of a server: a port of loopback, or the socket's path.
Target = int | Path


class Host:
    """A host with a link to each server, so that one can be cut off alone.

    Args:
        number: 1 to 200; it tells the host's addresses.
        targets: the servers, by name.
        folder: of its own, for its home and what its processes say.
        ahead: by how many seconds its clock is.
    """

    def __init__(self, number: int, targets: Mapping[str, Target], folder: Path, ahead: float = 0.0) -> None:
        self.namespace = Namespace(str(number))
        self.folder, self.ahead = folder, ahead
        self.has_vanished = False
        self.processes: dict[tuple[str, ...], subprocess.Popen[bytes]] = {}
        self.links = {name: f"ln{number}{place}x{os.getpid()}"[:15] for place, name in enumerate(targets)}
        self.forwards = {
            name: self._linked(name, f"10.213.{number}.{4 * place + 1}", f"10.213.{number}.{4 * place + 2}", target)
            for place, (name, target) in enumerate(targets.items())
        }
        self.addresses = {name: ":".join(map(str, one.server_address)) for name, one in self.forwards.items()}

    def _linked(self, name: str, here: str, there: str, target: Target) -> _Forward:
        """A link between two addresses, and a server that is reached by it."""
        ip("link", "add", self.links[name], "type", "veth", "peer", "name", name, "netns", self.namespace.name)
        ip("addr", "add", f"{here}/30", "dev", self.links[name])
        ip("link", "set", self.links[name], "up")
        self.namespace.ip("addr", "add", f"{there}/30", "dev", name)
        self.namespace.ip("link", "set", name, "up")
        return _Forward(here, target)

    def start(self, environment: Mapping[str, str], *words: str) -> None:
        """Start `linernotes WORDS` there, in the home of the host, with no other variables than these.

        Nothing happens where it runs already, or the host has vanished. It ends with this process.
        """
        if self.has_vanished or (words in self.processes and self.processes[words].poll() is None):
            return
        home = self.folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        code = _AHEAD.format(ahead=self.ahead) + _MODULE
        given = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environment, "LINERNOTES_HOME": str(home)}
        command = self.namespace.command(sys.executable, "-c", code, "infra.cli.main", *words)
        with (self.folder / f"{'-'.join(words)}.out").open("ab") as out:
            self.processes[words] = subprocess.Popen(
                [*starter(signal.SIGKILL), *command], cwd=home, env=given, stdout=out, stderr=out
            )

    def cut(self, *names: str) -> None:
        """Take the links to these servers down, or all: nothing says so to anybody."""
        for name in names or self.links:
            ip("link", "set", self.links[name], "down")

    def mend(self) -> None:
        """Bring all links up again; a host that had vanished can be used again."""
        self.has_vanished = False
        for link in self.links.values():
            ip("link", "set", link, "up")

    def reaches(self, name: str, seconds: float = 1) -> bool:
        """Whether a connection to a server can be opened from there within so many seconds."""
        address, port = self.addresses[name].split(":")
        code = f"import socket; socket.create_connection(({address!r}, {port}), {seconds})"
        command = self.namespace.command(sys.executable, "-c", code)
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def vanish(self) -> None:
        """Lose the host at once: links and processes."""
        self.has_vanished = True
        self.cut()
        self.end()

    def end(self, *commands: tuple[str, ...]) -> None:
        """End these processes at once, or all of its."""
        ended = [self.processes.pop(words) for words in commands or tuple(self.processes) if words in self.processes]
        for process in ended:
            process.kill()
        for process in ended:
            process.wait()

    def remove(self) -> None:
        """Let nothing be left of it."""
        self.end()
        for forward in self.forwards.values():
            forward.shutdown()
            forward.server_close()
        self.namespace.remove()

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
