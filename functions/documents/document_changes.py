"""Which documents were written or removed, noted for what is made from them by the transaction that does it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg

from functions.runtime.entities import CODE, Entity
from functions.runtime.ledger.store import DERIVATION_LOCK, LOCK_TIMEOUT_S
from functions.runtime.stores.lock_wait import lock
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "document_changes.sql")


def note_changes(connection: psycopg.Connection[Any], entity: Entity, ids: Collection[int]) -> None:
    """These documents are written or removed by the transaction of the connection.

    Raises:
        Busy: batches are being planned, for long.
    """
    if ids:
        lock(connection, _sql.share, {"space": DERIVATION_LOCK}, "the derivations", LOCK_TIMEOUT_S)
        connection.execute(_sql.note, {"entity": CODE[entity], "ids": list(ids)})
