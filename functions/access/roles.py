"""The gateway's own users at PostgreSQL: one that only reads what is served, and one that acts, on what acting needs.

Each is called after the user that owns the tables: `linernotes_reader`, `linernotes_actor`. They are made where the
tables are brought up to date, and where their passwords are given; else the gateway works as the owner. Those that are
there are granted what they need by whoever brings tables, with their passwords or without.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
import psycopg
import structlog
from psycopg import sql

from functions.access.keys import Connection
from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo
from functions.runtime.stores.query_files import statements

Role = Literal["reader", "actor"]

#: How long one statement of each may take.
_TIMEOUTS: Final[dict[Role, str]] = {"reader": "30s", "actor": "5min"}

#: Whether each reads what is served, and writes what acting needs.
_GRANTED: Final[dict[Role, tuple[bool, bool]]] = {"reader": (True, False), "actor": (True, True)}

#: What the actor is granted beside reading.
_TO_ACT: Final = ("let_act", "let_see", "let_note_use", "let_forget_graph", "only_owner_drops", "let_drop")

_AS_OWNER: Final = "the gateway works as the owner of the tables"

_sql = statements(__file__, "roles.sql")

log = structlog.get_logger(__name__)


def as_role(settings: Settings, role: Role) -> Settings:
    """The same settings for whoever works as this role; unchanged where it has no password."""
    password = settings.postgres_reader_password if role == "reader" else settings.postgres_actor_password
    if not password:
        return settings
    name = _name(settings, role)
    return msgspec.structs.replace(settings, postgres_username=name, postgres_password=password)


def settle_roles(connection: Connection, settings: Settings) -> str:
    """Make both roles where they are missing, and let them do what they need in this database, and no more.

    Args:
        connection: of the user that owns the tables, which are up to date.
        settings: with the passwords of the roles; without them none is made, and those that are there keep theirs.

    Returns:
        Why the gateway works as the owner; empty where it does not.
    """
    given = bool(settings.postgres_reader_password and settings.postgres_actor_password)
    may, is_super = connection.execute(_sql.may_make_roles).fetchone() or (False, False)
    try:
        with connection.transaction():
            for role in _TIMEOUTS:
                name = _name(settings, role)
                if given and may:
                    _make(connection, as_role(settings, role), name, role)
                    _run(connection, _sql.see_sessions if is_super else _sql.be_member, name)
                if given or _is_there(connection, name):
                    _grant(connection, name, role)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedObject):
        return (
            f"{settings.postgres_username} may not make users at PostgreSQL, so the gateway works as that one. Give it "
            "CREATEROLE for users that may less, or leave out POSTGRES_READER_PASSWORD and POSTGRES_ACTOR_PASSWORD."
        )
    return ""


def usable(settings: Settings, role: Role) -> Settings:
    """The settings as this role, where it is there and may do what it needs; else those of the owner, as given.

    A server that is down now is taken to have the roles that have passwords.
    """
    as_it = as_role(settings, role)
    if as_it is settings:
        return settings
    try:
        with psycopg.connect(postgres_conninfo(as_it)) as connection:
            granted = connection.execute(_sql.granted).fetchone()
    except psycopg.OperationalError as error:
        if not _answers(settings):
            return as_it
        log.warning(_AS_OWNER, role=as_it.postgres_username, reason=str(error).strip())
        return settings
    if granted == _GRANTED[role]:
        return as_it
    log.warning(_AS_OWNER, role=as_it.postgres_username, reason="it has not been granted what it needs here")
    return settings


def _answers(settings: Settings) -> bool:
    """Whether the server lets the owner in: of why it does not let another in, libpq has words only."""
    try:
        psycopg.connect(postgres_conninfo(settings)).close()
    except psycopg.OperationalError:
        return False
    return True


def _grant(connection: Connection, name: str, role: Role) -> None:
    _run(connection, _sql.let_read, name)
    _run(connection, _sql.let_read_later, name)
    for statement in (_sql.hide, _sql.hide_suppressed, _sql.let_see_suppressed):
        _run(connection, statement, name)
    if role == "actor":
        for statement in _TO_ACT:
            _run(connection, getattr(_sql, statement), name)


def _make(connection: Connection, as_it: Settings, name: str, role: Role) -> None:
    """Make a role; the server is given a digest of its password, which may stand in a log of statements."""
    if not _is_there(connection, name):
        _run(connection, _sql.make_role, name)
    password, user = as_it.postgres_password.encode(), name.encode()
    verifier = connection.pgconn.encrypt_password(password, user, b"scram-sha-256").decode()
    _run(connection, _sql.give_password, name, verifier=sql.Literal(verifier))
    _run(connection, _sql.set_timeout, name, timeout=sql.Literal(_TIMEOUTS[role]))
    if role == "reader":
        _run(connection, _sql.only_read, name)


def _is_there(connection: Connection, name: str) -> bool:
    return connection.execute(_sql.has_role, {"role": name}).fetchone() == (True,)


def _run(connection: Connection, statement: str, name: str, **values: sql.Composable) -> None:
    connection.execute(sql.SQL(statement).format(role=sql.Identifier(name), **values))


def _name(settings: Settings, role: Role) -> str:
    return f"{settings.postgres_username}_{role}"
