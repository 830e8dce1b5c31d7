"""What no page counts while somebody waits: the releases of hubs by year, and who has a role on most releases."""

from __future__ import annotations

from typing import Any, Final

import psycopg

from functions.derivations.tables import begin_table
from functions.runtime.entities import Entity
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "release_links.sql")

YEARS, ROLES = "release_link_years", "release_link_roles"

#: Whoever is named by more releases in one way is a hub: their releases are counted beforehand.
HUB: Final = 5_000
#: Of each role so many of those who have it most.
KEPT: Final = 1_000
#: Characters of a role that is counted: what is longer is no role that anybody asks for, and fits into no index.
LONGEST_ROLE: Final = 200
#: Memory for what is counted, for this connection alone.
_MEMORY: Final = "512MB"

Connection = psycopg.Connection[Any]


def note(connection: Connection, _entity: Entity, ids: list[int], *, are_written: bool) -> None:  # noqa: ARG001
    """Whom releases name whose links are about to go, or have come."""
    connection.execute(_sql.note, {"ids": ids})


def assemble(context: Context, *, building: bool) -> None:
    """Count everybody where all links were made anew; else those whose links have changed."""
    values = {"most": HUB, "kept": KEPT, "longest": LONGEST_ROLE}
    with context.connection() as connection:
        connection.execute(f"SET LOCAL work_mem = '{_MEMORY}'")
        if building:
            for table in (YEARS, ROLES):
                begin_table(connection, table)
            connection.execute(_sql.forget_moves)
            steps: tuple[str, ...] = (_sql.analyze, _sql.count_years, _sql.count_roles)
        else:
            connection.execute(_sql.take_moves)
            connection.execute("ANALYZE release_link_moved")
            steps = (_sql.drop_years, _sql.count_years_again, _sql.least_roles, _sql.drop_roles, _sql.count_roles_again)
        for step in steps:
            connection.execute(step, values)
        if not building:
            _keep_most(connection, values)


def _keep_most(connection: Connection, values: dict[str, Any]) -> None:
    """Of each role as many as are kept; everybody is read only where one of them may have sunk below who is not."""
    connection.execute(_sql.short_roles, values)
    if connection.execute("SELECT FROM release_link_short LIMIT 1").fetchone() is not None:
        connection.execute(_sql.count_short_roles)
    connection.execute(_sql.trim_roles, values)
