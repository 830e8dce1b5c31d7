"""What goes around every request, those to nowhere included: headers that protect, and a line in the log."""

from __future__ import annotations

import time
from typing import Final, cast

import structlog
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

#: Added where the handler has not set its own.
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

#: Asked for every few seconds by machines: worth a line only when it goes wrong.
_QUIET: Final = frozenset({"/health", "/health/live", "/health/ready", "/metrics"})

log = structlog.get_logger(__name__)


def guarded(app: ASGIApp) -> ASGIApp:
    """The application with protecting headers and a line in the log for each request: no body, header or query."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        begun, status, method = time.perf_counter(), 0, scope["method"]
        if method == "HEAD":  # answered as GET is; the server leaves the body out
            scope = cast("Scope", {**scope, "method": "GET"})

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableScopeHeaders.from_message(message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await app(scope, receive, send_guarded)
        finally:
            _sentence(method, scope["path"], status, time.perf_counter() - begun)

    return guard


def _sentence(method: str, path: str, status: int, seconds: float) -> None:
    say = log.debug if path in _QUIET and status < 400 else log.info
    say("request", method=method, path=path[:200], status=status, ms=round(seconds * 1000, 1))
