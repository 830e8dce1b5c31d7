"""How far each derivation is, for `status`, `/health` and the pages."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from functions.runtime.ledger.store import Connection, fetch
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "status.sql")


class DerivationStatus(Struct, frozen=True):
    """One derivation. `version` is its generation; None while it waits to be made from all documents.

    `batches` were planned since it was last caught up, and `share` of its work is done, from 0 to 1. `batches_left` are
    still to be made, `batches_dead` were given up, `error` says why one was; what needs all rows counts as one of both.
    `caught_up_at` is since when it has had what the documents have; None while it is behind them.
    """

    name: str
    version: int | None
    building: bool
    caught_up_at: dt.datetime | None
    batches: int
    share: float
    batches_left: int
    batches_dead: int
    error: str | None


def derivation_status(context: Context) -> list[DerivationStatus]:
    """Every derivation that was ever planned, by name."""
    with context.connection() as connection:
        return statuses_of(connection)


def statuses_of(connection: Connection) -> list[DerivationStatus]:
    """The same, within a transaction."""
    return fetch(connection, DerivationStatus, _sql.status)
