"""All entries made anew beside those that are read: put into their tables in one pass, then indexed, two at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import psycopg

from functions.derivations.copy_text import copy_text
from functions.derivations.tables import begin_table
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.typos import delete_rows

_sql = statements(__file__, "build.sql")

TIERS: Final = range(4)
#: Steps at once: each keeps one core busy.
_AT_ONCE: Final = 2
#: Memory of one connection for what it indexes, and for what it sorts and joins.
_MEMORY: Final = {"indexing": "512MB", "sorting": "256MB"}
#: Rows of the vocabulary that are in memory as text at once.
_COPIED: Final = 50_000
#: Words of the vocabulary that are in memory at once: the whole dump has millions.
_WORDS_AT_ONCE: Final = 50_000

Connection = psycopg.Connection[Any]
Step = Callable[[Connection], None]


def build(context: Context) -> None:
    """Make all entries of what is staged, the vocabulary and the sample, in the tables beside those that are read."""
    _run(context, _fill)
    with ThreadPoolExecutor(_AT_ONCE, "entries") as threads:
        done = [threads.submit(_run, context, step) for step in _steps()]
    for one in done:
        one.result()
    _run(context, partial(_execute, names=[f"{what}_{tier}" for tier in TIERS for what in ("keyed", "analyze")]))


def copy_deletes(connection: Connection, statement: str, words: Iterable[str]) -> None:
    """Put words as they may be mistyped into the table of a COPY statement."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        rows: list[tuple[int, str]] = []
        for row in delete_rows(words):
            rows.append(row)
            if len(rows) >= _COPIED:
                copy.write(copy_text(rows))
                rows.clear()
        copy.write(copy_text(rows))


def _steps() -> list[Step]:
    """What needs nothing but the entries, the longest first."""
    indexes = [f"index_{what}_{tier}" for tier in reversed(TIERS) for what in ("words", "plain", "key")]
    first, *others = (partial(_execute, names=[name]) for name in indexes)
    return [first, _make_vocabulary, _draw_sample, *others]


def _run(context: Context, step: Step) -> None:
    with context.connection() as connection:
        connection.execute(_sql.memory, _MEMORY)
        step(connection)


def _execute(connection: Connection, names: Iterable[str]) -> None:
    for name in names:
        connection.execute(getattr(_sql, name))


def _fill(connection: Connection) -> None:
    """Every entry goes to its table at once: while it is filled, these are the parts of one."""
    for tier in TIERS:
        begin_table(connection, f"search_entries_{tier}", indexes=False)
    _execute(connection, ["begin", *(f"{what}_{tier}" for tier in TIERS for what in ("leave_room", "join"))])
    _execute(connection, ["fill", *(f"part_{tier}" for tier in TIERS), "end"])


def _draw_sample(connection: Connection) -> None:
    begin_table(connection, "search_sample", indexes=False)
    names = [f"fill_sample_{tier}" for tier in TIERS]
    _execute(connection, [*names, "index_sample", "index_sample_words", "analyze_sample"])


def _make_vocabulary(connection: Connection) -> None:
    for table in ("search_words", "search_deletes"):
        begin_table(connection, table, indexes=False)
    _execute(connection, ["count_words", "index_vocabulary"])
    after = ""
    while words := connection.execute(_sql.vocabulary, {"after": after, "limit": _WORDS_AT_ONCE}).fetchall():
        copy_deletes(connection, _sql.copy_deletes, (word for (word,) in words))
        [after] = words[-1]
    connection.execute(_sql.index_deletes)
