"""Which styles belong to which genres, read from the counts."""

from __future__ import annotations

from functions.counts.deltas import Connection
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "counts.sql")

_BETWEEN = "\x1f"

#: Bytes of a style and a genre together, as in `counted_keys`: no index takes the key of more.
_LONGEST_PAIR = 2_500


def is_pair(style: str, genre: str) -> bool:
    """Whether a style can be said to be part of a genre: both together are no longer than an index takes."""
    return len(style.encode()) + len(genre.encode()) <= _LONGEST_PAIR


def part_of_pairs(connection: Connection) -> set[tuple[str, str]]:
    """Every (style, genre) of which there is a record with that genre alone, once the counts are brought."""
    pairs = (key.partition(_BETWEEN) for (key,) in connection.execute(_sql.part_of))
    return {(style, genre) for style, _, genre in pairs}
