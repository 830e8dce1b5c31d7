"""Numbered migrations of PostgreSQL and of the graph: each applied once, in the order of their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from functions.runtime.stores.query_files import statements

if TYPE_CHECKING:
    import neo4j

_FUNCTIONS = Path(__file__).resolve().parents[2]
_LOCK = 0x6C696E65
_sql = statements(__file__, "migrations.sql")
_cypher = statements(__file__, "migrations.cypher")


def migrate_postgres(connection: psycopg.Connection[Any], *, only: frozenset[str] | None = None) -> list[str]:
    """Apply what is missing of `**/migrations/*.sql`, each file in a transaction of its own.

    Args:
        connection: of a database.
        only: names of the files to apply; None: all.

    Returns:
        The names of the files applied now; two processes may call this at once.
    """
    applied = []
    with connection.transaction():
        connection.execute(_sql.lock, {"lock": _LOCK})
        connection.execute(_sql.create_table)
        done = {row[0] for row in connection.execute(_sql.applied)}
        for path in migration_files("sql"):
            if path.name not in done and (only is None or path.name in only):
                connection.execute(path.read_bytes())
                connection.execute(_sql.note, {"name": path.name})
                applied.append(path.name)
    return applied


def migrate_graph(session: neo4j.Session) -> list[str]:
    """Apply what is missing of `**/migrations/*.cypher`; every statement there may run twice.

    Returns:
        The names of the files applied now.
    """
    done = {record["name"] for record in session.run(_cypher.applied)}
    applied = [path for path in migration_files("cypher") if path.name not in done]
    for path in applied:
        for statement in _statements_of(path):
            session.run(statement).consume()
        session.run(_cypher.note, name=path.name).consume()
    return [path.name for path in applied]


def migration_files(suffix: str) -> list[Path]:
    """All migration files of a kind (`sql`, `cypher`) below `functions`, in the order of their numbers."""
    return sorted(_FUNCTIONS.rglob(f"migrations/*.{suffix}"), key=lambda path: path.name)


def _statements_of(path: Path) -> Iterable[str]:
    text = re.sub(r"^//.*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [statement.strip() for statement in text.split(";") if statement.strip()]
