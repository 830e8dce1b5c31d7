"""`linernotes bench pipeline`: a dump into both stores, through every function, as a user would load it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from functions.extract.download.source import find_dump
from functions.extract.parse.choose_engine import resolve_engine
from functions.registry import FUNCTIONS
from functions.runs.begin import LoadOptions, begin_load
from functions.runs.run_status import StepView, WrittenCounts, run_view
from functions.runtime.errors import LinernotesError
from functions.runtime.ledger.models import ACTIVE
from functions.runtime.ledger.store import files_of, run_of
from functions.runtime.messaging.sender import send_all
from functions.runtime.stores.context import Context, open_context
from infra.bench.harness.derived import until_derived
from infra.bench.harness.disk import disk_of
from infra.bench.harness.figures import Work
from infra.bench.harness.result import Result
from infra.bench.harness.stack import of, temporary_stack, watched_memory
from infra.synth import mutate_dump, write_dump

_SEED = 7
_MONTH = 0.01
#: Of a first load's records so many are written at least: some are damaged, and some are there twice.
_WRITTEN = 0.9


def bench_pipeline(releases: int, server: str) -> Iterator[Result]:
    """Time the first load of a generated dump, the same dump again, and the next month with 1 % changed.

    Args:
        server: `arcadedb` or `neo4j`.
    """
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder, temporary_stack(of(server)) as settings:
        first, second = Path(folder) / "first", Path(folder) / "second"
        made = write_dump(first, releases=releases, seed=_SEED)
        compressed = sum(facts.gz_bytes for facts in made.entities.values())
        with open_context(settings, FUNCTIONS) as context, watched_memory(settings) as memory:
            done = first_load(context, first)
            yield Result(f"pipeline, {server}, first load", done.records.rate(done.seconds), "records/s")
            rate = Work(releases, "releases").rate(done.seconds)
            yield Result(f"pipeline, {server}, first load, releases", rate, "releases/s")
            yield Result(f"pipeline, {server}, first load, time", done.seconds, "s")
            disk = Work(compressed, "compressed bytes").each(sum(disk_of(settings)))
            yield Result("disk of the stores for a compressed byte", disk, "bytes")
            until_derived(context)
            done = load(context, first)
            yield Result(f"pipeline, {server}, same dump again", done.records.rate(done.seconds), "records/s")
            mutate_dump(first, second, changed=_MONTH, seed=_SEED)
            done = load(context, second)
            Work(done.written.rows, "rows of what has changed")
            yield Result(f"pipeline, {server}, next month, 1 % changed", done.records.rate(done.seconds), "records/s")
        yield Result("largest worker", memory.largest_worker / 1e6, "MB")
        yield Result("whole stack", memory.total / 1e6, "MB")


class Loaded(NamedTuple):
    """The seconds until a run was done, the records that it has read, what it wrote, and the steps of its end."""

    seconds: float
    records: Work
    written: WrittenCounts
    steps: Sequence[StepView] = ()


def first_load(context: Context, source: Path, **options: Any) -> Loaded:
    """Load into stores that hold nothing of it, as `load` does.

    Raises:
        NothingToDo: something of it was there.
        LinernotesError: the run did not end well.
    """
    loaded = load(context, source, **options)
    Work(loaded.written.rows, "rows written", wanted=loaded.records.count * _WRITTEN)
    return loaded


def load(context: Context, source: Path, **options: Any) -> Loaded:
    """Load the newest dump of a folder by the fastest engine.

    Raises:
        NothingToDo: it has no records.
        LinernotesError: the run ended otherwise.
    """
    started = time.perf_counter()
    begun = begin_load(
        context, find_dump(context.settings, str(source)), LoadOptions(**({"engine": resolve_engine("auto")} | options))
    )
    send_all(context.settings, begun.messages)
    while True:
        with context.connection() as connection:
            run = run_of(connection, begun.run.id)
        if run.state not in ACTIVE:
            break
        time.sleep(0.05)
    if run.state != "done":
        raise LinernotesError(f"The run of the benchmark is {run.state}: {run.reason}")
    seconds = time.perf_counter() - started
    with context.connection() as connection:
        read = sum(file.records for file in files_of(connection, begun.run.id))
    view = run_view(context, begun.run.id)
    return Loaded(seconds, Work(read, "records read"), view.written, view.steps)
