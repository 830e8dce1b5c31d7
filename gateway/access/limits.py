"""Limits of requests: for each key, each address, and for sign-ins that fail."""

from __future__ import annotations

import ipaddress
import time
from functools import lru_cache
from math import ceil
from typing import Final, NamedTuple

import psycopg
import structlog
from litestar.exceptions import TooManyRequestsException

from functions.access.address import on_loopback
from functions.runtime.errors import StoreUnavailable
from functions.runtime.settings import Settings
from gateway.access.buckets import Grant, Limit, lease
from gateway.access.limit_stores import MOST, LimitStore, OwnLimits

#: Sign-ins that may fail: ten at once, then one every six seconds.
FAILURES: Final = Limit(rate=1 / 6, burst=10)

#: Seconds for which tokens that were fetched can be used, and for which a store that is away is not asked again.
_LEASE_S, _AWAY_S = 1.0, 3.0

log = structlog.get_logger(__name__)


class _Held(NamedTuple):
    """Tokens that were fetched, or none, and until when that holds."""

    tokens: int
    until: float


class Limits:
    """Takes a token for each request. A few are fetched at once, so that most requests ask no store.

    Args:
        settings: with the rate of a key or address.
        store: what all gateways share.
    """

    def __init__(self, settings: Settings, store: LimitStore) -> None:
        self._of_all = Limit(settings.request_rate, settings.request_burst)
        self._counts = settings.request_rate > 0 and not on_loopback(settings)
        self._store = store
        self._own = OwnLimits()
        self._held: dict[str, _Held] = {}
        self._away_until = 0.0

    async def request(self, who: str) -> None:
        """Take a token of a key or address for one request.

        Raises:
            TooManyRequestsException: there is none; the answer says when there will be.
        """
        if self._counts:
            await self._take(who, self._of_all, "Too many requests at once")

    async def failure(self, address: str) -> None:
        """Take a token of an address for a sign-in that failed.

        Raises:
            TooManyRequestsException: there is none.
        """
        await self._take(f"failed {address}", FAILURES, "Too many sign-ins failed")

    async def close(self) -> None:
        """Close the store's connections."""
        await self._store.close()

    async def _take(self, name: str, limit: Limit, sentence: str) -> None:
        now = time.monotonic()
        held = self._held.get(name)
        if held is None or held.until <= now:
            held = await self._fetch(name, limit)
            now = time.monotonic()
        if held.tokens == 0:
            wait = max(1, ceil(held.until - now))
            raise TooManyRequestsException(f"{sentence}: try again in {wait} s.", headers={"Retry-After": str(wait)})
        self._held[name] = _Held(held.tokens - 1, held.until if held.tokens > 1 else 0.0)

    async def _fetch(self, name: str, limit: Limit) -> _Held:
        grant = await self._ask(name, limit)
        now = time.monotonic()
        if len(self._held) >= MOST:
            self._held.clear()
        held = self._held[name] = _Held(grant.tokens, now + (_LEASE_S if grant.tokens else grant.wait))
        return held

    async def _ask(self, name: str, limit: Limit) -> Grant:
        wanted = lease(limit, _LEASE_S)
        if time.monotonic() >= self._away_until:
            try:
                return await self._store.take(name, limit, wanted)
            except (StoreUnavailable, psycopg.errors.UndefinedTable) as error:
                self._away_until = time.monotonic() + _AWAY_S
                log.warning("limits are this gateway's own", reason=str(error))
        return await self._own.take(name, limit, wanted)


@lru_cache(MOST)
def address_name(host: str) -> str:
    """What an address is limited as: of IPv6 the network of 64 bits, since a host has all of its addresses."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"address {host[:64]}"
    if address.version == 4:
        return f"address {address}"
    mapped = address.ipv4_mapped
    return f"address {mapped}" if mapped else f"address {ipaddress.ip_network((address, 64), strict=False)}"
