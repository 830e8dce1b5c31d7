"""`linernotes bench split`: decompression, digests and diff of an unchanged month, against a full `record_state`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from functions.extract.download.dump import Dump
from functions.extract.download.source import find_dump
from functions.extract.parse.choose_engine import engine_of
from functions.extract.split.split import split
from functions.registry import FUNCTIONS
from functions.runs.begin import LoadOptions, begin_load
from functions.runtime.entities import CODE, Entity
from functions.runtime.ledger.store import file_of, sql
from functions.runtime.messages import Split
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.query_files import statements
from functions.runtime.telemetry.logs import configure_logs
from infra.bench.harness.figures import Work
from infra.bench.harness.generate import first_month
from infra.bench.harness.isolation import apart, one_core, peak_memory
from infra.bench.harness.result import Result
from infra.bench.harness.stack import temporary_stack

_ENTITY: Entity = "releases"
_MAX_RECORD = 64 * 1024 * 1024
_sql = statements(__file__, "split.sql")


def bench_split(engine: str, releases: int) -> Iterator[Result]:
    """Time the split of a releases file that the stores know already, on one core and in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        made = first_month(Path(folder), releases)
        facts = made.entities[_ENTITY]
        with (
            temporary_stack({"LINERNOTES_WORKERS": _NO_WORKERS}) as settings,
            open_context(settings, FUNCTIONS) as context,
        ):
            dump = find_dump(settings, folder)
            _fill_states(context, dump, engine)
            run = _begin(context, dump, engine)
            timed = apart(_time_split, settings, run)
            with context.connection() as connection:
                file = file_of(connection, run, _ENTITY)
    name = f"split, {engine}, unchanged month"
    Work(file.unchanged, "records found unchanged")
    yield Result(name, Work(file.records, "records split").rate(timed.seconds), "releases/s")
    yield Result(f"{name}, XML", Work(facts.xml_bytes, "bytes of XML").rate(timed.seconds) / 1e6, "MB/s")
    yield Result(f"{name}, records found changed", file.records - file.unchanged, "records")
    yield Result(f"{name}, messages", timed.messages, "messages")
    yield Result(f"{name}, XML in all", facts.xml_bytes / 1e6, "MB")
    yield Result(f"{name}, peak memory", timed.peak / 1e6, "MB")


class _Timed(NamedTuple):
    seconds: float
    messages: int
    peak: int


def _time_split(settings: Settings, run: int) -> _Timed:
    """The split, where nothing was generated or filled in before: its peak of memory is its own."""
    configure_logs(settings, "bench")
    with open_context(settings, FUNCTIONS, graph=False) as context, one_core():
        started = time.perf_counter()
        messages = list(split(context, Split(run=run, entity=_ENTITY)))
        return _Timed(time.perf_counter() - started, len(messages), peak_memory())


_NO_WORKERS = "download=0,split=0,parse-chunk=0,load-table=0,load-graph=0,finish=0"


def _fill_states(context: Context, dump: Dump, engine: str) -> None:
    """Note every record as known, without loading it."""
    [path] = [Path(file.location) for file in dump.files if file.entity == _ENTITY]
    for batch in engine_of(engine).read(path, _ENTITY, _MAX_RECORD):
        with context.connection() as connection, connection.cursor().copy(_sql.copy_states) as copy:
            for number, raw in zip(batch.index.ids, batch.index.raw, strict=True):
                copy.write_row((CODE[_ENTITY], number, raw))
    with context.connection() as connection:
        connection.execute(_sql.analyze)


def _begin(context: Context, dump: Dump, engine: str) -> int:
    """A run whose file is fetched."""
    run = begin_load(context, dump, LoadOptions(entities=(_ENTITY,), engine=engine)).run.id
    [file] = [file for file in dump.files if file.entity == _ENTITY]
    with context.connection() as connection:
        values = {"run": run, "entity": _ENTITY, "location": file.location, "bytes": file.bytes, "modified_ns": None}
        connection.execute(sql.file_fetched, values)
    return run
