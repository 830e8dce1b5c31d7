"""One-time tokens, and the sessions that a browser has in exchange for a token or a key."""

from __future__ import annotations

import datetime as dt
from typing import Final

from msgspec import Struct

from functions.access.credentials import Credential, digest, draw_secret, matches, written
from functions.access.keys import Connection, KnownKey, sql
from functions.access.rights import Right
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.store import add_event, fetch

#: Minutes in which a token can be exchanged.
TOKEN_MINUTES: Final = 15

_AGAIN: Final = "`linernotes open` prints a new address."


class Session(Struct, frozen=True):
    """A session that counts. `made_by`: who printed its token (`cli:anna`), or the key that it began with."""

    id: int
    right: Right
    made_by: str
    ends_at: dt.datetime

    @property
    def who(self) -> str:
        """Who acts in it, as the audit names them: `session:anna`, `session:nightly`."""
        return f"session:{self.made_by.partition(':')[2] or self.made_by}"


class _Token(Struct, frozen=True):
    digest: bytes
    used: bool
    old: bool


def make_token(connection: Connection, right: Right, *, by: str) -> str:
    """A one-time token that can be exchanged for a session within `TOKEN_MINUTES`."""
    secret = draw_secret()
    values = {"right": right, "digest": digest(secret), "by": by, "minutes": TOKEN_MINUTES}
    row = connection.execute(sql.make_token, values).fetchone()
    return written("token", row[0] if row else 0, secret)


def begin_with_token(connection: Connection, shown: Credential | None, seconds: int) -> Session:
    """Exchange a token for a session of so many seconds.

    Raises:
        RefusedError: it is none, too old, or was used before; the sentence says which.
    """
    found = fetch(connection, _Token, sql.token, id=shown.id) if shown else []
    if not found or shown is None or not matches(shown, found[0].digest):
        raise RefusedError(f"There is no such token. {_AGAIN}")
    if found[0].used:
        raise RefusedError(f"This token was used already: each can be used once. {_AGAIN}")
    if found[0].old:
        raise RefusedError(f"This token is older than {TOKEN_MINUTES} minutes. {_AGAIN}")
    connection.execute(sql.begin_with_token, {"id": shown.id, "seconds": seconds})
    return _begun(connection, shown.id)


def begin_with_key(connection: Connection, key: KnownKey, seconds: int) -> Session:
    """A session of so many seconds, or up to the key's own end, of whoever has shown this key."""
    row = connection.execute(sql.begin_with_key, {"id": key.id, "seconds": seconds}).fetchone()
    return _begun(connection, row[0] if row else 0)


def session_of(connection: Connection, number: int) -> Session | None:
    """The session of this number; None where it is over, or its key is."""
    found = fetch(connection, Session, sql.session, id=number)
    return found[0] if found else None


def leave(connection: Connection, session: Session) -> None:
    """End a session, whoever has its cookie."""
    if connection.execute(sql.leave, {"id": session.id}).rowcount:
        add_event(connection, "signed-out", by=session.who)


def forget_old(connection: Connection) -> int:
    """Throw away sessions, tokens and buckets that nobody needs any more; returns how many sessions went."""
    connection.execute(sql.forget_limits)
    return connection.execute(sql.forget_sessions).rowcount


def _begun(connection: Connection, number: int) -> Session:
    session = session_of(connection, number)
    if session is None:
        raise RefusedError(f"This session ended as it began: its key has expired. {_AGAIN}")
    add_event(connection, "signed-in", by=session.who, right=session.right)
    return session
