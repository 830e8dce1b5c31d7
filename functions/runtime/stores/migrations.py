"""Numbered migrations of PostgreSQL and of the graph: each applied once, in the order of their numbers.

One that reads, rewrites or indexes tables which may be large says so in its file, with the rate that was measured:
`-- work: artists, labels at 150,000 rows/s`. It is told how long that may take, and then how far it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg

from functions.runtime.stores.graph_transactions import SCAN_LIMIT_S, ask, write
from functions.runtime.stores.letters import refuse_without_letters
from functions.runtime.stores.query_files import statements
from functions.runtime.stores.statement_progress import Tell, duration, silent, told

if TYPE_CHECKING:
    import neo4j

_FUNCTIONS = Path(__file__).resolve().parents[2]
_LOCK = 0x6C696E65
_WORK = re.compile(r"^-- work: ([a-z_, ]+) at ([\d,]+) rows/s$", re.MULTILINE)
#: Seconds from which on it is told how long something may take.
_LONG: Final = 10.0
_sql = statements(__file__, "migrations.sql")
_cypher = statements(__file__, "migrations.cypher")


class Work(NamedTuple):
    """What a migration does with rows that may be many: of which tables, and how many of them a second."""

    tables: tuple[str, ...]
    rate: float


def migrate_postgres(
    connection: psycopg.Connection[Any], tell: Tell = silent, *, only: frozenset[str] | None = None
) -> list[str]:
    """Apply what is missing of `**/migrations/*.sql`, all in one transaction.

    Args:
        connection: of the tables' owner.
        tell: called with sentences: what is applied, how long it may take, how far it is. Not for a new database.
        only: names of the files to apply; None: all.

    Returns:
        The names of the files applied now; two processes may call this at once.

    Raises:
        RefusedError: PostgreSQL knows no letters outside ASCII.
    """
    with connection.transaction():
        refuse_without_letters(connection)
        connection.execute(_sql.lock, {"lock": _LOCK})
        connection.execute(_sql.create_table)
        done = {row[0] for row in connection.execute(_sql.applied)}
        wanted = [path for path in migration_files("sql") if only is None or path.name in only]
        missing = [path for path in wanted if path.name not in done]
        _apply(connection, missing, tell if done else silent)
        if missing:
            refuse_without_letters(connection)  # now that trigrams are there
    return [path.name for path in missing]


def migrate_graph(session: neo4j.Session, tell: Tell = silent, only: Sequence[str] | None = None) -> list[str]:
    """Apply what is missing of `**/migrations/*.cypher`; every statement there may run twice.

    Args:
        only: names of files; all without.

    Returns:
        The names of the files applied now.
    """
    done = {found["name"] for found in ask(session, _cypher.applied)}
    wanted = [path for path in migration_files("cypher") if only is None or path.name in only]
    applied = [path for path in wanted if path.name not in done]
    if done and applied:
        tell(f"The graph is brought up to date: {names_of(applied)}")
    for path in applied:
        for statement in _statements_of(path):
            write(session, statement, limit_s=SCAN_LIMIT_S)
        write(session, _cypher.note, name=path.name)
    return [path.name for path in applied]


def migration_files(suffix: str) -> list[Path]:
    """All migration files of a kind (`sql`, `cypher`) below `functions`, in the order of their numbers."""
    return sorted(_FUNCTIONS.rglob(f"migrations/*.{suffix}"), key=lambda path: path.name)


def _statements_of(path: Path) -> Iterable[str]:
    text = re.sub(r"^//.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [statement.strip() for statement in text.split(";") if statement.strip()]


def work_of(text: str) -> list[Work]:
    """What a migration's file says of its work."""
    return [
        Work(tuple(name.strip() for name in tables.split(",")), float(rate.replace(",", "")))
        for tables, rate in _WORK.findall(text)
    ]


def seconds_for(connection: psycopg.Connection[Any], work: Iterable[Work]) -> float:
    """How long work may take with the rows that the planner knows of."""
    found = list(work)
    tables = sorted({table for each in found for table in each.tables})
    rows: dict[str, float] = dict(connection.execute(_sql.rows, {"tables": tables}).fetchall()) if tables else {}
    return sum(rows.get(table, 0) / each.rate for each in found for table in each.tables)


def names_of(paths: Sequence[Path]) -> str:
    """The names of migrations, as they are told."""
    return ", ".join(path.name for path in paths)


def _apply(connection: psycopg.Connection[Any], missing: Sequence[Path], tell: Tell) -> None:
    expected = {path: seconds_for(connection, work_of(path.read_text(encoding="utf-8"))) for path in missing}
    if missing:
        long = sum(expected.values())
        tell(
            f"PostgreSQL is brought up to date: {names_of(missing)}"
            + (f"; that may take {duration(long)}" if long >= _LONG else "")
        )
    for path in missing:
        with told(connection, path.name, tell, expected[path]):
            connection.execute(path.read_bytes())
        connection.execute(_sql.note, {"name": path.name})
