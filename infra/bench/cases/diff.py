"""`linernotes bench diff`: months after a first load, into both stores: unchanged, edited, with new and gone ones."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from functions.registry import FUNCTIONS
from functions.runtime.stores.context import Context, open_context
from infra.bench.cases.pipeline import Loaded, first_load, load
from infra.bench.harness.cpu_time import Effort, effort
from infra.bench.harness.derived import DERIVING, until_derived
from infra.bench.harness.figures import Work
from infra.bench.harness.generate import first_month, next_month
from infra.bench.harness.monthly_changes import changes_of, edges_of, unchanged_month
from infra.bench.harness.result import Result, note
from infra.bench.harness.stack import temporary_stack, watched_memory

Wait = Callable[[Context], None]

_UNCHANGED: Final = "20261001"
#: The date, whether nothing comes or goes, and the name.
_CHANGED: Final = (
    ("20261101", True, "next month, {share} changed"),
    ("20261201", False, "fourth month, {share} changed, new and gone ones"),
    ("20270101", False, "fifth month, {share} changed, new and gone ones"),
)


def bench_diff(releases: int, share: float, *, derive: bool = True) -> Iterator[Result]:
    """Time an unchanged month, then three with a share of records changed; set what was written beside what changed.

    In the first of the three nothing comes or goes. It is also the first that the graph server writes record by record:
    it compiles itself meanwhile. In the other two half as many are new as are edited, a tenth as many go.

    Args:
        releases: how many the first month has; few of them and what a run costs in any case outweighs them.
        share: of records that are edited.
        derive: whether everything derived of a month is made before the next; else nothing is, in half the time.
    """
    with (
        tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder,
        temporary_stack(without=() if derive else DERIVING) as settings,
    ):
        first, same = Path(folder) / "first", Path(folder) / _UNCHANGED
        first_month(first, releases)
        unchanged_month(first, same, _UNCHANGED)
        before = first
        for dump, edits_only, _ in _CHANGED:
            next_month(before, Path(folder) / dump, share, dump, edits_only=edits_only)
            before = Path(folder) / dump
        with open_context(settings, FUNCTIONS) as context, watched_memory(settings) as memory:
            note("loading the first month")
            first_load(context, first)
            wait = until_derived if derive else _do_not_wait
            yield from _unchanged(context, same, releases, wait)
            for dump, _, name in _CHANGED:
                name = name.format(share=f"{share * 100:g} %")
                yield from _changed(context, Path(folder) / dump, dump, releases, name, wait)
        yield Result("next months, largest worker", memory.largest_worker / 1e6, "MB")
        yield Result("next months, whole stack", memory.total / 1e6, "MB")


def _do_not_wait(context: Context) -> None:
    """Nothing is derived, so there is nothing to wait for."""


def _unchanged(context: Context, source: Path, releases: int, wait: Wait) -> Iterator[Result]:
    name = "next month, unchanged"
    wait(context)
    spent, loaded = _load(context, source)
    written = loaded.written
    yield from _times(name, releases, spent)
    yield Result(f"{name}, rows, nodes and edges written", written.rows + written.nodes + written.edges, "elements")


def _changed(context: Context, source: Path, dump: str, releases: int, name: str, wait: Wait) -> Iterator[Result]:
    ids = changes_of(source, dump)
    before = edges_of(context, ids)
    Work(ids.records, "records changed")
    wait(context)
    spent, loaded = _load(context, source)
    Work(loaded.written.rows, "rows written")
    written = loaded.written
    edges = len(before ^ edges_of(context, ids))
    yield from _times(name, releases, spent)
    yield from _beside(f"{name}, rows", written.rows, ids.records, "records changed")
    yield from _beside(f"{name}, nodes", written.nodes, ids.records, "records changed")
    yield from _beside(f"{name}, edges", written.edges, edges, "edges that differ")


def _beside(name: str, written: int, changed: int, what: str) -> Iterator[Result]:
    yield Result(f"{name} written", written, "elements", what, written / changed if changed else None)
    yield Result(f"{name}, {what}", changed, "elements")


def _load(context: Context, source: Path) -> tuple[Effort, Loaded]:
    with effort(context.settings) as spent:
        loaded = load(context, source)
    return spent, loaded


def _times(name: str, releases: int, spent: Effort) -> Iterator[Result]:
    work = Work(releases, "releases compared")
    yield Result(name, work.rate(spent.wall), "releases/s")
    yield Result(f"{name}, time", spent.wall, "s")
    yield Result(f"{name}, CPU", work.each(spent.total, 1e6), "µs a release")
    for process, seconds in spent.largest():
        yield Result(f"{name}, CPU of {process}", work.each(seconds, 1e6), "µs a release")
