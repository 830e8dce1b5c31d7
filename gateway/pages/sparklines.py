"""Sparklines: figures over a while as small lines, drawn on the server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from functions.operations.queue_depths import QueueDepth

#: Units of the drawing, and those above and below the line, so that it is whole at its ends.
WIDTH: Final = 100
HEIGHT: Final = 20
_MARGIN: Final = 1


class Sparkline(Struct, frozen=True):
    """One line: `path` as SVG has it, `most` its highest value."""

    name: str
    path: str
    most: float


def sparklines(depths: Iterable[QueueDepth] | None) -> dict[str, Sparkline]:
    """The line of each queue, by its name."""
    return {depth.name: sparkline(depth.name, depth.values) for depth in depths or ()}


def sparkline(name: str, values: Sequence[float | None]) -> Sparkline:
    """Steps from value to value, each as wide as the time that it stands for; where none is known there is a gap."""
    most = max((value for value in values if value is not None), default=0.0)
    room = HEIGHT - 2 * _MARGIN
    heights = [None if value is None else round(HEIGHT - _MARGIN - value / (most or 1) * room) for value in values]
    return Sparkline(name, _steps(heights, WIDTH / max(1, len(values))), most)


def _steps(heights: Sequence[int | None], width: float) -> str:
    """Only where something changes there is a point: most queues are flat for most of the time."""
    said, before = "", None
    for place, height in enumerate([*heights, None]):
        x = round(place * width)
        if height != before:
            said += f"H{x}" if before is not None else f"M{x} {height}"
            said += f"V{height}" if None not in (before, height) else ""
        before = height
    return said
