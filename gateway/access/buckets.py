"""Token buckets: how many requests may come at once, and how many a second in the long run."""

from __future__ import annotations

from typing import NamedTuple


class Limit(NamedTuple):
    """A bucket holds `burst` tokens and gets `rate` a second; a request takes one."""

    rate: float
    burst: int


class Bucket(NamedTuple):
    """The tokens of a bucket at a moment, in seconds."""

    tokens: float
    at: float


class Grant(NamedTuple):
    """How many tokens were given, and if none, seconds until there is one."""

    tokens: int
    wait: float


def take(bucket: Bucket | None, limit: Limit, now: float, wanted: int) -> tuple[Bucket, Grant]:
    """Take as many whole tokens as there are, up to those wanted; a bucket that is not known is full.

    `limits.lua` and `limits.sql` do the same.
    """
    before = bucket or Bucket(limit.burst, now)
    there = min(float(limit.burst), before.tokens + max(0.0, now - before.at) * limit.rate)
    given = min(wanted, int(there))
    wait = 0.0 if given else (1 - there) / limit.rate
    return Bucket(there - given, max(now, before.at)), Grant(given, wait)


def lease(limit: Limit, seconds: float) -> int:
    """How many tokens are fetched at once and used within so many seconds: few enough that those lost do not count."""
    return max(1, min(10, limit.burst // 20, int(limit.rate * seconds / 2)))
