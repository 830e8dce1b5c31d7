"""What a backup from elsewhere brings with it: whoever restores one runs its SQL.

So it is run by a user that owns the new database and may nothing else, and what it made is compared with what our
migrations make before anybody with more rights touches it: a function, a trigger, a default or a grant of somebody
else's would run, or let in, later.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import msgspec
import psycopg
from psycopg import sql as composed

from functions.runtime.errors import RefusedError
from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo, postgres_errors
from functions.runtime.stores.migrations import migrate_postgres
from functions.runtime.stores.query_files import statements
from infra.stack.postgres_databases import create_postgres_database, drop_postgres_database

_sql = statements(__file__, "foreign_code.sql")

#: What is told of what is not ours.
_TOLD: Final = 5

#: The migration that makes an extension which is not trusted.
_VECTORS: Final = "0033_vectors.sql"

Found = tuple[str, str, str]


@contextmanager
def restorer(settings: Settings, database: str, migrations: Sequence[str] = ()) -> Iterator[Settings]:
    """Settings of a user that owns a new, empty database and may nothing else, while this lasts.

    What it owns is the settings' own user's afterwards. A user that may make no others, and is no superuser, is its own
    restorer.
    """
    with _connected(settings, "postgres") as connection:
        may, is_super = connection.execute(_sql.may_make_roles).fetchone() or (False, False)
    if not may:
        yield settings
        return
    role = f"{settings.postgres_database}_restorer"  # of the database: others of this server have their own
    as_it = msgspec.structs.replace(settings, postgres_username=role, postgres_password=secrets.token_urlsafe(32))
    with _connected(settings, "postgres") as connection:
        _drop(connection, role)
        _make(connection, as_it, member=not is_super)
        _run(connection, _sql.give_database, role=role, database=database)
    if _VECTORS in migrations:  # which only a superuser may make
        with _connected(settings, database) as connection:
            connection.execute(_sql.make_vectors)
    try:
        yield as_it
        with _connected(settings, database) as connection:
            _run(connection, _sql.take_over, role=role)
            _run(connection, _sql.drop_owned, role=role)
    except BaseException:
        drop_postgres_database(settings, database)
        raise
    finally:
        with _connected(settings, "postgres") as connection:
            _drop(connection, role)


def refuse_foreign(settings: Settings, as_it: Settings, database: str, migrations: Sequence[str], beside: str) -> None:
    """Compare what may run in a restored database with what our migrations make.

    Args:
        settings: of the user that makes a database to compare with.
        as_it: of the user that restored.
        database: what was restored.
        migrations: those that it says it was made with.
        beside: the name of that other database, which is dropped again.

    Raises:
        RefusedError: it has something else.
    """
    drop_postgres_database(settings, beside)
    create_postgres_database(settings, beside)
    try:
        with _connected(settings, beside) as connection:
            migrate_postgres(connection, only=frozenset(migrations))
        ours = set(_code(settings, beside))
    finally:
        drop_postgres_database(settings, beside)
    foreign = [*_settings_of(settings, database), *(found for found in _code(as_it, database) if found not in ours)]
    if foreign:
        named = "; ".join(dict.fromkeys(_named(each) for each in foreign[:_TOLD]))
        more = f" and {len(foreign) - _TOLD:,} more" if len(foreign) > _TOLD else ""
        raise RefusedError(
            f"The backup has what linernotes does not make and would run or let others in: {named}{more}. "
            "Nothing was restored: restore backups of an installation that you trust."
        )


def forget_access(connection: psycopg.Connection[Any]) -> None:
    """Let no key or session come with a backup: its maker would know it."""
    connection.execute(_sql.forget_access)


def _code(settings: Settings, database: str) -> list[Found]:
    with _connected(settings, database) as connection:
        connection.execute(_sql.alone)
        return connection.execute(_sql.code).fetchall()


def _settings_of(settings: Settings, database: str) -> list[Found]:
    with _connected(settings, "postgres") as connection:
        rows = connection.execute(_sql.settings, {"database": database}).fetchall()
    return [("setting" if setting else "grant", "", setting or granted) for setting, granted in rows]


def _named(found: Found) -> str:
    kind, name, text = found
    return f"{kind} {name or text}"[:120]


def _make(connection: psycopg.Connection[Any], as_it: Settings, *, member: bool) -> None:
    name, password = as_it.postgres_username, as_it.postgres_password
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    statement = composed.SQL(_sql.make_role)
    connection.execute(statement.format(role=composed.Identifier(name), verifier=composed.Literal(verifier)))
    if member:
        _run(connection, _sql.be_member, role=name)


def _drop(connection: psycopg.Connection[Any], role: str) -> None:
    if connection.execute(_sql.has_role, {"role": role}).fetchone() == (True,):
        _run(connection, _sql.drop_role, role=role)


def _run(connection: psycopg.Connection[Any], statement: str, **names: str) -> None:
    identifiers = {name: composed.Identifier(value) for name, value in names.items()}
    connection.execute(composed.SQL(statement).format(**identifiers))


@contextmanager
def _connected(settings: Settings, database: str) -> Iterator[psycopg.Connection[Any]]:
    with postgres_errors(), psycopg.connect(postgres_conninfo(settings, database), autocommit=True) as connection:
        yield connection
