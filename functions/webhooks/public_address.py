"""Which addresses of the network are others' machines: what is told to the world must not reach our own."""

from __future__ import annotations

import ipaddress

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: IPv4 within IPv6 by translation (RFC 6052), of which Python does not know that it may lead anywhere.
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Whether an address, without a port, is one of the open network.

    It is not where it is loopback, private, link-local, shared, reserved, multicast, nobody's, or of an old tunnel. One
    of IPv6 that stands for one of IPv4 is as public as that one.
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    meant = _meant(address)
    return meant.is_global and not (meant.is_multicast or meant.is_reserved or meant.is_unspecified or _tunnels(meant))


def _meant(address: _Address) -> _Address:
    """The address of IPv4 that one of IPv6 is another form of, or itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def _tunnels(address: _Address) -> bool:
    """Whether it leads through 6to4 or Teredo to an address of IPv4."""
    return isinstance(address, ipaddress.IPv6Address) and bool(address.sixtofour or address.teredo)
