"""Waiting until everything is made that is derived from documents: the end of a load does not wait for it."""

from __future__ import annotations

import time
from typing import Final

from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from infra.bench.harness.result import note

_sql = statements(__file__, "derived.sql")
_LOOK_EVERY_S: Final = 0.5

#: The functions that derive.
DERIVING: Final = ("derive", "assemble", "embed")


def until_derived(context: Context) -> None:
    """Return when nothing is left that goes on beside what is measured next."""
    note("waiting until all that is derived is made")
    with context.statements() as connection:
        while connection.execute(_sql.is_derived).fetchone() != (True,):
            time.sleep(_LOOK_EVERY_S)
