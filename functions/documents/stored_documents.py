"""Documents as their table has them."""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg

from functions.runtime.entities import Entity
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "stored_documents.sql")


class Stored(NamedTuple):
    """The hash and the JSON of a document, and the year in its row."""

    hash: str
    data: str
    year: int | None


def stored_documents(connection: psycopg.Connection[Any], entity: Entity, ids: list[int]) -> dict[int, Stored]:
    """Those of the ids that the table has, by id."""
    rows = connection.execute(getattr(_sql, f"stored_{entity}"), {"ids": ids})
    return {number: Stored(*values) for number, *values in rows}
