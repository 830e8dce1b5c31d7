"""Indexes that are not valid: a build broke off, or what they are made by has changed. They are built again."""

from __future__ import annotations

from typing import Any, Final

import psycopg
from msgspec import Struct, convert
from psycopg import sql
from psycopg.rows import dict_row

from functions.runtime.stores.query_files import statements
from functions.runtime.stores.statement_progress import Tell, duration, silent, told

_sql = statements(__file__, "invalid_indexes.sql")

#: Rows a second of one core, measured on 400,000 names in several scripts; a part of the definition tells the kind.
_RATES: Final = {"trgm_ops": 30_000.0, "to_tsvector": 60_000.0, "": 250_000.0}


class _Invalid(Struct, frozen=True):
    name: str
    of: str
    rows: float
    definition: str

    @property
    def seconds(self) -> float:
        """How long its build may take."""
        return self.rows / next(rate for part, rate in _RATES.items() if part in self.definition)


def build_invalid_indexes(connection: psycopg.Connection[Any], tell: Tell = silent) -> list[str]:
    """Build every index that is not valid, each in a transaction of its own, so that a next call goes on.

    Args:
        connection: of the tables' owner, outside of a transaction.
        tell: called with what is built, how long it may take, and how far it is.

    Returns:
        Their names.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        found = [convert(row, _Invalid) for row in cursor.execute(_sql.invalid)]
    connection.commit()
    if found:
        seconds = duration(sum(each.seconds for each in found))
        tell(f"Indexes are built again: {', '.join(each.name for each in found)}; that may take {seconds}")
    for number, each in enumerate(found, start=1):
        with told(connection, f"{each.name}, {number} of {len(found)}", tell, each.seconds), connection.transaction():
            connection.execute(_sql.more_memory)
            connection.execute(sql.SQL(_sql.build).format(name=sql.SQL(each.name)))
    return [each.name for each in found]
