"""What the figures are called, and in what they are counted.

A name is a path: `queue/load-table.releases/ready`, `process/gateway/memory`. Its last word says the unit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import translate
from typing import Final

#: The unit of each last word.
UNITS: Final = {
    "ready": "messages",
    "delayed": "messages",
    "unacked": "messages",
    "dead": "messages",
    "workers": "workers",
    "busy": "workers",
    "memory": "bytes",
    "cpu": "cores",
    "records": "records/s",
    "received": "bytes/s",
    "batches": "batches/s",
    "connections": "connections",
    "active": "connections",
    "used": "connections",
    "waiting": "requests",
    "limit": "connections",
    "hits": "share of 1",
    "bytes": "bytes",
    "up": "1 is up, 0 is down",
    "down": "stores",
    "bad": "checks",
    "warn": "checks",
}


def unit_of(name: str) -> str:
    """What a figure is counted in."""
    return UNITS[name.rpartition("/")[2]]


def matching(names: Iterable[str], patterns: Iterable[str]) -> list[str]:
    """The names that a pattern fits, in their order; `*` stands for anything, as in `queue/*/dead`."""
    fits = [re.compile(translate(pattern)) for pattern in patterns]
    return [name for name in names if any(fit.match(name) for fit in fits)]
