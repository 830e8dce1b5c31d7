"""Two orders of records made one: reciprocal rank fusion, names that were typed in full first.

A record that few know has no text and so no vector: were its name no more than a rank among others, whoever types it
would find others first, which have both.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Final, TypeVar

K = TypeVar("K", bound=Hashable)

#: How little the first ranks differ from each other: the usual value (Cormack, Clarke and Büttcher, SIGIR 2009).
DAMPING: Final = 60


def fuse(first: Sequence[K], *orders: Iterable[K]) -> list[K]:
    """The records of some orders, by the sum of their reciprocal ranks; of equal sums in the order of the first list.

    Args:
        first: records that stand before all others, in their own order.
        orders: the others, each with the best first.
    """
    sums: dict[K, float] = {}
    for order in orders:
        for rank, key in enumerate(order, 1):
            sums[key] = sums.get(key, 0.0) + 1 / (DAMPING + rank)
    known = set(first)
    return [*first, *sorted((key for key in sums if key not in known), key=lambda key: -sums[key])]
