"""Which names a server of ours answers to.

A page of another site may have the browser look its own name up as an address of ours, and would then read what is
free to read here. Such a page always has a name: addresses and names that are known to be ours are answered to.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from functions.runtime.settings import Settings

#: A `Host` header: an IPv6 address in brackets, or a name or IPv4 address, and a port.
_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::[0-9]{1,5})?")


def names_of(settings: Settings) -> frozenset[str]:
    """The names that are ours: of this machine, of the settings' addresses, and those that are allowed beside them."""
    own = ("localhost", socket.gethostname(), settings.gateway_host, urlsplit(settings.public_url).hostname or "")
    allowed = settings.allowed_hosts.replace(",", " ").split()
    return frozenset(name.lower().rstrip(".") for name in (*own, *allowed)) - {""}


def is_known(hosts: Sequence[str], names: frozenset[str]) -> bool:
    """Whether the `Host` headers of a request, of which there has to be one, have an address or a name of ours."""
    found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if found is None:
        return False
    name = (found[1] or found[2]).lower().rstrip(".")
    return name in names or name.endswith(".localhost") or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
