"""`linernotes bench cluster`: what a release costs each function and each store, and so which of them is the limit."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from functions.registry import FUNCTIONS
from functions.runtime.stores.context import open_context
from infra.bench.cases.pipeline import first_load
from infra.bench.harness.cpu_time import effort
from infra.bench.harness.figures import Work
from infra.bench.harness.generate import first_month
from infra.bench.harness.result import Result, note
from infra.bench.harness.stack import of, temporary_stack

_PROCESSES: Final = (1, 2, 3)
_WORKERS: Final = (1, 2, 4, 8, 16, 32, 64)
_STORES: Final = ("postgres", "graph", "broker")


def bench_cluster(releases: int, server: str, cores: int) -> Iterator[Result]:
    """Load a dump with one, two and three processes of each function; compute from the CPU how many workers pay.

    A process takes as much CPU a release however many there are, as far as the three loads agree. Then workers with a
    core each make releases in proportion, until a store has no core left.

    Args:
        releases: of each load.
        server: `arcadedb` or `neo4j`.
        cores: that each store has in the computed table.
    """
    spent: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        first_month(Path(folder), releases)
        for processes in _PROCESSES:
            note(f"loading with {processes} of each function")
            work = Work(releases, "releases loaded")
            spent = _load(Path(folder), processes, server)
            each = {name: work.each(seconds, 1e6) for name, seconds in spent.items() if seconds > 0}
            for name, cost in each.items():
                yield Result(f"cluster, {server}, {processes} processes, CPU of {name}", cost, "µs a release")
            yield Result(f"cluster, {server}, {processes} processes, CPU of all", sum(each.values()), "µs a release")
    yield from _table({name: seconds / work.count for name, seconds in spent.items()}, server, cores)


def _load(source: Path, processes: int, server: str) -> dict[str, float]:
    """CPU seconds of each function and store for one load."""
    counts = ",".join(f"{spec.name}={processes if spec.takes else 1}" for spec in FUNCTIONS)
    with (
        temporary_stack(of(server) | {"LINERNOTES_WORKERS": counts}) as settings,
        open_context(settings, FUNCTIONS) as context,
        effort(settings) as spent,
    ):
        first_load(context, source)
    names = (*FUNCTIONS.names, *_STORES)
    return {name: sum(cpu for process, cpu in spent.cpu.items() if _is_of(process, name)) for name in names}


def _is_of(process: str, name: str) -> bool:
    """Whether a process is of that kind: the second worker of `load-table` is `load-table-1`."""
    return process == name or process.removeprefix(f"{name}-").isdigit()


def _table(cost: Mapping[str, float], server: str, cores: int) -> Iterator[Result]:
    work = Work(sum(seconds for name, seconds in cost.items() if name not in _STORES), "work of functions").count
    most = {store: cores / cost[store] for store in _STORES if cost[store] > 0}
    Work(len(most), "stores that took CPU")
    limit = min(most, key=lambda store: most[store])
    for workers in _WORKERS:
        rate = min(workers / work, most[limit])
        bound = "the workers" if rate < most[limit] else limit
        assumes = (
            f"a core for each worker and {cores} for each store, as much CPU a release as here; the limit is {bound}"
        )
        yield Result(f"cluster, {server}, {workers} workers", rate, "releases/s", assumes=assumes)
