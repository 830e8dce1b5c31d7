"""What somebody may do: read, operate, or all."""

from __future__ import annotations

from typing import Final, Literal, get_args

Right = Literal["read", "operate", "admin"]

#: From the least to the most; each holds those before it.
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)


def allows(held: Right | None, needed: Right) -> bool:
    """Whether who has one right may do what needs another; None: has none."""
    return held is not None and RIGHTS.index(held) >= RIGHTS.index(needed)
