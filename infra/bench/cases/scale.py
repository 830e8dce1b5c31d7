"""`linernotes bench scale`: first loads of growing size into both stores, and the time to expect for the whole dump."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from functions.extract.download.source import find_dump
from functions.registry import FUNCTIONS
from functions.runs.begin import LoadOptions
from functions.runs.disk_estimate import disk_need
from functions.runtime.stores.context import Context, open_context
from infra.bench.cases.load import warm_up
from infra.bench.cases.pipeline import Loaded, first_load
from infra.bench.cases.verify import Verified, results_of, verified
from infra.bench.harness.curve_fit import Point, fits, second_half, unit_growth
from infra.bench.harness.derived import until_derived
from infra.bench.harness.disk import Disk, disk_of
from infra.bench.harness.figures import Work
from infra.bench.harness.generate import first_month
from infra.bench.harness.progress import Progress, watched_progress
from infra.bench.harness.result import Result, note
from infra.bench.harness.stack import Memory, of, temporary_stack, watched_memory
from infra.synth import Summary

#: The dump of 2026-09. Generated dumps have the other entities in the same proportion to releases.
_WHOLE: Final = {"artists": 10_203_002, "labels": 2_415_476, "masters": 2_589_349, "releases": 19_417_067}
_HOUR = 3600
#: Share of a load from which a step is told, and how many processes are.
_WORTH_NAMING: Final = 0.01
_LARGEST: Final = 8


def bench_scale(sizes: Sequence[int], server: str = "arcadedb", *, verify: bool = True) -> Iterator[Result]:
    """Load each size into a stack of its own as a bulk load, fit the growth, and reckon the whole dump from it.

    Args:
        sizes: releases of each load.
        server: of the graph, `arcadedb` or `neo4j`.
        verify: whether the largest is compared with its dump as well, once all is derived.
    """
    taken: list[Taken] = []
    for releases in sizes:
        with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
            made = first_month(Path(folder) / "dump", releases)
            found, results = _load(Path(folder), made, server, verify=verify and releases == max(sizes))
            taken.append(found)
            yield from results
    if len(set(sizes)) > 1:
        yield from step_growth(min(taken), max(taken))
        yield from _expected([(found.releases, found.seconds) for found in taken])


class Taken(NamedTuple):
    """The seconds that a load of so many releases took, and each step of it."""

    releases: int
    seconds: float
    steps: dict[str, float]


def step_growth(least: Taken, most: Taken) -> Iterator[Result]:
    """What each step takes for a release of the largest load against the smallest; steps of a hundredth at least."""
    for step, seconds in most.steps.items():
        before = least.steps.get(step, 0.0)
        if before and seconds >= most.seconds * _WORTH_NAMING:
            growth = unit_growth((least.releases, before), (most.releases, seconds))
            yield Result(f"growth, {step}, time of a release", growth, f"of that at {least.releases:,}")


def _load(folder: Path, made: Summary, server: str, *, verify: bool) -> tuple[Taken, list[Result]]:
    """What a first load took, workers started and caches filled; its figures, and those of a comparison if wanted."""
    releases = made.entities["releases"].records
    with temporary_stack(of(server)) as settings, open_context(settings, FUNCTIONS) as context:
        warm_up(context, folder / "small")
        note(f"loading {releases:,} releases, {made.records:,} records")
        before = disk_of(settings)
        need = disk_need(context, find_dump(settings, str(folder / "dump")), LoadOptions())
        with watched_memory(settings) as memory, watched_progress(context) as progress:
            loaded = first_load(context, folder / "dump", bulk="yes")
        after = disk_of(settings)
        compared = [_compared(context, folder / "dump")] if verify else []
    results = list(_results(made, loaded, progress, memory))
    results += _disk(releases, before, after, need.of("tables") + need.of("graph"))
    name = f"verify, {releases:,} releases"
    steps = {"tables": progress.table_seconds(), **{step.name: step.seconds for step in loaded.steps}}
    taken = Taken(releases, loaded.seconds, steps)
    return taken, results + [result for found in compared for result in results_of(name, made, found)]


def _compared(context: Context, dump: Path) -> Verified:
    """The comparison with the dump, once nothing is derived beside it any more."""
    until_derived(context)
    return verified(context.settings, dump)


def _results(made: Summary, loaded: Loaded, progress: Progress, memory: Memory) -> Iterator[Result]:
    releases = made.entities["releases"].records
    name = f"scale, {releases:,} releases"
    work = Work(releases, "releases loaded")
    yield Result(name, work.rate(loaded.seconds), "releases/s")
    yield Result(f"{name}, all records", loaded.records.rate(loaded.seconds), "records/s")
    yield Result(f"{name}, time", loaded.seconds, "s")
    yield Result(f"{name}, time until all is in PostgreSQL", progress.table_seconds(), "s")
    for store, points in (("PostgreSQL", progress.table), ("graph", progress.graph)):
        halves = second_half(points)
        if halves is not None:
            yield Result(f"{name}, {store}, rate of the second half", halves, "of the first")
    for step in loaded.steps:
        if step.seconds >= loaded.seconds * _WORTH_NAMING:
            yield Result(f"{name}, {step.name}", step.seconds, "s")
    for process, peak in sorted(memory.peaks.items(), key=lambda item: -item[1])[:_LARGEST]:
        yield Result(f"{name}, memory of {process}", peak / 1e6, "MB")
    yield Result(f"{name}, whole stack", memory.total / 1e6, "MB")


def _disk(releases: int, before: Disk, after: Disk, expected: int) -> Iterator[Result]:
    """What both stores take with what they took empty, what the load brought to the graph, and what it had expected."""
    name, work = f"scale, {releases:,} releases, disk", Work(releases, "releases loaded")
    yield Result(name, work.each(sum(after)), "bytes a release")
    yield Result(f"{name} of the graph", work.each(after.graph - before.graph), "bytes a release")
    took = Work(sum(after) - sum(before), "disk that it took")
    yield Result(f"{name} that load expected", took.each(expected), "of what it took")


def _expected(points: Sequence[Point]) -> Iterator[Result]:
    """Both fits, the one that meets the measured times better first."""
    for number, fit in enumerate(fits(points)):
        form = fit.form + (" (fits better)" if number == 0 else "")
        yield Result(f"growth, {form}, error", fit.error * 100, "%")
        hours = fit.expect(_WHOLE["releases"]) / _HOUR
        yield Result(f"whole dump, {form}", hours, "h", assumes=None if number else _assumptions(points))


def _assumptions(points: Sequence[Point]) -> str:
    counts = ", ".join(f"{count / 1e6:.1f} million {entity}" for entity, count in _WHOLE.items())
    return (
        f"{counts}; each like a generated one; growth beyond {max(points)[0]:,.0f} releases as up to there, though the "
        "stores no longer fit into memory then; this machine with nothing else to do; the download not counted"
    )
