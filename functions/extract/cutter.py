"""Collecting changed records until they make a part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from functions.extract.part_file import PartIndex


class Found(NamedTuple):
    """A record of the stream: its id, where it begins, its bytes and their digest."""

    id: int
    at: int
    data: bytes
    raw: int

    @property
    def end(self) -> int:
        """Where the record ends in the stream."""
        return self.at + len(self.data)


@dataclass(slots=True)
class Cutter:
    """The part that is being collected."""

    part_bytes: int
    records: list[Found] = field(default_factory=list)
    size: int = 0

    def add(self, record: Found) -> bool:
        """Take a record; true when the part has reached its size."""
        self.records.append(record)
        self.size += len(record.data)
        return self.size >= self.part_bytes

    def take(self) -> tuple[PartIndex, bytes, int]:
        """The part's index, its XML and the end of its last record; the next part starts empty."""
        records, self.records, self.size = self.records, [], 0
        index = PartIndex(
            ids=[record.id for record in records],
            raw=[record.raw for record in records],
            lengths=[len(record.data) for record in records],
            places=[record.at for record in records],
        )
        return index, b"".join(record.data for record in records), records[-1].end
