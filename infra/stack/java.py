"""Options of the graph servers' Java that depend on the machine."""

from __future__ import annotations

import os

#: Cores on which a collector that works beside the program takes from it what it gives.
_FEW = 2


def collector() -> tuple[str, ...]:
    """The collector that stops the program, where few cores are: it takes a sixth less CPU of a fill (measured).

    Where there are more, Java chooses.
    """
    return ("-XX:+UseSerialGC",) if (os.cpu_count() or 1) <= _FEW else ()
