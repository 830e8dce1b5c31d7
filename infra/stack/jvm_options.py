"""Options of the graph servers' Java that depend on the machine."""

from __future__ import annotations

import os

#: Cores on which what works beside the program, a collector or a compiler, takes from it what it gives.
_FEW = 2


def on_few_cores() -> tuple[str, ...]:
    """The collector that stops the program, and a compiler that inlines less, where few cores are.

    The collector takes a sixth less CPU of a fill. The thorough compiler otherwise spends more on a server's first
    hundred thousand records than they do, and goes on for long (`docs/performance.md` has the figures). Where there
    are more cores, Java chooses.
    """
    if (os.cpu_count() or 1) > _FEW:
        return ()
    return ("-XX:+UseSerialGC", "-XX:FreqInlineSize=100", "-XX:InlineSmallCode=600")
