"""A set of record ids in a few bytes each: 34 million of them take a few megabytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from pyroaring import BitMap64

#: Roaring bitmaps hold unsigned numbers; ids are signed 64-bit ones.
_SHIFT = 1 << 63


class IdSet:
    """Ids of one entity. Iterates in ascending order."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._bits = BitMap64(number + _SHIFT for number in ids)

    @classmethod
    def _of(cls, bits: BitMap64) -> IdSet:
        made = cls()
        made._bits = bits
        return made

    def add(self, id: int) -> None:  # noqa: A002 - the field's own name
        self._bits.add(id + _SHIFT)

    def update(self, ids: Iterable[int]) -> None:
        self._bits.update(number + _SHIFT for number in ids)

    def batches(self, size: int) -> Iterator[list[int]]:
        """The ids in ascending order, `size` at a time."""
        ids = iter(self)
        while batch := list(islice(ids, size)):
            yield batch

    def __contains__(self, id: int) -> bool:  # noqa: A002
        return (id + _SHIFT) in self._bits

    def __iter__(self) -> Iterator[int]:
        return (number - _SHIFT for number in self._bits)

    def __len__(self) -> int:
        return len(self._bits)

    def __or__(self, other: IdSet) -> IdSet:
        return self._of(self._bits | other._bits)

    def __and__(self, other: IdSet) -> IdSet:
        return self._of(self._bits & other._bits)

    def __sub__(self, other: IdSet) -> IdSet:
        return self._of(self._bits - other._bits)
