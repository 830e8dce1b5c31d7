"""The share of records that a run may remove: beyond it nothing is removed, and the run stops."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from pyroaring import BitMap64

from functions.runtime.entities import Entity


class Removal(Struct, frozen=True):
    """What a run would remove of one entity."""

    entity: Entity
    ids: BitMap64
    stored: int

    @property
    def share(self) -> float:
        """The part of the stored records that would go, 0 to 1."""
        return len(self.ids) / self.stored if self.stored else 0.0


def over_limit(removals: Iterable[Removal], limit: float) -> str | None:
    """A sentence for the removals that are more than the limit allows; None when all are within it."""
    over = [
        f"{len(removal.ids)} of {removal.stored} {removal.entity} ({removal.share:.1%})"
        for removal in removals
        if removal.share > limit
    ]
    if not over:
        return None
    return (
        f"The dump lacks {', '.join(over)}, more than the limit of {limit:.1%}: nothing was removed; "
        f"if that is right, load it again with --accept-deletions."
    )
