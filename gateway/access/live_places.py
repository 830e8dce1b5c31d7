"""How many live connections an address may have: WebSockets, and streams of events (`opt={"stream": True}`)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, TooManyRequestsException, WebSocketException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from functions.access.address import on_loopback
from functions.runtime.settings import Settings
from gateway.access.limits import address_name


class LivePlaces(ASGIMiddleware):
    """Counts live connections by address and refuses those beyond the limit; on loopback it counts none.

    Args:
        settings: with the limit.
    """

    def __init__(self, settings: Settings) -> None:
        self._most = settings.sockets_per_address
        self._counts = not on_loopback(settings)
        self._open: Counter[str] = Counter()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let a connection through while its address has a place."""
        if not self._counts or not _is_live(scope):
            await next_app(scope, receive, send)
            return
        client = scope.get("client")
        address = address_name(client[0] if client else "")
        if self._open[address] >= self._most:
            raise _refusal(scope, self._most)
        self._open[address] += 1
        try:
            await next_app(scope, receive, send)
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
        return WebSocketException(detail=sentence, code=4_429)
    return TooManyRequestsException(sentence, headers={"Retry-After": "10"})
