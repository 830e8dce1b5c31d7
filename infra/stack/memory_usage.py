"""Memory of a process and all that it has started."""

from __future__ import annotations

import psutil


def memory_of(pid: int | None) -> int:
    """Bytes of memory of a process and its descendants; 0 when it is gone.

    What the descendants share with it (PostgreSQL's buffers) is counted once.
    """
    if pid is None:
        return 0
    try:
        process = psutil.Process(pid)
        total = int(process.memory_info().rss)
        descendants = process.children(recursive=True)
    except psutil.NoSuchProcess:
        return 0
    return total + sum(_own_memory(one) for one in descendants)


def _own_memory(process: psutil.Process) -> int:
    try:
        memory = process.memory_info()
    except psutil.NoSuchProcess:
        return 0
    return int(memory.rss) - int(getattr(memory, "shared", 0))
