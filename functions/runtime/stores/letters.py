"""Whether PostgreSQL knows letters outside ASCII, told by what it does: Кино and 坂本龍一 could not be found else."""

from __future__ import annotations

from typing import Any

import psycopg

from functions.runtime.errors import RefusedError
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "letters.sql")


def knows_letters(connection: psycopg.Connection[Any]) -> bool:
    """Whether this session cuts words of any script where they end, and trigrams too once their extension is there."""
    return all(
        connection.execute(statement).fetchone() == (True,)
        for statement in (_sql.knows_letters, *((_sql.knows_trigrams,) if _has_trigrams(connection) else ()))
    )


def refuse_without_letters(connection: psycopg.Connection[Any]) -> None:
    """Stop where names in other scripts could be stored and not be found.

    Raises:
        RefusedError: it is so; the sentence says what to do.
    """
    if knows_letters(connection):
        return
    name, ctype = connection.execute(_sql.database).fetchone() or ("", "")
    raise RefusedError(
        f"PostgreSQL's database {name} knows no letters outside ASCII, its LC_CTYPE is {ctype}: Кино, 坂本龍一 and "
        "Björk could not be found there. Give linernotes a database that was made with CREATE DATABASE … "
        "TEMPLATE template0 LC_CTYPE 'C.UTF-8', or another UTF-8 locale of that server; load again there."
    )


def _has_trigrams(connection: psycopg.Connection[Any]) -> bool:
    return connection.execute(_sql.has_trigrams).fetchone() == (True,)
