"""What the collection holds, and which run is at work: a few figures for every page, without a count of rows."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from functions.runtime.ledger.store import fetch
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "collection.sql")


class Collection(Struct, frozen=True):
    """What is stored, as far as the statistics know it.

    `dump` is the date of the dump that the stores show, None while they hold none. `synthetic` says whether the data is
    generated, `sample` whether of each file the first records only are there. `run` is the active run, `share` how much
    of its files is read.
    """

    artists: int
    labels: int
    masters: int
    releases: int
    genres: int
    styles: int
    dump: dt.date | None
    changed_at: dt.datetime | None
    synthetic: bool | None
    sample: bool
    generation: int
    run: int | None
    run_dump: dt.date | None
    run_state: str | None
    share: float | None


def read_collection(context: Context) -> Collection:
    """The figures now."""
    with context.connection() as connection:
        return fetch(connection, Collection, _sql.collection)[0]
