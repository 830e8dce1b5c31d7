"""What goes around every request, those to nowhere included: protecting headers, a request id, a line in the log."""

from __future__ import annotations

import itertools
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from functions.runtime.telemetry.logs import REQUEST, log_request
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

_BAD: Final = 400
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")

#: Ids are of this process, and numbered: a random one for each request asks the system for it.
_PROCESS: Final = secrets.token_hex(4)
_requests: Final = itertools.count()

#: In the scope of a request that asks for the head of an answer alone.
_IS_HEAD: Final = "linernotes_is_head"

Headers = list[tuple[bytes, bytes]]

_PLAIN: Final = {name.lower().encode(): value.encode() for name, value in HEADERS.items()}
_OF_PAGES: Final = _PLAIN | {b"content-security-policy": PAGE_POLICY.encode()}
_OF_DATA: Final = _PLAIN | {b"content-security-policy": DATA_POLICY.encode()}


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
            scope = cast("Scope", {**scope, "method": "GET", _IS_HEAD: True})

        async def send_guarded(message: Message) -> None:
            nonlocal status, is_over
            if is_over:
                return
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": _protected(message["headers"], request_id)}
            elif method == "HEAD" and message["type"] == "http.response.body":  # a stream would go on without end
                is_over, message = True, {**message, "more_body": False}
            await send(message)

        REQUEST.set(request_id)  # each request is a task of its own
        try:
            await app(scope, receive, send_guarded)
        finally:
            path, ms = scope["path"], (time.perf_counter() - begun) * 1000
            log_request(method, path[:200], status, round(ms, 1), quiet=status < _BAD and path.startswith(_QUIET))

    return guard


def is_head(scope: Mapping[str, Any]) -> bool:
    """Whether it was a HEAD, which is let through as a GET: nothing may come of it but the answer."""
    return _IS_HEAD in scope


def _request_id(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return given.decode() if _REQUEST_ID.fullmatch(given) else f"{_PROCESS}{next(_requests) & 0xFFFFFFFF:08x}"


def _protected(headers: Iterable[tuple[bytes, bytes]], request_id: str) -> Headers:
    """The headers with those that protect, where the handler has not set its own, and the request's id."""
    own = [(name.lower(), value) for name, value in headers if name.lower() != b"x-request-id"]
    named = dict(own)
    wanted = _OF_PAGES if named.get(b"content-type", b"").startswith(b"text/html") else _OF_DATA
    own += [each for each in wanted.items() if each[0] not in named]
    own.append((b"x-request-id", request_id.encode()))
    return own
