"""Which letters the embedded PostgreSQL knows: those of every script, for new clusters and for those made before.

The C library decides by LC_CTYPE where words end, for PostgreSQL's parser of words and for trigrams, whichever provider
the locale of a database has. Earlier versions made clusters with `C`, which knows ASCII alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from functions.runtime.errors import RefusedError
from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo, postgres_errors
from functions.runtime.stores.query_files import statements
from functions.runtime.stores.statement_progress import Tell
from infra.stack.home import Home, read_json

#: What a system calls a locale that knows every letter, the first of them that it has: Linux, older systems, macOS.
CTYPES: Final = ("C.UTF-8", "en_US.UTF-8", "UTF-8")

NONE_HERE: Final = (
    f"PostgreSQL needs a locale that knows letters of every script, and this system has none of {', '.join(CTYPES)}: "
    "install C.UTF-8 (Debian: libc-bin; Fedora: glibc-minimal-langpack)"
)

_sql = statements(__file__, "postgres_ctype.sql")


def is_own(settings: Settings) -> bool:
    """Whether the PostgreSQL of these settings is the one that the stack of their home has started."""
    address = read_json(Home(Path(settings.home)).connections).get("postgres_address")
    return bool(address) and address == settings.postgres_address


def teach_letters(settings: Settings, tell: Tell) -> None:
    """Have a cluster made before know letters of every script, its templates too; indexes that need it become invalid.

    Each database is changed in one transaction: whenever this breaks off, the next call goes on.

    Raises:
        RefusedError: the system has no locale that does.
        StoreUnavailable: PostgreSQL does not answer.
    """
    with _connected(settings, "postgres") as connection:
        found = connection.execute(_sql.ascii_databases).fetchall()
        if not found:
            return
        ctype = _known(connection)
    tell(f"PostgreSQL knew letters of ASCII alone: by LC_CTYPE {ctype} it finds names in every script from now on")
    for database, lets_in in found:
        with _connected(settings, database if lets_in else "postgres") as connection, connection.transaction():
            if lets_in:
                connection.execute(_sql.invalidate)
            connection.execute(_sql.set_ctype, {"ctype": ctype, "database": database})


def _known(connection: psycopg.Connection[Any]) -> str:
    for ctype in CTYPES:
        try:
            with connection.transaction(force_rollback=True):
                connection.execute(sql.SQL(_sql.try_ctype).format(ctype=sql.Literal(ctype)))
        except psycopg.errors.InvalidParameterValue:
            continue
        return ctype
    raise RefusedError(f"{NONE_HERE}. Nothing was changed.")


@contextmanager
def _connected(settings: Settings, database: str) -> Iterator[psycopg.Connection[Any]]:
    with postgres_errors(), psycopg.connect(postgres_conninfo(settings, database), autocommit=True) as connection:
        yield connection
