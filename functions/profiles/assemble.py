"""Profiles counted anew from the facts of all releases, beside those that are read, and put into their place."""

from __future__ import annotations

from typing import Any, Final

import psycopg

from functions.derivations.tables import begin_table, swap_table
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "profiles.sql")

TABLES: Final = ("profiles", "month_counts")

#: Labels with at least so many releases have a profile, and the largest ones whatever they have.
HUB: Final = 1_000
LARGEST: Final = 50
#: Artists, labels and masters of a profile.
MOST: Final = 50
#: Bytes that two names may have together: no index takes the key of longer ones. `linernotes verify` knows it, too.
LONGEST: Final = 2_500
#: Memory for each step that groups or sorts, for this transaction alone.
_MEMORY: Final = "256MB"

_STEPS: Final = (
    *("mixtures", "subjects", "hubs", "analyze_names", "coded", "analyze_coded"),
    *("named_releases", "label_releases", "analyze"),
    *("years_and_countries", "pairs", "single_genre_styles", "single_genre_genres"),
    *("named_artists", "named_labels", "named_masters"),
    *("label_years", "label_countries", "label_formats", "label_names", "label_artists"),
    *("index_profiles", "analyze_profiles", "months", "first_months", "index_months"),
)

Connection = psycopg.Connection[Any]


def assemble(context: Context, *, building: bool) -> None:
    """Count everything anew. In one transaction: what is read is whole at any moment."""
    with context.connection() as connection:
        count(connection)
        if not building:
            for table in TABLES:
                swap_table(connection, table)


def count(connection: Connection, hub: int = HUB, largest: int = LARGEST) -> None:
    """Fill tables beside those that are read.

    Args:
        connection: its transaction has them, and tables for the time of it.
        hub: releases from which on a label has a profile.
        largest: labels that have one whatever they have.
    """
    connection.execute(f"SET LOCAL work_mem = '{_MEMORY}'")
    connection.execute(f"SET LOCAL maintenance_work_mem = '{_MEMORY}'")
    for table in TABLES:
        begin_table(connection, table, indexes=False)
    values = {"hub": hub, "largest": largest, "most": MOST, "longest": LONGEST}
    for step in _STEPS:
        connection.execute(getattr(_sql, step), values)
