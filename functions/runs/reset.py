"""Emptying both stores: documents, ledger, graph, bucket."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from functions.derivations.tables import empty_tables
from functions.load_graph.graph_identity import empty_graph
from functions.runs.run_commands import cancel
from functions.runtime.errors import RefusedError
from functions.runtime.function_table import DerivationSpec
from functions.runtime.ledger.store import GRAPH_LOCK, Connection, add_event, hold
from functions.runtime.stores.context import Context
from functions.runtime.stores.deadlock import again_after_deadlock
from functions.runtime.stores.query_files import statements

sql = statements(__file__, "runs.sql")


def reset(context: Context, *, by: str | None = None) -> None:
    """Empty both stores and the work bucket; an active run is cancelled first. `by` is who has asked for it.

    Raises:
        StoreUnavailable: a store does not answer, or the tables were in use by others each time.
    """
    with suppress(RefusedError):  # no run is active
        cancel(context)
    with hold(context, GRAPH_LOCK, "graph"):
        empty_graph(context, 0)
    _empty_tables(context, by)
    context.bucket.remove_folder("runs")


@again_after_deadlock
def _empty_tables(context: Context, by: str | None) -> None:
    """Empty all tables at once; begin again when a worker that is at one of them has to be let through first."""
    with context.connection() as connection:
        _empty(connection, context.functions.derivations)
        if by:
            add_event(connection, "emptied", by=by)


def _empty(connection: Connection, derivations: Sequence[DerivationSpec]) -> None:
    scaling = scaling_of(connection)
    connection.execute(sql.empty)
    keep_scaling(connection, scaling)
    for spec in derivations:
        empty_tables(connection, spec)
    connection.execute(sql.empty_derivations)
    connection.execute(sql.empty_installation)


def scaling_of(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """What was decided of the workers since the stack was started: moment, kind and detail of the latest events."""
    return connection.execute(sql.scaling).fetchall()


def keep_scaling(connection: psycopg.Connection[Any], scaling: Sequence[tuple[Any, ...]]) -> None:
    """Note it again in stores that do not know it, as the newest that they know of workers."""
    for at, kind, detail in scaling:
        connection.execute(sql.keep_scaling, {"at": at, "kind": kind, "detail": Jsonb(detail)})
