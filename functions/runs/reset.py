"""Emptying both stores: documents, ledger, graph, bucket."""

from __future__ import annotations

from contextlib import suppress

from psycopg.types.json import Jsonb

from functions.derivations.tables import empty_tables
from functions.load_graph.graph_identity import empty_graph
from functions.runs.run_commands import cancel
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.store import GRAPH_LOCK, add_event, hold
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

sql = statements(__file__, "runs.sql")


def reset(context: Context, *, by: str | None = None) -> None:
    """Empty both stores and the work bucket; an active run is cancelled first. `by` is who has asked for it."""
    with suppress(RefusedError):  # no run is active
        cancel(context)
    with hold(context, GRAPH_LOCK, "graph"):
        empty_graph(context, 0)
    with context.connection() as connection:
        scaling = connection.execute(sql.scaling).fetchall()
        connection.execute(sql.empty)
        for at, kind, detail in scaling:
            connection.execute(sql.keep_scaling, {"at": at, "kind": kind, "detail": Jsonb(detail)})
        for spec in context.functions.derivations:
            empty_tables(connection, spec)
        connection.execute(sql.empty_derivations)
        connection.execute(sql.empty_installation)
        if by:
            add_event(connection, "emptied", by=by)
    context.bucket.remove_folder("runs")
