"""Each volume that stores lie on: what is free there, against what the next month needs."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from functions.runs.disk_estimate import Room, month_need, size_text
from functions.runtime.stores.context import Context

_KEPT_S: Final = 60.0


class VolumeView(Struct, frozen=True):
    """One volume. `needed` is what the next month will take there, by purpose in `purposes`; all are bytes.

    `short` is a sentence where that does not fit.
    """

    place: str
    free: int
    needed: int
    purposes: dict[str, int]
    short: str | None


def disk_views(context: Context) -> list[VolumeView]:
    """The volumes of this machine that hold stores; none where nothing was loaded yet. Kept for a minute.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
    """
    return context.memory.recall("disk", _KEPT_S, lambda: _read(context))


def _read(context: Context) -> list[VolumeView]:
    need = month_need(context)
    return [_view(room) for room in need.rooms] if need else []


def _view(room: Room) -> VolumeView:
    short = f"The next month needs about {size_text(room.needed)} in {room.place}, and {size_text(room.free)} are free."
    return VolumeView(room.place, room.free, room.needed, room.purposes, short if room.free < room.needed else None)
