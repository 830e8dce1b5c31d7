"""Filling an empty graph with all documents. It may break off anywhere: the next call begins from nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import structlog

from functions.counts.part_of import is_pair
from functions.load_graph.bulk.arcadedb import ArcadeSink
from functions.load_graph.bulk.document_reader import count_documents, slices_of
from functions.load_graph.bulk.gc_tuning import rarely_collected
from functions.load_graph.bulk.hubs import find_hubs
from functions.load_graph.bulk.neo4j import Neo4jSink
from functions.load_graph.bulk.sink import Sink
from functions.load_graph.clear_graph import withdraw
from functions.load_graph.graph_identity import disown_graph, give_identity, shows_run
from functions.load_graph.graph_writer import WrittenElements
from functions.load_graph.schema import prepare_graph
from functions.projection.projection_state import note_all_shown
from functions.runtime.entities import Entity
from functions.runtime.errors import RunInactive
from functions.runtime.ledger.models import Run
from functions.runtime.ledger.run_progress import Steps
from functions.runtime.ledger.store import GRAPH_LOCK, Connection, add_event, hold, hold_run, sql
from functions.runtime.process.prefetch import ahead
from functions.runtime.settings import Settings
from functions.runtime.stores.arcadedb_http import graph_http
from functions.runtime.stores.context import Context

_log = structlog.get_logger(__name__)


def can_fill(settings: Settings) -> bool:
    """Whether the graph server has a bulk load: one of our stack has, a remote one is reached over Bolt alone."""
    return bool(settings.graph_http or settings.graph_import)


def fill_graph(context: Context, run: Run, steps: Steps) -> bool:
    """Fill the graph, and note what was written and that it shows every document when it gets its identity.

    Args:
        steps: told how many records of each entity are in the graph.

    Returns:
        False when that was done before.

    Raises:
        RunInactive: the run was cancelled.
        StoreUnavailable: a store does not answer, or broke off.
    """
    with hold(context, GRAPH_LOCK, "graph"):
        if context.settings.graph_import:
            withdraw(context)  # who handed it over has died, or this one would not hold the lock
        if shows_run(context, run.id):
            return False
        with context.connection() as connection:
            disown_graph(connection)
            add_event(connection, "graph-filling", run.id)
        with rarely_collected(), _open_sink(context, run.id) as sink:
            written = _fill(context, run.id, sink, steps)
        with context.graph_session() as session:
            prepare_graph(context.settings, session)
            give_identity(context, session, run.id, lambda connection: _note(connection, run.id, written))
    _log.info("graph filled", nodes=written.nodes, edges=written.edges)
    return True


def _note(connection: Connection, run: int, written: WrittenElements) -> None:
    if not hold_run(connection, run):
        raise RunInactive  # another run may have begun, and the documents are no longer those that were read
    note_all_shown(connection)
    connection.execute(sql.add_written, {"run": run, "rows": 0, "nodes": written.nodes, "edges": written.edges})


@contextmanager
def _open_sink(context: Context, run: int) -> Iterator[Sink]:
    if context.settings.graph_import:
        with closing(Neo4jSink(context, run)) as sink:
            yield sink
        return
    with graph_http(context.settings) as server, closing(ArcadeSink(context, server)) as sink:
        yield sink


def _fill(context: Context, run: int, sink: Sink, steps: Steps) -> WrittenElements:
    """Edges follow the nodes they end at: labels, artists, masters, releases."""
    sink.begin()
    totals = count_documents(context)
    written, pairs = WrittenElements(), set[tuple[str, str]]()
    related: tuple[Entity, ...] = ("labels", "artists")
    for entity in related:
        steps.begin("graph", entity, totals[entity])
        for some in ahead(slices_of(context, run, entity)):
            written = written.plus(sink.nodes(some))
            steps.advance(len(some))
        steps.begin("edges", entity)
        for some in ahead(slices_of(context, run, entity, related=True)):
            written = written.plus(sink.edges(some))
            steps.advance(len(some))
    if isinstance(sink, ArcadeSink):  # Neo4j takes an edge from a node in the same time however many it has
        written = written.plus(sink.hubs(find_hubs(context, totals["releases"])))
    described: tuple[Entity, ...] = ("masters", "releases")
    for entity in described:
        steps.begin("graph", entity, totals[entity])
        for some in ahead(slices_of(context, run, entity)):
            if entity == "releases":
                written = written.plus(sink.nodes_with_edges(some))
            else:
                written = written.plus(sink.nodes(some)).plus(sink.edges(some))
            pairs.update(some.part_of())
            steps.advance(len(some))
    steps.begin("settling")
    return written.plus(sink.part_of(pair for pair in pairs if is_pair(*pair))).plus(sink.end())
