"""Whether a request is let in: what every handler needs it says by `opt={"right": …}`.

`read` where it says nothing; `operate` and `admin` for what acts; `open` for what anybody may have without being asked
who they are: health, static files, the page to sign in at. Who asks is then in `scope["state"]["who"]`, what they may
in `scope["state"]["right"]`, for the audit and for pages.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.exceptions import (
    ClientException,
    HTTPException,
    NotAuthorizedException,
    PermissionDeniedException,
    WebSocketException,
)
from litestar.status_codes import HTTP_414_REQUEST_URI_TOO_LONG, HTTP_503_SERVICE_UNAVAILABLE
from litestar.types import ASGIApp, Receive, Scope, Send

from functions.access.address import origin_of
from functions.access.rights import Right, allows
from functions.runtime.errors import TransientError
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context
from gateway.access.cookies import Cookies
from gateway.access.identity import CHALLENGE, AnyConnection, Asker, Identities
from gateway.access.limit_stores import open_limit_store
from gateway.access.limits import Limits, address_name
from gateway.access.origins import is_ours, origin_in
from gateway.socket_refusals import SOCKET_CODE, reason_of

Needed = Right | Literal["open"]

#: What a right lets somebody do, in words.
_TO: Final[dict[Right, str]] = {"read": "to read", "operate": "to operate", "admin": "to administer"}


@dataclass(frozen=True, slots=True)
class Access:
    """What lets requests in."""

    settings: Settings
    context: Context
    cookies: Cookies
    identities: Identities
    limits: Limits

    async def count(self, connection: AnyConnection) -> str:
        """Count a request of its address, and return what that is called.

        Raises:
            TooManyRequestsException: it is one too many.
        """
        address = address_name(connection.client.host if connection.client else "")
        await self.limits.request(address)
        return address

    async def asker(self, connection: AnyConnection) -> Asker:
        """Who asks, their request counted.

        Raises:
            NotAuthorizedException: a key was shown that does not count.
            TooManyRequestsException: too many requests, or keys that do not count.
            StoreUnavailable: PostgreSQL, which would know, does not answer.
        """
        address = await self.count(connection)
        try:
            found = await self.identities.asker(connection)
        except NotAuthorizedException:
            await self.limits.failure(address)
            raise
        if found.key is not None:
            await self.limits.request(f"key {found.key}")
        return found

    def is_ours(self, connection: AnyConnection, *, by_cookie: bool) -> bool:
        """Whether the request comes from one of our pages, or from no page."""
        scope = connection.scope
        socket = scope["type"] == ScopeType.WEBSOCKET
        method = "GET" if socket else str(scope.get("method", "GET"))
        return is_ours(origin_in(connection.headers, method, socket=socket), self._own(connection), by_cookie=by_cookie)

    def may_be_told(self, scope: Scope) -> bool:
        """Whether who opens a WebSocket may learn why it is refused: a page of ours, or a program."""
        connection: AnyConnection = ASGIConnection(scope)
        return self.is_ours(connection, by_cookie="cookie" in connection.headers)

    def is_secure(self, connection: AnyConnection) -> bool:
        """Whether the browser speaks https to us, or to the proxy before us."""
        return connection.scope["scheme"] in {"https", "wss"} or self.settings.public_url.startswith("https:")

    def _own(self, connection: AnyConnection) -> frozenset[str]:
        secure = connection.scope["scheme"] in {"https", "wss"}
        here = f"{'https' if secure else 'http'}://{connection.headers.get('host', '')}".lower()
        public = self.settings.public_url
        return frozenset({here, origin_of(public)} if public else {here})


@asynccontextmanager
async def with_access(app: Litestar) -> AsyncIterator[None]:
    """Make what lets requests in, once the connections are there."""
    settings, context = app.state.settings, app.state.connections.acting
    cookies = Cookies(settings.session_secret)
    limits = Limits(settings, open_limit_store(settings, context))
    app.state.access = Access(settings, context, cookies, Identities(settings, context, cookies), limits)
    try:
        yield
    finally:
        await limits.close()


def admitted(app: ASGIApp) -> ASGIApp:
    """Middleware: let only those in who may. Litestar's guards would do, but each is handed a copy of the handler."""

    async def let_in(scope: Scope, receive: Receive, send: Send) -> None:
        await admit(ASGIConnection(scope))
        await app(scope, receive, send)

    return let_in


async def admit(connection: AnyConnection) -> None:
    """Let a request in, or raise why not: 401 for nobody, 403 for who may not, 429 for too many."""
    handler: Any = connection.scope["route_handler"]
    needed: Needed = handler.opt.get("right", "read")
    try:
        asker = await _admitted(connection.app.state.access, connection, needed)
    except (HTTPException, TransientError) as error:
        if connection.scope["type"] != ScopeType.WEBSOCKET:
            raise
        raise _closing(error) from error
    connection.scope["state"].update(who=asker.who, right=asker.right, asker=asker)


def _closing(error: HTTPException | TransientError) -> WebSocketException:
    """How a WebSocket is closed instead; where a store is away nothing is said of it, as who asks is not known."""
    if isinstance(error, TransientError):
        return WebSocketException(
            detail="Who asks is not known while PostgreSQL does not answer.",
            code=SOCKET_CODE + HTTP_503_SERVICE_UNAVAILABLE,
        )
    return WebSocketException(detail=reason_of(error.detail), code=SOCKET_CODE + error.status_code)


def acts(scope: Scope) -> bool:
    """Whether the handler of a request changes something, as it says by the right that it needs."""
    handler: Any = scope["route_handler"]
    return handler.opt.get("right") in {"operate", "admin"}


async def _admitted(access: Access, connection: AnyConnection, needed: Needed) -> Asker:
    _refuse_long_query(access, connection)
    if needed == "open":
        _refuse_other_pages(access, connection, by_cookie=True)
        return Asker("anybody", None)
    asker = await access.asker(connection)
    if asker.key is None:
        _refuse_other_pages(access, connection, by_cookie=asker.session is not None)
    if not allows(asker.right, needed):
        raise _refusal(asker, needed)
    return asker


def _refuse_long_query(access: Access, connection: AnyConnection) -> None:
    most = access.settings.max_query
    if len(connection.scope["query_string"]) > most:
        raise ClientException(
            f"The query of this address is longer than {most:,} bytes.", status_code=HTTP_414_REQUEST_URI_TOO_LONG
        )


def _refuse_other_pages(access: Access, connection: AnyConnection, *, by_cookie: bool) -> None:
    if not access.is_ours(connection, by_cookie=by_cookie):
        raise PermissionDeniedException(
            "This was asked for by a page of another site. Ask from a page of this one, or show a key."
        )


def _refusal(asker: Asker, needed: Right) -> HTTPException:
    if asker.key is None and asker.session is None:
        return NotAuthorizedException(
            f"This needs the right {_TO[needed]}. Sign in at the address that `linernotes open` prints, "
            "or show a key: `Authorization: Bearer …`.",
            headers=CHALLENGE,
        )
    has = f"has the right {_TO[asker.right]}" if asker.right else "has no right"
    return PermissionDeniedException(f"{asker.who} {has}; this needs the right {_TO[needed]}.")
