"""Keys of programs: made, listed and revoked by the command line, shown with each request."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final

import psycopg
from msgspec import Struct

from functions.access.credentials import Credential, digest, draw_secret, matches, written
from functions.access.rights import Right
from functions.runtime.errors import RefusedError, SettingError
from functions.runtime.ledger.store import add_event, fetch
from functions.runtime.stores.query_files import statements

Connection = psycopg.Connection[tuple[Any, ...]]

#: What a key may be called: it stands in addresses, logs and the audit.
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

sql = statements(__file__, "access.sql")


class Key(Struct, frozen=True):
    """A key without its secret. `used_at` is true to within an hour; `expires_at`: None for one without an end."""

    id: int
    name: str
    right: Right
    made_at: dt.datetime
    made_by: str
    used_at: dt.datetime | None
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None


class KnownKey(Struct, frozen=True):
    """A key that was shown and counts."""

    id: int
    name: str
    right: Right
    digest: bytes
    expires_at: dt.datetime | None
    note_use: bool


def make_key(connection: Connection, name: str, right: Right, *, by: str, days: int | None) -> tuple[Key, str]:
    """A new key, and the text that its owner shows: it is nowhere else.

    Args:
        connection: its transaction makes the key, and notes that as an event.
        name: what it is called; letters, digits, dots, dashes.
        right: what its owner may do.
        by: who makes it.
        days: until it expires; None: never.

    Raises:
        SettingError: the name is none.
        RefusedError: there is a key of that name.
    """
    if not NAME.fullmatch(name):
        raise SettingError(f"{name!r} is no name of a key: give up to 64 letters, digits, dots and dashes.")
    secret = draw_secret()
    values = {"name": name, "right": right, "digest": digest(secret), "by": by, "days": days}
    made = fetch(connection, Key, sql.make_key, **values)
    if not made:
        raise RefusedError(f"There is a key {name} already: revoke it first, `linernotes keys revoke {name}`.")
    add_event(connection, "key-made", by=by, name=name, right=right)
    return made[0], written("key", made[0].id, secret)


def list_keys(connection: Connection, *, revoked: bool = False) -> list[Key]:
    """The keys, oldest first; those that were revoked only where they are asked for."""
    return fetch(connection, Key, sql.keys, all=revoked)


def revoke_key(connection: Connection, name: str, *, by: str) -> Key:
    """End a key, and every session that began with it.

    Raises:
        RefusedError: there is no such key.
    """
    revoked = fetch(connection, Key, sql.revoke_key, name=name)
    if not revoked:
        raise RefusedError(f"There is no key {name[:64]!r}: `linernotes keys list` shows which there are.")
    add_event(connection, "key-revoked", by=by, name=name)
    return revoked[0]


def key_of(connection: Connection, shown: Credential) -> KnownKey | None:
    """The key that was shown, its use noted once an hour; None where it is not known, revoked or too old."""
    found = fetch(connection, KnownKey, sql.key, id=shown.id)
    if not matches(shown, found[0].digest if found else None):
        return None
    if found[0].note_use:
        connection.execute(sql.note_use, {"id": shown.id})
    return found[0]
