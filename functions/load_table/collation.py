"""The collation by which names are sorted for people. It belongs to the server: its migration decides there."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import psycopg

_MIGRATION: Final = Path(__file__).with_name("migrations") / "0027_collation.sql"


def make_collation(connection: psycopg.Connection[Any]) -> None:
    """Make it in a database that has no tables yet; where it is there nothing is done."""
    connection.execute(_MIGRATION.read_bytes())
