"""`linernotes bench load`: a dump into PostgreSQL alone, and each part of that work on its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from functions.load_table.indexes import CONCURRENCY, begin_indexes, indexes
from functions.registry import FUNCTIONS
from functions.runs.reset import reset
from functions.runtime.errors import PermanentError
from functions.runtime.stores.context import Context, open_context
from infra.bench.cases.discogskit_load import Way, load_releases, loaded, prepare
from infra.bench.cases.pipeline import first_load, load
from infra.bench.harness.cpu_time import Effort, effort
from infra.bench.harness.figures import Work, ratio
from infra.bench.harness.plain_dump import write_plain_releases
from infra.bench.harness.prepared_parts import call_at_once, parsed_parts, roomy
from infra.bench.harness.result import Result
from infra.bench.harness.stack import temporary_stack
from infra.synth import write_dump

_SEED = 7
_WARM = 1_000
_ROUNDS = 3
_WAYS: dict[Way, str] = {
    "plain": "discogskit",
    "fastest": "discogskit with workers for all cores",
    "unlogged": "discogskit with workers for all cores --pg-unlogged",
}


def bench_load(releases: int, against: str | None = None) -> Iterator[Result]:
    """Time the bulk load into PostgreSQL through all workers, then parsed parts alone, by both strategies, and indexes.

    Args:
        releases: how many are generated, with artists, labels and masters in proportion.
        against: `discogskit`, to load the same file of releases beside ours into the same PostgreSQL.

    Raises:
        PermanentError: discogskit cannot be installed, or failed.
    """
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        source = Path(folder) / "dump"
        write_dump(source, releases=releases, seed=_SEED)
        with temporary_stack() as settings, open_context(settings, FUNCTIONS) as context:
            warm_up(context, Path(folder) / "small")
            with effort(settings) as whole:
                first_load(context, source, only_store="table", bulk="yes")
            yield from _results("PostgreSQL, .xml.gz to indexed tables", Work(releases, "releases loaded"), whole)
            if against:
                yield from _against(context, Path(folder) / "plain", releases)
        with temporary_stack(workers=False) as settings, open_context(roomy(settings), FUNCTIONS) as context:
            for bulk, connections in (("no", 1), ("yes", 1), ("yes", 2)):
                yield from _table_alone(context, source, bulk, connections)


def _against(context: Context, folder: Path, releases: int) -> Iterator[Result]:
    """Releases alone, without the quirks that a parser of strict numbers refuses, from the same file on both sides.

    All take turns in each round, and of each the round of the middle time counts: machines are quicker at times.
    """
    path, xml_bytes = write_plain_releases(folder, releases, _SEED)
    rounds = [
        (_ours(context, folder), {way: _theirs(context, path, xml_bytes, releases, way) for way in _WAYS})
        for _ in range(_ROUNDS)
    ]
    ours = _middle([ours for ours, _ in rounds])
    theirs = {way: _middle([theirs[way] for _, theirs in rounds]) for way in _WAYS}
    name, plain = "PostgreSQL, releases alone", theirs["plain"]
    work = Work(releases, "releases loaded")
    faster, less = ratio(plain.wall, ours.wall, "loads"), ratio(ours.total, plain.total, "loads")
    yield Result(name, work.rate(ours.wall), "releases/s", "discogskit", faster)
    yield Result(f"{name}, CPU", work.each(ours.total, 1e6), "µs a release", "discogskit", less)
    for way, spent in theirs.items():
        yield Result(f"{name}, {_WAYS[way]}", work.rate(spent.wall), "releases/s")
        yield Result(f"{name}, {_WAYS[way]}, CPU", work.each(spent.total, 1e6), "µs a release")
        yield Result(f"{name}, ours by {_WAYS[way]}", ratio(spent.wall, ours.wall, "loads"), "times")


def _middle(efforts: list[Effort]) -> Effort:
    """That of the middle time."""
    return sorted(efforts, key=lambda spent: spent.wall)[len(efforts) // 2]


def _ours(context: Context, folder: Path) -> Effort:
    prepare(context)
    with effort(context.settings) as spent:
        first_load(context, folder, only_store="table", bulk="yes", entities=("releases",))
    return spent


def _theirs(context: Context, path: Path, xml_bytes: int, releases: int, way: Way) -> Effort:
    prepare(context)
    with effort(context.settings) as spent:
        load_releases(context.settings, path, xml_bytes, way)
    if (found := loaded(context)) != releases:
        raise PermanentError(f"discogskit loaded {found} of {releases} releases.")
    return spent


def warm_up(context: Context, folder: Path) -> None:
    """Load a small dump into both stores, and empty them: every worker has started and every cache is filled then."""
    write_dump(folder, releases=_WARM, seed=_SEED)
    load(context, folder)
    reset(context)


def _table_alone(context: Context, source: Path, bulk: str, connections: int) -> Iterator[Result]:
    reset(context)
    parts = parsed_parts(context, source, only_store="table", bulk=bulk)
    with effort(context.settings) as spent:
        call_at_once(context, parts, connections)
    name = f"parsed parts, {'bulk' if bulk == 'yes' else 'incremental'} load, {connections} connection"
    work = Work(_stored(context), "releases stored")
    yield from _results(name + "s" * (connections > 1), work, spent)
    if connections > 1:
        yield from index_figures(context, work)


def index_figures(context: Context, work: Work) -> Iterator[Result]:
    """What building every secondary index takes, of documents that are there.

    Raises:
        NothingToDo: an index was there already.
    """
    with effort(context.settings) as spent:
        built = _build_indexes(context)
    Work(built, "secondary indexes built", wanted=len(indexes()))
    yield from _results("secondary indexes", work, spent)


def _stored(context: Context) -> int:
    with context.connection() as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM releases").fetchall()
    return int(count)


def _build_indexes(context: Context) -> int:
    """How many were missing."""
    with ThreadPoolExecutor(CONCURRENCY) as threads:
        begun = begin_indexes(context, threads)
        for built in begun:
            built.result()
    return len(begun)


def _results(name: str, work: Work, spent: Effort) -> Iterator[Result]:
    yield Result(name, work.rate(spent.wall), "releases/s")
    yield Result(f"{name}, CPU", work.each(spent.total, 1e6), "µs a release")
    for process, seconds in spent.largest():
        yield Result(f"{name}, CPU of {process}", work.each(seconds, 1e6), "µs a release")
