"""The disk that a load needs, estimated before it starts."""

from __future__ import annotations

import shutil
from pathlib import Path

from msgspec import Struct

from functions.extract.dump import Dump, is_remote
from functions.runtime.errors import RefusedError
from functions.runtime.settings import Settings

#: Bytes of disk for one compressed byte of a dump, tables with their indexes and graph together, measured on 20,000
#: generated releases and rounded up. `linernotes bench pipeline` prints it anew.
_STORES_FACTOR = 16
#: PostgreSQL's write-ahead log grows to this at most, and an empty stack has this much.
_MOST_LOG, _EMPTY = 4_000_000_000, 200_000_000


class DiskNeed(Struct, frozen=True):
    """Bytes that a load will need and that are free, on the disk of the embedded stores."""

    stores: int
    work: int
    download: int
    free: int
    place: str

    @property
    def needed(self) -> int:
        """All of it."""
        return self.stores + self.work + self.download

    def sentence(self) -> str:
        """What will be needed and what is there."""
        return (
            f"It will need about {_size(self.needed)} in {self.place} (stores {_size(self.stores)}, "
            f"work {_size(self.work)}, download {_size(self.download)}); {_size(self.free)} are free."
        )


def disk_need(settings: Settings, dump: Dump) -> DiskNeed:
    """What loading a dump into an empty embedded stack needs; a later month needs far less."""
    place = Path(settings.home)
    while not place.exists():
        place = place.parent
    remote = any(is_remote(file.location) for file in dump.files)
    parts = settings.pending_parts * len(dump.files) * settings.part_bytes * 2
    return DiskNeed(
        stores=_EMPTY + dump.bytes * _STORES_FACTOR + min(_MOST_LOG, dump.bytes * _STORES_FACTOR),
        work=min(parts, dump.bytes * 12),
        download=dump.bytes if remote else 0,
        free=shutil.disk_usage(place).free,
        place=str(place),
    )


def check_disk(need: DiskNeed) -> None:
    """Refuse a load that the disk cannot hold.

    Raises:
        RefusedError: there is not enough; the sentence says how much is missing.
    """
    if need.free < need.needed:
        raise RefusedError(f"There is not enough disk. {need.sentence()} Free some, or move LINERNOTES_HOME.")


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
