"""What reverse proxies say of the requests that they hand on, and whom to believe it.

A proxy that `LINERNOTES_TRUSTED_PROXIES` names tells the client's address (`X-Forwarded-For`) and, where
`LINERNOTES_PUBLIC_URL` does not, the scheme (`X-Forwarded-Proto`). Whoever else says such things is not believed, and
nothing behind this reads these headers: they are taken away. The host is never told by a header of a proxy's own, which
many hand on from whoever sent it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any, Final, cast

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct

from functions.access.address import on_loopback
from functions.runtime.settings import Network, Settings

Headers = Sequence[tuple[bytes, bytes]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_FOR, _PROTO = b"x-forwarded-for", b"x-forwarded-proto"
_ALSO_TOLD: Final = frozenset({b"forwarded", b"x-real-ip"})
_SCHEMES: Final = frozenset({"http", "https", "ws", "wss"})

log = structlog.get_logger(__name__)


class Told(Struct, frozen=True):
    """What is believed of a request: who sent it, and by which scheme; None where the connection itself says it."""

    client: str | None = None
    scheme: str | None = None


def believed(peer: str, headers: Headers, trusted: Sequence[Network], public_scheme: str) -> Told | None:
    """What is believed of a request that came from an address; None where that is no trusted proxy.

    Args:
        peer: the address at the other end of the connection.
        headers: of the request, their names in lower case.
        trusted: the networks of proxies.
        public_scheme: of the address that people open; empty where it is not known.
    """
    if not _is_trusted(address_in(peer), trusted):
        return None
    chain = b",".join(value for name, value in headers if name == _FOR).decode("latin-1").split(",")
    proto = next((value.decode("latin-1") for name, value in reversed(headers) if name == _PROTO), "")
    said = proto.rpartition(",")[2].strip().lower()
    return Told(_client(chain, trusted), public_scheme or (said if said in _SCHEMES else None))


def is_told(name: bytes) -> bool:
    """Whether a header is one by which proxies tell of a request."""
    return name.startswith(b"x-forwarded-") or name in _ALSO_TOLD


def address_in(text: str) -> Address | None:
    """The address that a text is, with or without a port; that of IPv4 where it is one within IPv6."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


def behind_proxies(app: ASGIApp, settings: Settings) -> ASGIApp:
    """The application as it is told of clients: by trusted proxies, and else by connections alone.

    On loopback, with no proxy to trust, a request that a proxy handed on is nobody's of this machine:
    `scope["state"]["by_proxy"]` says so.

    Raises:
        SettingError: an address of a trusted proxy is none.
    """
    trusted, public_scheme = settings.trusted_networks, settings.public_url.partition(":")[0]
    local, noted = on_loopback(settings), False

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal noted
        if scope["type"] not in {ScopeType.HTTP, ScopeType.WEBSOCKET}:
            await app(scope, receive, send)
            return
        headers: list[tuple[bytes, bytes]] = list(scope["headers"])
        kept = [header for header in headers if not is_told(header[0])]
        client = scope.get("client")
        found = believed(client[0] if client else "", headers, trusted, public_scheme) if trusted else None
        if found is None and len(kept) == len(headers):  # as it came
            await app(scope, receive, send)
            return
        changed: dict[str, Any] = {"headers": kept}
        if found is not None:
            changed |= _changes(scope, found)
        elif local and len(kept) < len(headers):
            scope["state"]["by_proxy"] = True
            if not noted:
                noted = True
                log.warning("a proxy hands requests on that LINERNOTES_TRUSTED_PROXIES does not name")
        await app(cast("Scope", {**scope, **changed}), receive, send)

    return told


def _changes(scope: Scope, found: Told) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if found.client is not None:
        changed["client"] = (found.client, 0)
    if found.scheme is not None:
        is_socket, secure = scope["type"] == ScopeType.WEBSOCKET, found.scheme in {"https", "wss"}
        changed["scheme"] = ("wss" if secure else "ws") if is_socket else ("https" if secure else "http")
    return changed


def _client(chain: Sequence[str], trusted: Sequence[Network]) -> str | None:
    """The nearest address that is no trusted proxy's. What a stranger put before it proves nothing."""
    nearest = None
    for text in reversed(chain):
        address = address_in(text)
        if address is None:
            break
        nearest = str(address)
        if not _is_trusted(address, trusted):
            break
    return nearest


def _is_trusted(address: Address | None, trusted: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in trusted)
