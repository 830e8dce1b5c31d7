"""Live connections: WebSockets, and streams of events (`opt={"stream": True}`).

An address may have so many of them, and each goes on only while whoever has it may: a revoked key ends it.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, cast

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, NotAuthorizedException, TooManyRequestsException, WebSocketException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from functions.access.address import on_loopback
from functions.access.rights import allows
from functions.runtime.errors import StoreUnavailable
from functions.runtime.settings import Settings
from gateway.access.identity import Asker
from gateway.access.limits import address_name

#: How a WebSocket is closed: its code is 4000 and the status that HTTP has for it.
_NO_LONGER: Final = 4_401
_TOO_MANY: Final = 4_429

#: What brings something to the other side.
_SENT: Final = frozenset({"websocket.send", "http.response.body"})


class LivePlaces(ASGIMiddleware):
    """Counts live connections by address, refuses those beyond the limit, and ends those whose key or session ended.

    On loopback none is counted.

    Args:
        settings: with the limit.
    """

    def __init__(self, settings: Settings) -> None:
        self._most = settings.sockets_per_address
        self._counts = not on_loopback(settings)
        self._open: Counter[str] = Counter()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let a connection through while its address has a place and its owner may have it."""
        if not _is_live(scope):
            await next_app(scope, receive, send)
            return
        client = scope.get("client")
        address = address_name(client[0] if client else "")
        if self._counts and self._open[address] >= self._most:
            raise _refusal(scope, self._most)
        self._open[address] += 1
        try:
            await next_app(scope, receive, _while_it_counts(scope, send))
        finally:
            self._open[address] -= 1
            if self._open[address] == 0:
                del self._open[address]


def _is_live(scope: Scope) -> bool:
    handler: Any = scope["route_handler"]
    return scope["type"] == ScopeType.WEBSOCKET or bool(handler.opt.get("stream"))


def _refusal(scope: Scope, most: int) -> HTTPException | WebSocketException:
    sentence = f"There are {most} live connections from this address already."
    if scope["type"] == ScopeType.WEBSOCKET:
        return WebSocketException(detail=sentence, code=_TOO_MANY)
    return TooManyRequestsException(sentence, headers={"Retry-After": "10"})


def _while_it_counts(scope: Scope, send: Send) -> Send:
    """Sends until the key or session that was shown at the beginning ends; then closes, and sends no more."""
    over = False

    async def send_or_end(message: Message) -> None:
        nonlocal over
        if over:
            return
        if message["type"] in _SENT and not await _counts_still(scope):
            over = True
            message = cast("Message", _END[scope["type"]])
        await send(message)

    return send_or_end


_END: Final[dict[Any, dict[str, Any]]] = {
    ScopeType.WEBSOCKET: {"type": "websocket.close", "code": _NO_LONGER, "reason": "Your key or session has ended."},
    ScopeType.HTTP: {"type": "http.response.body", "body": b"", "more_body": False},
}


async def _counts_still(scope: Scope) -> bool:
    asker: Asker | None = scope["state"].get("asker")
    if asker is None or (asker.key is None and asker.session is None):
        return True
    handler: Any = scope["route_handler"]
    try:
        now = await scope["litestar_app"].state.access.identities.asker(ASGIConnection(scope))
    except NotAuthorizedException:
        return False
    except StoreUnavailable:  # nobody can tell
        return True
    return allows(now.right, handler.opt.get("right", "read"))
