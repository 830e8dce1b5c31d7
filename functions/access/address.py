"""Where the gateway is: whether only this machine reaches it, and the address that a person opens."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from functions.runtime.addresses import in_brackets
from functions.runtime.settings import Settings

#: What a server listens on that listens everywhere, and where it is reached from its own machine.
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104


def on_loopback(settings: Settings) -> bool:
    """Whether the gateway is bound to loopback, serves no proxy, and has no address that others open."""
    public = urlsplit(settings.public_url).hostname or "localhost"
    return not settings.trusted_proxies and _is_loopback(settings.gateway_host) and _is_loopback(public)


def address_of(settings: Settings) -> str:
    """The gateway's address for a person, with a slash at its end."""
    if settings.public_url:
        return f"{settings.public_url.rstrip('/')}/"
    return f"http://{in_brackets(host_here(settings))}:{settings.gateway_port}/"


def host_here(settings: Settings) -> str:
    """The name or address by which the gateway is reached from its own machine."""
    return _EVERYWHERE.get(settings.gateway_host, settings.gateway_host)


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, as a browser names where a page comes from."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
