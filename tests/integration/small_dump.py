"""Dumps of a few hundred kilobytes that need not be parsed, and patience that does not wait."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from pathlib import Path

from functions.extract.download.retry_policy import DownloadRetry
from functions.runtime.entities import ENTITIES

DATE = "20260401"
SIZE = 300_000


def name_of(entity: str, date: str = DATE) -> str:
    """The name of a file of a dump."""
    return f"discogs_{date}_{entity}.xml.gz"


def bytes_of(entity: str, date: str = DATE, size: int = SIZE) -> bytes:
    """What is in it."""
    return random.Random(f"{date}{entity}").randbytes(size)


def sha256_of(entity: str, date: str = DATE, size: int = SIZE) -> str:
    """Its SHA-256."""
    return hashlib.sha256(bytes_of(entity, date, size)).hexdigest()


def place_dump(root: Path, date: str = DATE, *, size: int = SIZE, checksums: bool = True) -> Path:
    """Write a dump; returns its root."""
    folder = root / "data" / date[:4]
    folder.mkdir(parents=True, exist_ok=True)
    for entity in ENTITIES:
        (folder / name_of(entity, date)).write_bytes(bytes_of(entity, date, size))
    if checksums:
        lines = [f"{sha256_of(entity, date, size)} {name_of(entity, date)}\n" for entity in ENTITIES]
        (folder / f"discogs_{date}_CHECKSUM.txt").write_text("".join(lines))
    return root


@dataclass
class Waiter:
    """Patience whose clock goes on by what it sleeps, and by `tick` at each look."""

    tries: int = 4
    tick: float = 0.0
    slept: list[float] = field(default_factory=list)
    now: float = 0.0

    @property
    def retry(self) -> DownloadRetry:
        """The rules, with this sleep and this clock."""
        return DownloadRetry(
            tries=self.tries,
            longest_s=100,
            first_s=1,
            most_s=30,
            jitter=False,
            sleep=self.slept.append,
            clock=self._look,
        )

    def _look(self) -> float:
        self.now += self.tick
        return self.now
