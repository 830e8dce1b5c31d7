"""Which names a gateway on loopback answers to.

A page of another site may have the browser look its own name up as 127.0.0.1, and would then read what is free to read
here. Such a page always has a name: addresses, `localhost` and the name of `LINERNOTES_PUBLIC_URL` are answered to.
"""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from functions.access.address import on_loopback
from functions.runtime.settings import Settings

_MISDIRECTED: Final = 421

_PROBLEM: Final = msgspec.json.encode(
    {
        "type": "about:blank",
        "title": "Misdirected Request",
        "status": _MISDIRECTED,
        "detail": "This gateway does not answer to that name: LINERNOTES_PUBLIC_URL tells it the address people open.",
    }
)


def is_known(host: str, settings: Settings) -> bool:
    """Whether a `Host` header has a name that a gateway on loopback answers to."""
    name = _name(f"//{host}")
    ours = {"localhost", settings.gateway_host.lower(), _name(settings.public_url)} - {""}
    if name in ours or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name) is not None
    except ValueError:
        return False


def known_hosts_only(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application as a server on loopback has it: other names get 421."""
    if not on_loopback(settings):
        return app

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        is_socket = scope["type"] == ScopeType.WEBSOCKET
        if not (is_socket or scope["type"] == ScopeType.HTTP) or is_known(_host_of(scope), settings):
            await app(scope, receive, send)
        elif is_socket:
            await send({"type": "websocket.close", "code": 4_000 + _MISDIRECTED, "reason": "unknown host"})
        else:
            headers = [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(_PROBLEM))]
            await send({"type": "http.response.start", "status": _MISDIRECTED, "headers": headers})
            await send({"type": "http.response.body", "body": _PROBLEM, "more_body": False})

    return guard


def _host_of(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
