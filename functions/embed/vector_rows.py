"""Rows of vectors in the binary form of PostgreSQL's COPY, made by numpy as a whole: text took ten times as long."""

from __future__ import annotations

from typing import Any, Final

_BEGIN: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END: Final = b"\xff\xff"


def binary_rows(ids: Any, keys: Any, vectors: Any) -> bytes:
    """Rows of (bigint, bigint, halfvec).

    Args:
        ids: of records, as an array of int64.
        keys: of their texts, likewise.
        vectors: one for each of the first rows, as an array of floats; further rows have NULL.
    """
    import numpy as np

    filled, dimensions = vectors.shape
    head = [
        ("fields", ">i2"),
        ("id_bytes", ">i4"),
        ("id", ">i8"),
        ("key_bytes", ">i4"),
        ("key", ">i8"),
        ("bytes", ">i4"),
    ]
    rows = np.zeros(filled, dtype=[*head, ("dimensions", ">i2"), ("unused", ">i2"), ("vector", ">f2", (dimensions,))])
    rows["vector"], rows["dimensions"], rows["bytes"] = vectors, dimensions, 4 + 2 * dimensions
    without = np.zeros(len(ids) - filled, dtype=head)
    without["bytes"] = -1
    for part, begin in ((rows, 0), (without, filled)):
        part["fields"], part["id_bytes"], part["key_bytes"] = 3, 8, 8
        part["id"], part["key"] = ids[begin : begin + len(part)], keys[begin : begin + len(part)]
    return b"".join((_BEGIN, rows.tobytes(), without.tobytes(), _END))
