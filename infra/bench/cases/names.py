"""`linernotes bench names`: writing the graph with its indexes of names and without, by turns."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from functions.load_graph.graph_identity import empty_graph
from functions.load_graph.parallel_writer import sessions_of, show_all
from functions.projection.projection_state import Due
from functions.registry import FUNCTIONS
from functions.runtime.entities import Entity
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.graph_transactions import write
from functions.runtime.stores.query_files import statements
from infra.bench.cases.graph import call_to_end
from infra.bench.harness.cpu_time import Effort, effort
from infra.bench.harness.figures import Work
from infra.bench.harness.prepared_parts import parsed_parts, roomy
from infra.bench.harness.result import Result
from infra.bench.harness.stack import of, temporary_stack
from infra.synth import write_dump

_sql = statements(__file__, "graph.sql")
_cypher = statements(__file__, "names.cypher")
_INDEXES = ("artist_name", "label_name", "master_title", "release_title")
_SEED = 7
#: Turns with indexes, and as many without. The first of each is not counted: the server has to compile first.
_TURNS = 5
#: A title that many releases have: an index of equal keys is the dearest.
_COMMON = "Untitled"
_COMMON_EVERY = 100


def bench_names(releases: int, server: str) -> Iterator[Result]:
    """Write the same releases as new ones and as renamed ones, with the indexes and without, turn by turn.

    Args:
        server: `arcadedb` or `neo4j`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder,
        temporary_stack(of(server), workers=False) as settings,
    ):
        write_dump(Path(folder), releases=releases, seed=_SEED)
        with open_context(roomy(settings), FUNCTIONS) as context:
            call_to_end(context, parsed_parts(context, Path(folder), only_store="table"))
            with context.connection() as connection:
                rows = connection.execute(_sql.some_releases, {"limit": releases}).fetchall()
            empty_graph(context, 1)
            yield from _turns(context, server, [(number, dump, data) for number, dump, data in rows])


def _turns(context: Context, server: str, rows: Sequence[tuple[int, object, str]]) -> Iterator[Result]:
    spent: dict[tuple[str, bool], list[Effort]] = {}
    for turn in range(_TURNS * 2):
        indexed = bool(turn % 2)
        _settle_indexes(context, indexed=indexed)
        for what, salt in (("new", ""), ("renamed", " again")):
            records = [_record(number + turn * 10_000_000, data, salt) for number, _dump, data in rows]
            with effort(context.settings) as found:
                show_all(context, _RELEASES, records, sessions_of(context.settings))
            spent.setdefault((what, indexed), []).append(found)
    for what in ("new", "renamed"):
        work = Work(len(rows), "releases written")
        yield from _results(f"graph, {server}, {what} releases", work, spent[what, True], spent[what, False])


def _results(name: str, work: Work, indexed: list[Effort], bare: list[Effort]) -> Iterator[Result]:
    with_them, without = (sum(found.wall for found in some[1:]) / (len(some) - 1) for some in (indexed, bare))
    yield Result(f"{name}, names not indexed", work.rate(without), "releases/s")
    yield Result(f"{name}, names indexed", work.rate(with_them), "releases/s")
    cpu, least = (sum(found.cpu["graph"] for found in some[1:]) / (len(some) - 1) for some in (indexed, bare))
    yield Result(f"{name}, names not indexed, CPU of graph", work.each(least, 1e6), "µs a release")
    yield Result(f"{name}, names indexed, CPU of graph", work.each(cpu, 1e6), "µs a release")


_RELEASES: Entity = "releases"


def _record(number: int, data: str, salt: str) -> Due:
    document = msgspec.json.decode(data)
    title = _COMMON if number % _COMMON_EVERY == 0 else f"{document.get('title', '')}{salt}"
    return Due(number, 0, None, msgspec.json.encode(document | {"id": number, "title": title}).decode())


def _settle_indexes(context: Context, *, indexed: bool) -> None:
    with context.graph_session() as session:
        for name in _INDEXES:
            write(session, getattr(_cypher, f"{'create' if indexed else 'drop'}_{name}"))
