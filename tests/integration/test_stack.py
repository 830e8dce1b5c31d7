"""The embedded stack, for real."""

from __future__ import annotations

from functions.runtime.context import open_context
from functions.runtime.settings import Settings


def test_fresh_settings_reach_empty_stores(settings: Settings) -> None:
    with open_context(settings) as context:
        with context.connection() as connection:
            assert connection.execute("SELECT current_database()").fetchone() == (settings.postgres_database,)
        with context.graph_session() as session:
            assert session.run("MATCH (n) RETURN count(n) AS n").single(strict=True)["n"] == 0
