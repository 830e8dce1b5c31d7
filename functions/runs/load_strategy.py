"""Which strategy a run takes: the bulk load into empty tables, the bulk load into an empty graph, else the usual one.

It is decided once, when the run begins, and stands in its row: whoever goes on with it after a crash goes the same way.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from functions.counts.deltas import forget_counts
from functions.derivations.plan import forget_derivations
from functions.load_graph.bulk.bulk_load import can_fill
from functions.load_graph.graph_identity import forget_graph, is_filled
from functions.load_table.indexes import drop_indexes
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.store import Connection, holds_records
from functions.runtime.stores.context import Context

Bulk = Literal["auto", "yes", "no"]


class Strategies(NamedTuple):
    """Whether tables and graph are filled as a bulk load."""

    table: bool = False
    graph: bool = False


def choose_strategies(context: Context, connection: Connection, bulk: Bulk, *, table: bool, graph: bool) -> Strategies:
    """The strategies of a run that writes to the table or the graph; the stores are made ready for them.

    Args:
        bulk: `auto` is the bulk load for each store that is empty; `yes` fills a graph that is not empty anew.

    Raises:
        RefusedError: `yes`, and the tables are not empty, or nothing but the incremental load leads to this graph.
    """
    empty = not holds_records(connection)
    refuse_strategies(context, bulk, table=table and not empty, graph=graph)
    strategies = Strategies(
        table=table and bulk != "no" and empty,
        graph=graph and bulk != "no" and can_fill(context.settings) and (bulk == "yes" or not is_filled(context)),
    )
    if strategies.table:
        forget_derivations(connection)  # before tables are locked: whoever plans holds the derivations, and reads all
        forget_counts(connection)
        drop_indexes(connection)
    if strategies.graph:
        forget_graph(connection)
    return strategies


def refuse_strategies(context: Context, bulk: Bulk, *, table: bool, graph: bool) -> None:
    """Refuse the bulk load where there is none.

    Args:
        bulk: what is asked for.
        table: whether the run writes to tables that hold records.
        graph: whether it writes to the graph.

    Raises:
        RefusedError: it is `yes`, and the tables are not empty, or only the incremental load leads to this graph.
    """
    if bulk != "yes":
        return
    if table:
        raise RefusedError(
            "The tables hold records, and --bulk yes is for empty ones: load with --bulk auto, or empty both stores "
            "with --replace."
        )
    if graph and not can_fill(context.settings):
        raise RefusedError("This graph server is reached over Bolt only: load with --bulk auto.")
