"""`linernotes bench cluster`: what a release costs each function and each store, and so which of them is the limit."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from functions.registry import FUNCTIONS
from functions.runs.load_strategy import Bulk
from functions.runtime.stores.context import open_context
from infra.bench.cases.pipeline import first_load
from infra.bench.harness.cpu_time import effort
from infra.bench.harness.figures import Work, ratio
from infra.bench.harness.generate import first_month
from infra.bench.harness.result import Result, note
from infra.bench.harness.stack import of, temporary_stack

_PROCESSES: Final = (1, 2, 3)
_WORKERS: Final = (1, 2, 4, 8, 16, 32, 64)
_STORES: Final = ("postgres", "graph", "broker")


class Loaded(NamedTuple):
    """One load: releases a second, and CPU seconds of each function and store for a release."""

    rate: float
    cost: dict[str, float]


def bench_cluster(releases: int, server: str, cores: int, bulk: Bulk = "auto") -> Iterator[Result]:
    """Load a dump with one, two and three processes of each function; compute from the CPU how many workers pay.

    What the first load took foretells the rate of all three, which is printed beside what was measured. Then workers
    with a core each make releases in proportion, until a store has no core left.

    Args:
        releases: of each load.
        server: `arcadedb` or `neo4j`.
        cores: that each store has in the computed table.
        bulk: `no` loads as a cluster does, whose graph server is not ours to fill: over Bolt, batch by batch.
    """
    here = len(os.sched_getaffinity(0))
    loads: list[Loaded] = []
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        first_month(Path(folder), releases)
        for processes in _PROCESSES:
            note(f"loading with {processes} of each function")
            loads.append(_load(Path(folder), releases, processes, server, bulk))
            figure = f"cluster, {server}, {processes} processes"
            for name, seconds in loads[-1].cost.items():
                yield Result(f"{figure}, CPU of {name}", seconds * 1e6, "µs a release")
            yield Result(f"{figure}, CPU of all", sum(loads[-1].cost.values()) * 1e6, "µs a release")
            yield from _compared(figure, loads[-1].rate, predicted(loads[0].cost, processes, here), here)
    yield from table(loads[-1].cost, server, cores)


def predicted(cost: Mapping[str, float], processes: int, cores: int) -> float:
    """Releases a second of one machine, as far as CPU decides.

    Args:
        cost: CPU seconds of each function and store for a release.
        processes: of each function; of those that take no parts there is one.
        cores: of the machine, for functions and stores together.
    """
    alone = [(processes if spec.takes else 1) / cost[spec.name] for spec in FUNCTIONS if cost.get(spec.name)]
    return min([cores / Work(sum(cost.values()), "CPU of a load").count, *alone])


def _compared(figure: str, rate: float, foretold: float, cores: int) -> Iterator[Result]:
    assumes = f"{cores} cores for all, always busy, and as much CPU a release as with one process"
    yield Result(f"{figure}, predicted", foretold, "releases/s", assumes=assumes)
    yield Result(f"{figure}, measured", rate, "releases/s", "predicted", ratio(rate, foretold, "releases"))


def _load(source: Path, releases: int, processes: int, server: str, bulk: Bulk) -> Loaded:
    counts = ",".join(f"{spec.name}={processes if spec.takes else 1}" for spec in FUNCTIONS)
    with (
        temporary_stack(of(server) | {"LINERNOTES_WORKERS": counts}) as settings,
        open_context(settings, FUNCTIONS) as context,
        effort(settings) as spent,
    ):
        seconds = first_load(context, source, bulk=bulk).seconds
    work = Work(releases, "releases loaded")
    taken = {name: _cpu_of(spent.cpu, name) for name in (*FUNCTIONS.names, *_STORES)}
    return Loaded(work.rate(seconds), {name: work.each(cpu) for name, cpu in taken.items() if cpu > 0})


def _cpu_of(cpu: Mapping[str, float], name: str) -> float:
    """CPU seconds of all processes of a function or store."""
    return sum(seconds for process, seconds in cpu.items() if _is_of(process, name))


def _is_of(process: str, name: str) -> bool:
    """Whether a process is of that kind: the second worker of `load-table` is `load-table-1`."""
    return process == name or process.removeprefix(f"{name}-").isdigit()


def table(cost: Mapping[str, float], server: str, cores: int) -> Iterator[Result]:
    """For each number of workers what is the limit, and the releases a second there.

    Args:
        cost: CPU seconds of each function and store for a release.
        server: the graph server of the figures.
        cores: of each store; a worker has one.
    """
    work = Work(sum(seconds for name, seconds in cost.items() if name not in _STORES), "work of functions").count
    most = {store: cores / cost[store] for store in _STORES if cost.get(store)}
    Work(len(most), "stores that took CPU")
    limit = min(most, key=lambda store: most[store])
    assumes = f"a core for each worker and {cores} for each store, and as much CPU a release as here"
    for workers in _WORKERS:
        rate = min(workers / work, most[limit])
        bound = "the workers" if rate < most[limit] else limit
        yield Result(f"cluster, {server}, {workers:>2} workers, limit: {bound}", rate, "releases/s", assumes=assumes)
