"""The generation of what is read: what was answered in one of them is not answered in the next."""

from __future__ import annotations

from msgspec import Struct

from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "generations.sql")


class Generation(Struct, frozen=True):
    """What answers are made of at a moment.

    `name` differs from that of any other: it has the latest run and its state, each derivation, and when the list of
    suppressed records changed last. `moving` says that rows change within it: a run writes, or a derivation catches up.
    """

    name: str
    moving: bool


def read_generation(context: Context) -> Generation:
    """The generation now.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    with context.statements() as connection:
        row = connection.execute(_sql.now).fetchone()
    return Generation(*row) if row else Generation("", moving=True)
