"""Requests to names that are not ours are answered with 421, those that open a WebSocket too."""

from __future__ import annotations

from typing import Any, Final, cast

from litestar.enums import ScopeType
from litestar.status_codes import HTTP_421_MISDIRECTED_REQUEST
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from functions.runtime.host_names import is_known, names_of
from functions.runtime.settings import Settings
from gateway.bare_problems import BareProblem
from gateway.socket_refusals import SOCKET_CODE

_PROBLEM: Final = BareProblem(
    HTTP_421_MISDIRECTED_REQUEST,
    "This gateway does not answer to that name: LINERNOTES_PUBLIC_URL tells it the address that people open, "
    "LINERNOTES_ALLOWED_HOSTS further names.",
)
#: What a server can answer a WebSocket with in place of accepting it.
_REFUSAL: Final = "websocket.http.response"


def known_hosts_only(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application without requests to addresses that are not ours."""
    names = names_of(settings)

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        is_socket = scope["type"] == ScopeType.WEBSOCKET
        if not (is_socket or scope["type"] == ScopeType.HTTP) or is_known(_hosts_of(scope), names):
            await app(scope, receive, send)
        elif not is_socket:
            await _refuse("http.response", send)
        elif _REFUSAL in (scope.get("extensions") or {}):
            await _refuse(_REFUSAL, send)
        else:
            await send({"type": "websocket.close", "code": SOCKET_CODE + _PROBLEM.status, "reason": "unknown host"})

    return guard


async def _refuse(kind: str, send: Send) -> None:
    start: dict[str, Any] = {"type": f"{kind}.start", "status": _PROBLEM.status, "headers": _PROBLEM.headers}
    body: dict[str, Any] = {"type": f"{kind}.body", "body": _PROBLEM.body, "more_body": False}
    await send(cast("Message", start))
    await send(cast("Message", body))


def _hosts_of(scope: Scope) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
