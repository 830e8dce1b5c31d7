"""Counts in sentences."""

from __future__ import annotations


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 part`, `2 parts`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
