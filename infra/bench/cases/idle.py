"""`linernotes bench idle`: what a stack takes while there is nothing to do."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from functions.registry import FUNCTIONS
from functions.runtime.settings import Settings
from functions.runtime.stores.context import open_context
from infra.bench.cases.pipeline import load
from infra.bench.harness.figures import Work
from infra.bench.harness.generate import first_month
from infra.bench.harness.result import Result, note
from infra.bench.harness.stack import of, temporary_stack
from infra.stack.stack_client import stack_status

#: Seconds over which the CPU of the idle stack is taken.
_WATCHED_S: Final = 60.0


def bench_idle(releases: int, minutes: float, server: str) -> Iterator[Result]:
    """Load a dump, wait, and take the memory and the CPU of all processes of the stack, the supervisor's too.

    Memory is the proportional set size: pages that processes share are counted once.

    Args:
        releases: of the dump.
        minutes: from the end of the load to the measurement.
        server: `arcadedb` or `neo4j`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder,
        temporary_stack(of(server), autoscaled=True) as settings,
    ):
        first_month(Path(folder), releases)
        with open_context(settings, FUNCTIONS) as context:
            load(context, Path(folder))
        name = f"idle, {server}, {minutes:g} minutes after {releases:,} releases"
        note(f"waiting {minutes:g} minutes")
        time.sleep(minutes * 60)
        before, started = _cpu_seconds(settings), time.perf_counter()
        time.sleep(_WATCHED_S)
        share = Work(time.perf_counter() - started, "seconds").each(_cpu_seconds(settings) - before)
        memory = _memory(settings)
    yield Result(f"{name}, CPU", share * 100, "% of a core")
    yield Result(f"{name}, memory", sum(memory.values()) / 1e6, "MB")
    for process, size in sorted(memory.items(), key=lambda item: -item[1]):
        yield Result(f"{name}, memory of {process}", size / 1e6, "MB")


def _memory(settings: Settings) -> dict[str, int]:
    status = stack_status(Path(settings.home))
    names = {process.pid: process.name for process in status.processes}
    found = {}
    for process in _family(settings):
        found[process.pid] = (_name(process, names), process.memory_full_info().pss)
    return {name: sum(size for other, size in found.values() if other == name) for name, _ in found.values()}


def _name(process: psutil.Process, names: dict[int | None, str]) -> str:
    """The name of a process of the stack, or of the one that started it; the supervisor has none."""
    for one in (process, *process.parents()):
        if one.pid in names:
            return names[one.pid]
    return "supervisor"


def _cpu_seconds(settings: Settings) -> float:
    times = [process.cpu_times() for process in _family(settings)]
    return sum(one.user + one.system for one in times)


def _family(settings: Settings) -> list[psutil.Process]:
    supervisor = psutil.Process(stack_status(Path(settings.home)).pid)
    return [supervisor, *supervisor.children(recursive=True)]
