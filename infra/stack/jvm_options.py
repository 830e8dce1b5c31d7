"""Options of the graph servers' Java: its heap, and what depends on the machine."""

from __future__ import annotations

import os

#: Cores on which what works beside the program, a collector or a compiler, takes from it what it gives.
_FEW = 2

#: Megabytes of a heap at its start, to which it shrinks again. By itself Java takes a part of the machine's memory.
_FIRST_MB = 256
_MB = {"m": 1, "g": 1_024}


def heap(most: str) -> tuple[str, ...]:
    """The bounds of a heap, as in `1g` or `512m` at most."""
    megabytes = int(most[:-1]) * _MB[most[-1]]
    return (f"-Xmx{most}", f"-Xms{min(_FIRST_MB, megabytes)}m")


def on_few_cores() -> tuple[str, ...]:
    """The collector that stops the program, and a compiler that inlines less, where few cores are.

    The collector takes a sixth less CPU of a fill. The thorough compiler otherwise spends more on a server's first
    hundred thousand records than they do, and goes on for long (`docs/performance.md` has the figures). Where there
    are more cores, Java chooses.
    """
    if (os.cpu_count() or 1) > _FEW:
        return ()
    return ("-XX:+UseSerialGC", "-XX:FreqInlineSize=100", "-XX:InlineSmallCode=600")
