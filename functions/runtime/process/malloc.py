"""How a worker's C library keeps memory."""

from __future__ import annotations

import ctypes
from typing import Final

# From glibc's malloc.h.
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8

#: The largest that glibc takes for the second.
_LARGE: Final = 32 * 1024 * 1024


def keep_freed_memory() -> None:
    """Have blocks of some megabytes come from memory that was used before; call it before any thread starts.

    Each part needs the same few of them. By default glibc gives each back to the kernel, which clears every page anew:
    a third of the CPU of writing tables, a fifth of that of parsing. One arena for all threads holds what is kept to
    once. Does nothing where the C library is another one.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)
        mallopt(_MMAP_THRESHOLD, _LARGE)
        mallopt(_TRIM_THRESHOLD, 2 * _LARGE)


def give_back_freed_memory() -> None:
    """Let the kernel have what was kept, for a worker that has nothing to do for a while."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
