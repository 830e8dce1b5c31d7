"""The memory that a stack may use, what of it the graph server's heap gets, and what is said where it is too little."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import psutil

#: A whole stack takes so much at most while a dump is loaded, with a heap of so much: `linernotes bench scale` measures
#: it, and `docs/performance.md` has the figures.
_NEEDED: Final = {"1800m": 6_000_000_000, "1g": 4_400_000_000, "512m": 3_700_000_000}
#: From so much on there is room for a heap of 1 GB or 1.8 GB, and beside it for files that are read again and again.
_ROOMY, _SPACIOUS = 6_000_000_000, 12_000_000_000


def memory_limit(groups: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes of memory that this process and its children may use: the machine's, or less where its control group, or
    one around it, has a limit."""
    return min([psutil.virtual_memory().total, *_group_limits(groups, root)])


def usual_heap(memory: int, *, batches: bool = True) -> str:
    """The heap of a graph server whose user named none.

    Args:
        memory: bytes that the stack may use.
        batches: whether it is filled by requests, which are as large as its heap allows. Neo4j's importer has memory
            of its own.
    """
    if memory < _ROOMY:
        return "512m"
    return "1800m" if batches and memory >= _SPACIOUS else "1g"


def memory_shortage(memory: int, heap: str) -> str:
    """What is said of a machine that is too small; empty where it is not.

    Args:
        memory: bytes that the stack may use.
        heap: of its graph server, as `1g`.
    """
    needed = _NEEDED.get(heap, _NEEDED["1g"])
    if memory >= needed:
        return ""
    saved = (needed - _NEEDED["512m"]) / 1e9
    less = f"; LINERNOTES_GRAPH_MEMORY=512m saves {saved:.1f} GB" if saved else ""
    return (
        f"{memory / 1e9:.1f} GB of memory are here, and a load takes up to {needed / 1e9:.1f} GB: it may be slow, or "
        f"processes may be ended and started again{less}"
    )


def _group_limits(groups: Path, root: Path) -> list[int]:
    """The limits of this process's control group and of those around it, of version 2 or 1; empty without any."""
    limits = []
    for line in _read(groups).splitlines():
        _, controllers, own = line.split(":", 2)
        if not controllers:
            limits += _limits(root, own, "memory.max")
        elif "memory" in controllers.split(","):
            limits += _limits(root / "memory", own, "memory.limit_in_bytes")
    return limits


def _limits(root: Path, own: str, name: str) -> list[int]:
    folder = root / own.lstrip("/")
    places = (folder, *(place for place in folder.parents if place.is_relative_to(root)))
    return [int(text) for place in places if (text := _read(place / name)).isdecimal()]


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
