"""`linernotes bench derive`: documents read once, and what is derived from them, in this process."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from functions.counts.refresh import recount
from functions.derivations.plan import plan_derivations
from functions.registry import FUNCTIONS
from functions.runtime.messages import Derive
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context
from infra.bench.cases.pipeline import first_load
from infra.bench.harness.cpu_time import effort
from infra.bench.harness.figures import Work
from infra.bench.harness.isolation import apart
from infra.bench.harness.prepared_parts import call_all
from infra.bench.harness.result import Result
from infra.bench.harness.stack import temporary_stack
from infra.synth import write_dump

_SEED = 7
_LOOK_EVERY_S = 0.1
#: How often what is planned is made, where the schedule plans more meanwhile.
_TRIES = 5
_FACTS = "release-facts"


def bench_derive(releases: int) -> Iterator[Result]:
    """Load releases into PostgreSQL alone, then time the pass over all documents for every derivation, and counting.

    Args:
        releases: how many are generated, with artists, labels and masters in proportion.
    """
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        source = Path(folder)
        write_dump(source, releases=releases, seed=_SEED)
        with (
            temporary_stack({"LINERNOTES_WORKERS": "derive=0,assemble=0,embed=0"}) as settings,
            open_context(settings, FUNCTIONS) as context,
        ):
            first_load(context, source, only_store="table", bulk="yes")
            forget_what_is_planned(context)
            with effort(settings) as spent:
                batches = derive_all(context)
            Work(batches, "batches made")
            work = _derived(context)
            yield Result("derivations, all documents", work.rate(spent.wall), "releases/s")
            yield Result("derivations, all documents, CPU", work.each(spent.total, 1e6), "µs a release")
            for process, seconds in spent.largest():
                yield Result(f"derivations, all documents, CPU of {process}", work.each(seconds, 1e6), "µs a release")
            forget_what_is_planned(context, [_FACTS])
            with effort(settings) as alone:
                plan_derivations(context)
                derive_batches(context)
            yield Result("facts of releases alone, CPU", work.each(alone.total, 1e6), "µs a release")
            with effort(settings) as added_up:
                assemble_all(context)
            yield Result("degrees counted from facts, CPU", work.each(added_up.total, 1e6), "µs a release")
            with effort(settings) as counted, context.connection() as connection:
                recount(connection)
            yield Result("counts, all documents, CPU", work.each(counted.total, 1e6), "µs a release")
            yield Result("facts and counts, CPU", work.each(alone.total + counted.total, 1e6), "µs a release")
            for name, size in _sizes(context):
                yield Result(f"disk of {name}", work.each(size), "bytes a release")


def _derived(context: Context) -> Work:
    """Releases that have facts now: all that are stored, unless there was nothing to do."""
    with context.connection() as connection:
        [(facts, stored)] = connection.execute(
            "SELECT (SELECT count(*) FROM release_facts), (SELECT count(*) FROM releases)"
        ).fetchall()
    return Work(facts, "releases derived from", wanted=stored)


def derive_all(context: Context, at_once: int = 1) -> int:
    """Plan what is due, and make all of it here: also what the schedule has planned, or sent, a moment before.

    Args:
        context: the stores.
        at_once: batches that are made at once, by processes of their own where it is more than one.

    Returns:
        How many batches that were.
    """
    plan_derivations(context)
    made = 0
    for _ in range(_TRIES):
        made += derive_batches(context, at_once)
        assemble_all(context)
        if not _is_behind(context):
            break
    return made


def assemble_all(context: Context) -> None:
    """Do here what derivations need all their rows for."""
    for spec in context.functions.derivations:
        if spec.assemble:
            call_all(context, [spec.assembly(derivation=spec.name)])


def derive_batches(context: Context, at_once: int = 1) -> int:
    """Make all batches that are planned, here or so many at once in processes of their own; how many those were."""
    made = 0
    while batches := _batches(context):
        if at_once == 1:
            call_all(context, [Derive(batch=batch) for batch in batches])
        else:
            with ThreadPoolExecutor(at_once) as threads:
                shares = [batches[number::at_once] for number in range(at_once)]
                list(threads.map(lambda share: apart(_make, context.settings, share), shares))
        made += len(batches)
    return made


def _make(settings: Settings, batches: Sequence[int]) -> None:
    with open_context(settings, FUNCTIONS, graph=False) as context:
        call_all(context, [Derive(batch=batch) for batch in batches])


def _batches(context: Context) -> list[int]:
    with context.connection() as connection:
        return [batch for (batch,) in connection.execute("SELECT batch FROM document_batches ORDER BY batch")]


def forget_what_is_planned(context: Context, names: Sequence[str] = ()) -> None:
    """Once the run's end has planned, forget that: all derivations, or those of these names, are due again."""
    while not _is_planned(context):
        time.sleep(_LOOK_EVERY_S)
    chosen = list(names) or [spec.name for spec in context.functions.derivations]
    with context.connection() as connection:
        connection.execute("DELETE FROM document_batches")
        connection.execute(
            "UPDATE derivations SET version = NULL, building = false WHERE name = ANY(%s::text[])", (chosen,)
        )


def _is_behind(context: Context) -> bool:
    """Whether the schedule has planned something after it was assembled."""
    with context.connection() as connection:
        return connection.execute("SELECT FROM derivations WHERE caught_up_at IS NULL").fetchone() is not None


def _is_planned(context: Context) -> bool:
    with context.connection() as connection:
        rows = connection.execute("SELECT version IS NOT NULL FROM derivations").fetchall()
    return bool(rows) and all(planned for (planned,) in rows)


def _sizes(context: Context) -> Iterator[tuple[str, int]]:
    with context.connection() as connection:
        for spec in context.functions.derivations:
            for table in spec.tables:
                row = connection.execute("SELECT pg_total_relation_size(%s::text::regclass)", (table.name,)).fetchone()
                yield table.name, row[0] if row else 0
