"""What goes around every request, those to nowhere included: protecting headers, a request id, a line in the log."""

from __future__ import annotations

import itertools
import re
import secrets
import time
from typing import Final, cast

import structlog
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from gateway.content_policy import DATA_POLICY, PAGE_POLICY

#: Added where the handler has not set its own.
HEADERS: Final = {
    "Cache-Control": "private, no-cache",  # a proxy that keeps answers asks for nobody's key
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",  # without any, browsers send `Origin: null` with a form of our own pages
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
#: Asked for every few seconds by machines: worth a line only when it goes wrong.
_QUIET: Final = ("/health", "/metrics", "/static/")

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")

#: Ids are of this process, and numbered: a random one for each request asks the system for it.
_PROCESS: Final = secrets.token_hex(4)
_requests: Final = itertools.count()

log = structlog.get_logger(__name__)


def guarded(app: ASGIApp) -> ASGIApp:
    """The application with protecting headers, a request id, and a line in the log: no body, header or query.

    A request may bring its id in `X-Request-ID`; else it gets one. It is in the answer, and in each line about it.
    """

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        begun, status, method, is_over = time.perf_counter(), 0, scope["method"], False
        request_id = _request_id(scope)
        if method == "HEAD":  # answered as GET is; the server leaves the body out
            scope = cast("Scope", {**scope, "method": "GET"})

        async def send_guarded(message: Message) -> None:
            nonlocal status, is_over
            if is_over:
                return
            if message["type"] == "http.response.start":
                status = message["status"]
                _protect(MutableScopeHeaders.from_message(message), request_id)
            elif method == "HEAD" and message["type"] == "http.response.body":  # a stream would go on without end
                is_over, message = True, {**message, "more_body": False}
            await send(message)

        with bound_contextvars(request=request_id):
            try:
                await app(scope, receive, send_guarded)
            finally:
                _sentence(method, scope["path"], status, time.perf_counter() - begun)

    return guard


def _request_id(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return given.decode() if _REQUEST_ID.fullmatch(given) else f"{_PROCESS}{next(_requests) & 0xFFFFFFFF:08x}"


def _protect(headers: MutableScopeHeaders, request_id: str) -> None:
    is_page = headers.get("content-type", "").startswith("text/html")
    headers.setdefault("Content-Security-Policy", PAGE_POLICY if is_page else DATA_POLICY)
    headers["X-Request-ID"] = request_id
    for name, value in HEADERS.items():
        headers.setdefault(name, value)


def _sentence(method: str, path: str, status: int, seconds: float) -> None:
    say = log.debug if path.startswith(_QUIET) and status < 400 else log.info
    say("request", method=method, path=path[:200], status=status, ms=round(seconds * 1000, 1))
