"""Whether a browser asks for one of our own pages, or for a page of somebody else's.

What a page cannot forge says so: `Sec-Fetch-Site`, sent to https and to loopback, and else `Origin`. Whoever shows a
key is no page: a browser adds that header to no request that another site makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Origin(Struct, frozen=True):
    """Where a request comes from, as its headers say: empty what they do not.

    Attributes:
        method: GET, POST …; that of a WebSocket is GET.
        socket: whether it opens a WebSocket.
        origin: of the page that asks.
        site: `Sec-Fetch-Site`: what that page is to us.
        mode: `Sec-Fetch-Mode`: `navigate` where a person follows a link.
    """

    method: str
    socket: bool
    origin: str
    site: str
    mode: str


def origin_in(headers: Mapping[str, str], method: str, *, socket: bool) -> Origin:
    """What the headers of a request say."""
    names = ("origin", "sec-fetch-site", "sec-fetch-mode")
    return Origin(method, socket, *(headers.get(name, "").lower() for name in names))


def is_ours(asked: Origin, own: frozenset[str], *, by_cookie: bool) -> bool:
    """Whether the answer may be given.

    Args:
        asked: where the request comes from.
        own: the origins of our own pages, as in `http://127.0.0.1:8003`.
        by_cookie: whether a cookie says who asks, which a browser sends whoever's page it shows.
    """
    safe = asked.method in _SAFE and not asked.socket
    if asked.site and not asked.socket:
        if asked.site == "same-origin":
            return True
        return safe and (asked.site == "none" or asked.mode == "navigate")
    if asked.origin:
        return asked.origin in own
    return safe or not by_cookie
