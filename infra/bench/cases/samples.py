"""`linernotes bench samples`: what the history of figures costs the scheduler, the stores and the disk."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from functions.metrics_history.read import metrics_of, read_range
from functions.metrics_history.write import SAMPLE_S
from functions.operations.sampling import sampler_of
from functions.registry import FUNCTIONS
from functions.runtime.ledger.store import Connection
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.migrations import migrate_postgres
from functions.runtime.stores.query_files import statements
from functions.runtime.supervised_process import SUPERVISOR
from infra.bench.harness.cpu_time import effort
from infra.bench.harness.figures import Work
from infra.bench.harness.result import Result, note
from infra.bench.harness.stack import temporary_stack
from infra.stack.stack_client import stack_status

_sql = statements(__file__, "samples.sql")

_TAKEN: Final = 300
#: Rows of each table once it is full, and the seconds that each stands for.
_FULL: Final = {"samples": (6 * 360, SAMPLE_S), "minutes": (2 * 1_440, 60), "hours": (366 * 24, 3_600)}
_CHARTED: Final = ("queue/*", "process/*/memory")
_SEED: Final = 7


def bench_samples() -> Iterator[Result]:
    """Take samples of idle servers; then fill the tables as a year of work would, and read charts of some ranges."""
    with temporary_stack(workers=False) as settings, open_context(settings, FUNCTIONS) as context:
        with context.connection() as connection:
            migrate_postgres(connection)
        os.environ[SUPERVISOR] = str(stack_status(Path(settings.home)).pid)  # so that its servers are looked at
        sampler = sampler_of(context)
        sampler()
        with effort(settings) as spent:
            for _ in range(_TAKEN):
                sampler()
        yield Result("figures of a sample", len(metrics_of(context)), "figures")
        yield from _cost(spent.wall, spent.cpu["client"], spent.total)
        note("filling the tables with a year")
        yield from _year(context)


def _cost(wall: float, own: float, all_together: float) -> Iterator[Result]:
    yield Result("a sample, time", wall / _TAKEN * 1e3, "ms")
    yield Result("a sample, CPU of the scheduler", own / _TAKEN * 1e3, "ms")
    yield Result("a sample, CPU of the scheduler and the servers", all_together / _TAKEN * 1e3, "ms")
    share = all_together / _TAKEN / SAMPLE_S
    yield Result("samples, CPU of the scheduler and the servers", share * 100, "% of a core")


def _year(context: Context) -> Iterator[Result]:
    with context.connection() as connection:
        before = {table: _bytes(connection, table) for table in _FULL}
        _fill(connection)
        sizes = {table: _bytes(connection, table) for table in _FULL}
    for table, (rows, _) in _FULL.items():
        yield Result(f"{rows:,} rows of {table}", sizes[table] / 1e6, "MB")
        yield Result(f"a row of {table}", Work(rows, "rows").each(sizes[table] - before[table]), "bytes")
    yield Result("the history of a year", sum(sizes.values()) / 1e6, "MB")
    for over in ("1h", "1d", "1y"):
        for pattern in _CHARTED:
            started = time.perf_counter()
            lines = len(read_range(context, [pattern], over, only_averages=True).lines)
            Work(lines, f"figures of {pattern}")
            yield Result(f"{lines} figures over {over}, read", (time.perf_counter() - started) * 1e3, "ms")


def _fill(connection: Connection) -> None:
    """Rows as of a stack at work all year: what is 0 in an idle one is something else in every tenth row."""
    [(values,)] = connection.execute(_sql.last_sample).fetchall()
    draw = random.Random(_SEED)  # noqa: S311  invented figures, the same each time
    with connection.cursor() as cursor:
        for table, (rows, span) in _FULL.items():
            made = (
                {"age": (place + 1) * span + 1, "value": _varied(draw, values), **_four(draw, values)}
                for place in range(rows)
            )
            cursor.executemany(getattr(_sql, f"fill_{table}"), made)


def _four(draw: random.Random, values: Sequence[float | None]) -> dict[str, Any]:
    return {name: _varied(draw, values) for name in ("average", "least", "most", "last")}


def _varied(draw: random.Random, values: Sequence[float | None]) -> list[float | None]:
    busy = draw.random() < 0.1
    return [None if value is None else value * draw.uniform(0.5, 2) or busy * draw.uniform(0, 200) for value in values]


def _bytes(connection: Connection, table: str) -> int:
    [(size,)] = connection.execute(_sql.table_bytes, {"table": f"metric_{table}"}).fetchall()
    return int(size)
