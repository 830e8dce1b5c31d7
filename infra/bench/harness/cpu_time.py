"""CPU time of a piece of work, in all processes of a stack and in this one: what a busy machine does not blur."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from functions.runtime.settings import Settings
from infra.stack.stack_client import stack_status

#: The supervisor, and with it the workers that have ended.
_SUPERVISOR = "supervisor and ended workers"


@dataclass
class Effort:
    """What a piece of work took, in seconds; `cpu` by the names of processes, this one under `client`."""

    wall: float
    cpu: dict[str, float]

    @property
    def total(self) -> float:
        """CPU seconds of all."""
        return sum(self.cpu.values())

    def largest(self, least: float = 0.02) -> list[tuple[str, float]]:
        """Processes and their CPU seconds, the largest first, those below a share of all left out."""
        ranked = sorted(self.cpu.items(), key=lambda item: -item[1])
        return [(name, seconds) for name, seconds in ranked if seconds > least * self.total]


@contextmanager
def effort(settings: Settings) -> Iterator[Effort]:
    """Measure what is done within; the numbers are there at the end."""
    found = Effort(0.0, {})
    before, started = _cpu(settings), time.perf_counter()
    yield found
    found.wall = time.perf_counter() - started
    found.cpu = {name: seconds - before.get(name, 0.0) for name, seconds in _cpu(settings).items()}


def _cpu(settings: Settings) -> dict[str, float]:
    stack = stack_status(Path(settings.home), memory=False)
    pids = {process.name: process.pid for process in stack.processes if process.pid}
    own = psutil.Process().cpu_times()
    ours = own.user + own.system + own.children_user + own.children_system
    supervisor = _alone(stack.pid)
    return {"client": ours, _SUPERVISOR: supervisor} | {name: _cpu_of(pid) for name, pid in pids.items()}


def _cpu_of(pid: int | None) -> float:
    """Of a process and its children, those that have ended too."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        own = process.cpu_times()
        return sum(_times(one) for one in family) + own.children_user + own.children_system
    except psutil.Error:
        return 0.0


def _alone(pid: int | None) -> float:
    """Of a process, and of those that it started and that have ended."""
    try:
        own = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(own.user + own.system + own.children_user + own.children_system)


def _times(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
