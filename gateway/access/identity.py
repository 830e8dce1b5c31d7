"""Who asks: whoever shows a key, has the cookie of a session, or is anybody at all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import psycopg
from anyio import to_thread
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from msgspec import Struct

from functions.access.address import on_loopback
from functions.access.credentials import Credential, digest, parse
from functions.access.keys import Connection, KnownKey, key_of
from functions.access.rights import Right
from functions.access.sessions import Session, session_of
from functions.runtime.errors import StoreUnavailable
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context
from gateway.access.cookies import Cookies

AnyConnection = ASGIConnection[Any, Any, Any, Any]

#: Seconds for which what PostgreSQL says of a key or session is believed: a revoked one ends within them.
CACHE_S: Final = 3.0

#: Keys and sessions that are remembered at once.
_MOST: Final = 10_000

#: What says that a request comes from whoever asks for a key.
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="linernotes"'}

V = TypeVar("V")


class Asker(Struct, frozen=True):
    """Who asks, and what they may; `right`: None for nothing.

    Attributes:
        who: as the audit names them: `key:nightly`, `session:anna`, `loopback`, `anybody`.
        right: the most that they may do.
        key: the number of the key that was shown.
        session: the session whose cookie was sent.
    """

    who: str
    right: Right | None
    key: int | None = None
    session: Session | None = None


class Recent(dict[Any, tuple[V, float]]):
    """What was found out a moment ago, by what was asked."""

    def found(self, asked: Any) -> V | None:
        """What is known; None where nothing is, or no longer."""
        value, until = self.get(asked, (None, 0.0))
        return value if until > time.monotonic() else None

    def note(self, asked: Any, value: V) -> V:
        """Remember something for `CACHE_S`."""
        if len(self) >= _MOST:
            self.clear()
        self[asked] = (value, time.monotonic() + CACHE_S)
        return value


class Identities:
    """Finds out who asks.

    Args:
        settings: whether reading is free.
        context: where keys and sessions are.
        cookies: reads cookies.
    """

    def __init__(self, settings: Settings, context: Context, cookies: Cookies) -> None:
        local = on_loopback(settings)
        open_to_all: Right | None = "read" if settings.open_reading else None
        self._stranger = Asker("anybody", open_to_all)
        self._anybody = Asker("loopback", "read") if local else self._stranger
        self._context = context
        self._cookies = cookies
        self._keys: Recent[KnownKey] = Recent()
        self._sessions: Recent[Session] = Recent()
        self._away: Recent[str] = Recent()

    async def asker(self, connection: AnyConnection) -> Asker:
        """Who asks. A cookie that does not count, or cannot be looked up where anybody may read, makes nobody.

        Raises:
            NotAuthorizedException: a key was shown that does not count.
            StoreUnavailable: PostgreSQL, which would know, does not answer.
        """
        scheme, _, shown = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            key = await self.key(shown.strip())
            return Asker(f"key:{key.name}", key.right, key=key.id)
        anybody = self._stranger if connection.scope["state"].get("by_proxy") else self._anybody
        try:
            session = await self.session(connection.cookies.get(self._cookies.name, ""))
        except (StoreUnavailable, psycopg.errors.UndefinedTable):
            if anybody.right is None:
                raise
            return anybody
        return anybody if session is None else Asker(session.who, session.right, session=session)

    async def key(self, text: str) -> KnownKey:
        """The key that a text shows.

        Raises:
            NotAuthorizedException: it does not count.
            StoreUnavailable: PostgreSQL does not answer.
        """
        asked = digest(text)
        known = self._keys.found(asked)
        if known is None:
            shown = parse(text, "key")
            known = await to_thread.run_sync(self._read_key, shown) if shown else None
            if known is None:
                raise NotAuthorizedException(
                    "This key does not count: it was never made, was revoked or has expired.", headers=CHALLENGE
                )
            self._keys.note(asked, known)
        return known

    async def session(self, value: str) -> Session | None:
        """The session that a cookie's value names; None where it does not count.

        Raises:
            StoreUnavailable: PostgreSQL does not answer.
        """
        named = self._cookies.read(value, time.time()) if value else None
        if named is None:
            return None
        known = self._sessions.found(named.session)
        if known is None:
            known = await to_thread.run_sync(self._read_session, named.session)
            if known is None:
                return None
            self._sessions.note(named.session, known)
        return known if int(known.ends_at.timestamp()) == named.ends else None

    def forget(self, session: Session) -> None:
        """Know no longer of a session that was left."""
        self._sessions.pop(session.id, None)

    def _read_key(self, shown: Credential) -> KnownKey | None:
        with self._reading() as connection:
            return key_of(connection, shown)

    def _read_session(self, number: int) -> Session | None:
        with self._reading() as connection:
            return session_of(connection, number)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection; a server that was away a moment ago is not waited for by each request anew."""
        if sentence := self._away.found("PostgreSQL"):
            raise StoreUnavailable(sentence)
        try:
            with self._context.connection() as connection:
                yield connection
        except StoreUnavailable as error:
            self._away.note("PostgreSQL", error.told)
            raise
