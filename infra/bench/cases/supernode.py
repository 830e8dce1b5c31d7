"""`linernotes bench supernode`: taking releases away whose genre very many others have, from the embedded graph."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import closing

from functions.load_graph.bulk.arcadedb import ArcadeSink
from functions.load_graph.bulk.engine import fill_engine
from functions.load_graph.bulk.hubs import LEAST, Hub
from functions.load_graph.parallel_writer import show_all
from functions.load_graph.schema import prepare_graph
from functions.projection.projection_state import Due
from functions.registry import FUNCTIONS
from functions.runtime.stores.arcadedb_http import graph_http
from functions.runtime.stores.context import Context, open_context
from infra.bench.harness.cpu_time import Effort, effort
from infra.bench.harness.figures import Work
from infra.bench.harness.result import Result
from infra.bench.harness.stack import of, temporary_stack

_SLICE = 5_000
_GONE = 500
_ROUNDS = 4


def bench_supernode(sizes: Sequence[int], *, spread: bool = True) -> Iterator[Result]:
    """Fill a graph with releases of one genre, as a bulk load, and time the incremental load that removes some.

    Args:
        sizes: releases of that genre, one graph each.
        spread: whether the edges of a large genre are spread over several chains, as a fill does it.
    """
    for releases in sizes:
        with (
            temporary_stack(of("arcadedb"), workers=False) as settings,
            open_context(settings, FUNCTIONS) as context,
        ):
            name = f"a genre of {releases:,} releases"
            with effort(settings) as filling:
                _fill(context, releases, spread=spread)
            work = Work(releases, "releases written")
            yield Result(f"{name}, filled", work.rate(filling.wall), "releases/s")
            yield Result(f"{name}, filled, CPU of graph", work.each(filling.cpu["graph"], 1e6), "µs a release")
            removal, count = _remove(context, releases)
            gone = Work(count, "releases taken away")
            yield Result(f"{name}, a release taken away", gone.each(removal.wall, 1e6), "µs")
            yield Result(f"{name}, a release taken away, CPU of graph", gone.each(removal.cpu["graph"], 1e6), "µs")


def _fill(context: Context, releases: int, *, spread: bool) -> None:
    with graph_http(context.settings) as server, closing(ArcadeSink(context, server)) as sink:
        sink.begin()
        if spread and releases >= LEAST:
            sink.hubs([Hub("Genre", "Rock", outgoing=False, edges=releases)])
        for start in range(0, releases, _SLICE):
            ids = range(start, min(start + _SLICE, releases))
            some = fill_engine().slice_of(
                "releases", [(None, b'{"id":%d,"genres":["Rock"]}' % number) for number in ids]
            )
            sink.nodes_with_edges(some)
        sink.end()
    with context.graph_session() as session:
        prepare_graph(context.settings, session)


def _remove(context: Context, releases: int) -> tuple[Effort, int]:
    """What the last round took, and how many went in it: the server has compiled itself by then."""
    ids = random.Random(1).sample(range(releases), min(_GONE * _ROUNDS, releases))  # noqa: S311 - no secret
    each = -(-len(ids) // _ROUNDS)
    for start in range(0, len(ids), each):
        gone = [Due(number, None, None, None) for number in ids[start : start + each]]
        with effort(context.settings) as spent:
            show_all(context, "releases", gone, 1)
    return spent, len(gone)
