"""Memory of this process."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

_SHARES = Path("/proc/self/smaps_rollup")
_FIGURE = re.compile(r"^(Rss|Pss):\s+(\d+) kB", re.MULTILINE)


class Memory(Struct, frozen=True):
    """Bytes: all that is resident, and of what it shares with others its part (all, on systems that do not tell)."""

    rss: int
    pss: int


def own_memory() -> Memory:
    """The memory of this process now. Linux tells both figures in one file; elsewhere psutil is imported."""
    try:
        found = {name: int(size) * 1024 for name, size in _FIGURE.findall(_SHARES.read_text())}
        return Memory(found["Rss"], found["Pss"])
    except (OSError, KeyError):
        import psutil

        rss = int(psutil.Process().memory_info().rss)
        return Memory(rss, rss)
