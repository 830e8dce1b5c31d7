"""Secondary indexes: dropped before a first load, built at its end, several at once; and at the end of any run that
finds one missing. What they are stands in the migrations named `…_indexes.sql`, and nowhere else."""

from __future__ import annotations

import re
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import psycopg
import structlog

from functions.runtime.ledger.store import refuse_ended
from functions.runtime.stores.context import Context
from functions.runtime.stores.migrations import migration_files
from functions.runtime.stores.query_files import statements

_log = structlog.get_logger(__name__)
_sql = statements(__file__, "indexes.sql")
_DEFINITION = re.compile(r"^CREATE INDEX IF NOT EXISTS (\w+)\s.*?;", re.MULTILINE | re.DOTALL)
_DROPPED = re.compile(r"^DROP INDEX IF EXISTS (\w+);", re.MULTILINE)

#: Indexes built at once. Two connections on two cores took 0.7 of the time of one.
CONCURRENCY = 2


class Index(NamedTuple):
    """A secondary index; its statement may run again."""

    name: str
    statement: str


def indexes() -> list[Index]:
    """Every secondary index, in the order of the migrations, but for those that a later one drops."""
    files = [path for path in migration_files("sql") if path.name.endswith("_indexes.sql")]
    found: dict[str, Index] = {}
    for text in (path.read_text(encoding="utf-8") for path in files):
        for name in _DROPPED.findall(text):
            found.pop(name, None)
        found |= {match[1]: Index(match[1], match[0]) for match in _DEFINITION.finditer(text)}
    return list(found.values())


def missing_indexes(connection: psycopg.Connection[Any]) -> list[Index]:
    """Those that are not there now."""
    there = {row[0] for row in connection.execute(_sql.index_names)}
    return [index for index in indexes() if index.name not in there]


def drop_indexes(connection: psycopg.Connection[Any]) -> None:
    """Drop them all, in the transaction of the connection."""
    connection.execute(_sql.drop_indexes, {"names": [index.name for index in indexes()]})


def begin_indexes(context: Context, threads: ThreadPoolExecutor, run: int | None = None) -> list[Future[None]]:
    """Begin to build what is missing, each index in a transaction of its own.

    Args:
        threads: build them, one index each at a time.
        run: the run that they are built for; none is begun once it is over. None: for no run.

    Returns:
        One future an index. It raises `StoreUnavailable` when PostgreSQL does not answer, or broke off, and
        `RunInactive` or `RunGone` when the run is over; the next call goes on.
    """
    with context.connection() as connection:
        missing = missing_indexes(connection)
    if missing:
        _log.info("building indexes", indexes=len(missing))
    return [threads.submit(_build, context, index, run) for index in _longest_first(missing)]


def _longest_first(found: list[Index]) -> list[Index]:
    """Those on releases, and of them the GIN indexes, are the largest: begun first, none is left alone at the end."""
    return sorted(found, key=lambda index: (" ON releases" not in index.statement, " gin " not in index.statement))


def _build(context: Context, index: Index, run: int | None) -> None:
    with context.connection() as connection:
        if run is not None:
            refuse_ended(connection, run)
        connection.execute(_sql.building)
        connection.execute(index.statement.encode())
