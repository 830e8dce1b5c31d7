"""A stack of its own for a benchmark, in a temporary home, removed afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import psutil

from functions.registry import FUNCTIONS
from functions.runtime.errors import SettingError
from functions.runtime.settings import Settings, read_settings
from infra.setup.fetch_neo4j import jars_folder
from infra.stack.daemon import start_detached
from infra.stack.programs import python_module
from infra.stack.stack_client import down, stack_status
from infra.stack.worker_counts import children

_SUPERVISE = python_module("infra.cli.supervisor_main")
SAMPLE_EVERY_S = 0.25
_STARTS_S = 60.0


def of(server: str) -> dict[str, str]:
    """The environment of a stack with this graph server, `arcadedb` or `neo4j`.

    Raises:
        SettingError: there is no such server.
    """
    if server not in {"arcadedb", "neo4j"}:
        raise SettingError(f"--server is {server!r}: it can be arcadedb or neo4j.")
    return {"LINERNOTES_NEO4J_JARS": str(jars_folder()) if server == "neo4j" else ""}


@contextmanager
def temporary_stack(
    environment: Mapping[str, str] | None = None,
    *,
    workers: bool = True,
    autoscaled: bool = False,
    without: Collection[str] = (),
) -> Iterator[Settings]:
    """An empty embedded stack as `linernotes up` starts it, with its workers or without; it ends with this process.

    All workers that the machine allows are there from the beginning, unless they are to come and go with the messages:
    what is measured is the work, not the start of processes.

    Args:
        without: functions that have no worker, so that what is sent to them waits.
    """
    home = Path(tempfile.mkdtemp(prefix="linernotes-bench-"))
    given = {"LINERNOTES_HOME": str(home), "LINERNOTES_PORT": "0", **(environment or {})}
    if not autoscaled:
        cores = os.cpu_count() or 1
        numbers = {spec.name: 0 if spec.name in without else spec.scaling.workers(cores) for spec in FUNCTIONS}
        given.setdefault("LINERNOTES_WORKERS", ",".join(f"{name}={number}" for name, number in numbers.items()))
    settings = read_settings(given)
    try:
        kept = children(settings) if workers else []
        started = start_detached(settings, kept, argv=_SUPERVISE, with_parent=True, environment=environment)
        _wait_for_processes(home)
        yield started
    finally:
        down(home)
        shutil.rmtree(home, ignore_errors=True)


def _wait_for_processes(home: Path) -> None:
    """Until each has been started once: they begin one after the other, while the stack is up already."""
    deadline = time.monotonic() + _STARTS_S
    while not all(process.pid for process in stack_status(home).processes) and time.monotonic() < deadline:
        time.sleep(0.1)


@dataclass
class Memory:
    """The most memory, in bytes, that each kind of process of a stack held, and that all held together."""

    peaks: dict[str, int] = field(default_factory=dict)
    total: int = 0

    @property
    def largest_worker(self) -> int:
        """The most that one of our own processes held."""
        servers = {"postgres", "graph", "broker", "cache"}
        return max((peak for name, peak in self.peaks.items() if name not in servers), default=0)

    def sample(self, home: Path, *, with_own: bool = False) -> None:
        """Look once; at this process and those that it has started as well, as `benchmark`."""
        everything = _everything()
        stack = stack_status(home, memory=False)
        families = {process.name: _family(process.pid, everything) for process in stack.processes}
        if with_own:
            theirs = _family(stack.pid, everything).union(*families.values())
            families["benchmark"] = _family(os.getpid(), everything) - theirs
        now = {name: _held(family, everything) for name, family in families.items()}
        for name, size in now.items():
            self.peaks[name] = max(self.peaks.get(name, 0), size)
        self.total = max(self.total, sum(now.values()))


@contextmanager
def watched_memory(settings: Settings, *, with_own: bool = False) -> Iterator[Memory]:
    """Look at the memory of a stack four times a second, and at that of this process and its own."""
    memory, stop = Memory(), threading.Event()

    def watch() -> None:
        while not stop.wait(SAMPLE_EVERY_S):
            memory.sample(Path(settings.home), with_own=with_own)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        stop.set()
        thread.join()


def family_memory(pid: int) -> int:
    """Memory, in bytes, that a process and its children hold now."""
    everything = _everything()
    return _held(_family(pid, everything), everything)


class _Process(NamedTuple):
    """What one process holds, in bytes."""

    parent: int
    resident: int
    shared: int


def _everything() -> dict[int, _Process]:
    """Every process of this machine, looked at once: to look for the children of each costs a share of a core."""
    found = {}
    for process in psutil.process_iter(["ppid", "memory_info"]):
        memory = process.info["memory_info"]
        if memory is not None:
            found[process.pid] = _Process(process.info["ppid"], memory.rss, getattr(memory, "shared", 0))
    return found


def _family(pid: int | None, everything: Mapping[int, _Process]) -> set[int]:
    """A process and its children."""
    family, more = set[int](), {pid or 0}
    while more := {number for number in more if number in everything} - family:
        family |= more
        more = {number for number, process in everything.items() if process.parent in more}
    return family


def _held(family: Iterable[int], everything: Mapping[int, _Process]) -> int:
    """Memory of some processes; shared pages of PostgreSQL's are counted once."""
    members = [everything[number] for number in family]
    shared = max((member.shared for member in members), default=0)
    return sum(max(0, member.resident - member.shared) for member in members) + shared
