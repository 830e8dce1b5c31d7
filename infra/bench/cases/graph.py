"""`linernotes bench graph`: documents from PostgreSQL into an empty graph, by both strategies."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from functions.load_graph.parallel_writer import show_all
from functions.projection.projection_state import Due
from functions.registry import FUNCTIONS
from functions.runs.begin import begin_rebuild
from functions.runs.load_strategy import Bulk
from functions.runs.run_status import WrittenCounts, run_view
from functions.runtime.messages import Finish, Message
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.query_files import statements
from infra.bench.harness.cpu_time import effort
from infra.bench.harness.disk import disk_of
from infra.bench.harness.figures import Work
from infra.bench.harness.prepared_parts import call_all, parsed_parts, roomy
from infra.bench.harness.result import Result
from infra.bench.harness.stack import of, temporary_stack
from infra.synth import write_dump

_sql = statements(__file__, "graph.sql")

_SEED = 7
#: The embedded server takes one writer.
_SESSIONS = {"arcadedb": (1,), "neo4j": (1, 2)}
_CHANGED = 10_000
#: A server compiles for its first ten thousands of releases; the last round shows one that has run for a while.
_ROUNDS = 4


def bench_graph(releases: int, server: str, strategy: str) -> Iterator[Result]:
    """Time filling the graph from documents that are there.

    Args:
        server: `arcadedb` or `neo4j`.
        strategy: `bulk` or `incremental`; empty for both.
    """
    with (
        tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder,
        temporary_stack(of(server), workers=False) as settings,
    ):
        write_dump(Path(folder), releases=releases, seed=_SEED)
        with open_context(roomy(settings), FUNCTIONS) as context:
            call_to_end(context, parsed_parts(context, Path(folder), only_store="table"))
            if strategy != "incremental":
                empty = disk_of(settings).graph
                yield from _strategy(context, releases, "yes", f"graph, {server}, bulk load, server just started")
                yield from _strategy(context, releases, "yes", f"graph, {server}, bulk load")
                disk = Work(releases, "releases shown").each(disk_of(settings).graph - empty)
                yield Result(f"graph, {server}, bulk load, disk", disk, "bytes a release")
            if strategy != "bulk":
                yield from _strategy(context, releases, "no", f"graph, {server}, incremental load")
                for sessions in _SESSIONS[server]:
                    yield from _changed(context, server, sessions)


def call_to_end(context: Context, messages: list[Message]) -> None:
    """Call the functions of messages and of all that follow."""
    while messages:
        messages = call_all(context, messages)


def _strategy(context: Context, releases: int, bulk: Bulk, name: str) -> Iterator[Result]:
    begun = begin_rebuild(context, bulk)
    with effort(context.settings) as spent:
        call_to_end(context, [Finish(run=begun.run.id)])
    written: WrittenCounts = run_view(context, begun.run.id).written
    elements, work = Work(written.nodes + written.edges, "nodes and edges written"), Work(releases, "releases shown")
    yield Result(name, work.rate(spent.wall), "releases/s")
    yield Result(f"{name}, nodes and edges", elements.rate(spent.wall), "elements/s")
    yield Result(f"{name}, edges", work.each(written.edges), "a release")
    for process, seconds in spent.largest():
        yield Result(f"{name}, CPU of {process}", work.each(seconds, 1e6), "µs a release")


def _changed(context: Context, server: str, sessions: int) -> Iterator[Result]:
    """Releases whose title, one artist and one label have changed, by so many sessions at once: round after round."""
    with context.connection() as connection:
        rows = connection.execute(_sql.some_releases, {"limit": _CHANGED}).fetchall()
    for number in range(_ROUNDS):
        salt = sessions * _ROUNDS + number
        records = [Due(release, 0, dump, _edited(data, salt)) for release, dump, data in rows]
        with effort(context.settings) as spent:
            show_all(context, "releases", records, sessions)
        if number in (0, _ROUNDS - 1):
            name = f"graph, {server}, changed releases, {_counted(sessions)}, {_ordinal(number, len(rows))}"
            work = Work(len(records), "changed releases")
            yield Result(name, work.rate(spent.wall), "releases/s")
            for process, seconds in spent.largest():
                yield Result(f"{name}, CPU of {process}", work.each(seconds, 1e6), "µs a release")


def _ordinal(number: int, each: int) -> str:
    return f"after {number * each:,} others" if number else f"the first {each:,}"


def _edited(data: str, salt: int) -> str:
    document = msgspec.json.decode(data)
    document["title"] = f"{document.get('title', '')} {salt}"
    for name in ("artists", "labels"):
        document[name] = [*document.get(name, [])[1:], {"id": 1 + (document["id"] + salt) % 500, "name": "another"}]
    return msgspec.json.encode(document).decode()


def _counted(sessions: int) -> str:
    return "1 session" if sessions == 1 else f"{sessions} sessions"
