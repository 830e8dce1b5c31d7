"""Collecting changed records until they make a part."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from functions.extract.records.part_index import PartIndex


@dataclass(slots=True)
class PartBuilder:
    """The part that is being collected."""

    part_bytes: int
    index: PartIndex = field(default_factory=PartIndex)
    size: int = 0
    _pieces: list[bytes] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """Whether the part has reached its size."""
        return self.size >= self.part_bytes

    def add(self, index: PartIndex, data: bytes, begins: Sequence[int], first: int, behind: int) -> int:
        """Take records that follow one another, until the part has reached its size.

        Args:
            begins: where each record of the index begins in its data, and where the last one ends.
            first: the place in the index of the first record.
            behind: the place behind the last one.

        Returns:
            The place behind the last one taken.
        """
        full = bisect_left(begins, begins[first] + self.part_bytes - self.size, first + 1, behind)
        taken = slice(first, min(full, behind))
        for ours, theirs in zip(self._columns(self.index), self._columns(index), strict=True):
            ours += theirs[taken]
        piece = data[begins[taken.start] : begins[taken.stop]]
        self._pieces.append(piece)
        self.size += len(piece)
        return taken.stop

    def take(self) -> tuple[PartIndex, bytes, int]:
        """The part's index, its XML and the end of its last record in the stream; the next part starts empty."""
        index, pieces = self.index, self._pieces
        self.index, self._pieces, self.size = PartIndex(), [], 0
        return index, b"".join(pieces), index.places[-1] + index.lengths[-1]

    @staticmethod
    def _columns(index: PartIndex) -> tuple[list[int], ...]:
        return index.ids, index.raw, index.lengths, index.places
