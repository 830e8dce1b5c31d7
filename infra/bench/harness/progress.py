"""How far a load is, looked at from outside while it goes on: XML in PostgreSQL, releases in the graph."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from functions.runtime.errors import LinernotesError
from functions.runtime.stores.arcadedb_http import GraphHttp, graph_http
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from infra.bench.harness.curve_fit import Point

_sql = statements(__file__, "progress.sql")
_SAMPLE_EVERY_S = 0.5  # a look takes 2 to 10 ms


@dataclass
class Progress:
    """Seconds since the beginning, with bytes of XML that are in PostgreSQL, or releases that are in the graph."""

    table: list[Point] = field(default_factory=list)
    graph: list[Point] = field(default_factory=list)

    def table_seconds(self) -> float:
        """When the last part was in PostgreSQL; its indexes are built afterwards."""
        most = self.table[-1][1] if self.table else 0.0
        return next((seconds for seconds, done in self.table if done == most), 0.0)


@contextmanager
def watched_progress(context: Context) -> Iterator[Progress]:
    """Look twice a second how far the newest run is."""
    progress, stop, started = Progress(), threading.Event(), time.perf_counter()

    def look(points: list[Point], how_far: Callable[[], float]) -> None:
        with suppress(LinernotesError):  # the graph's database is made anew at the beginning
            done = how_far()
            points.append((time.perf_counter() - started, done))

    def watch() -> None:
        with graph_http(context.settings) as graph:
            while not stop.wait(_SAMPLE_EVERY_S):
                look(progress.table, lambda: _table(context))
                look(progress.graph, lambda: _graph(context, graph))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        stop.set()
        thread.join()


def _table(context: Context) -> float:
    with context.connection() as connection:
        row = connection.execute(_sql.table_bytes).fetchone()
    return float(row[0]) if row else 0.0


def _graph(context: Context, graph: GraphHttp) -> float:
    return float(graph.sql(context.settings.graph_database, _sql.graph_releases)[0]["releases"])
