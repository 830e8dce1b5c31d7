"""Network namespaces: hosts as the network sees them, on one machine.

A namespace is entered by a thread. Sockets that it opens from then on, and threads and processes that it starts, are in
there as well; what it has opened before stays where it is.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_CLONE_NEWNET = 0x40000000
_HERE = Path("/proc/thread-self/ns/net")

#: Where `ip` has the names of namespaces; those of ours begin so, and end with the number of the process.
_NAMES, _OURS = Path("/run/netns"), "linernotes"


def needs_namespaces() -> None:
    """Skip the test where no network namespace can be made; CI runs as root. What killed tests have left is removed."""
    name = f"linernotes-{uuid.uuid4().hex[:6]}"
    if os.geteuid() or not shutil.which("ip") or _ended(["ip", "netns", "add", name]).returncode:
        assert os.environ.get("CI") != "true", "CI has to run as root, with iproute2"
        pytest.skip("network namespaces need root and iproute2")
    ip("netns", "del", name)
    for left in _NAMES.glob(f"{_OURS}-*-*"):
        if not Path("/proc", left.name.rpartition("-")[2]).exists():
            _ended(["ip", "netns", "del", left.name])


def ip(*words: str) -> None:
    """Run the command `ip`."""
    done = _ended(["ip", *words])
    assert done.returncode == 0, (words, done.stderr)


class Namespace:
    """A network namespace that has its own loopback address and nothing else so far."""

    def __init__(self, name: str) -> None:
        self.name = f"{_OURS}-{name}-{os.getpid()}"
        ip("netns", "add", self.name)
        self.ip("link", "set", "lo", "up")

    def ip(self, *words: str) -> None:
        """Run the command `ip` for it."""
        ip("-n", self.name, *words)

    def command(self, *words: str) -> list[str]:
        """What runs a command in it."""
        return [shutil.which("ip") or "ip", "netns", "exec", self.name, *words]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Have this thread be in it."""
        with _HERE.open("rb") as before:
            _enter(_NAMES / self.name)
            try:
                yield
            finally:
                _enter(Path(f"/proc/self/fd/{before.fileno()}"))

    def remove(self) -> None:
        """Let it go, and its links with it; it lasts as long as something runs in it."""
        ip("netns", "del", self.name)


@contextmanager
def no_network() -> Iterator[list[str]]:
    """What starts a program where there is nothing but a loopback address."""
    alone = Namespace("alone")
    try:
        yield alone.command()
    finally:
        alone.remove()


def _enter(path: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    with path.open("rb") as namespace:
        if libc.setns(namespace.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"{path} cannot be entered")


def _ended(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
