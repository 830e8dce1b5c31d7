"""Texts that people look for, as patterns of SQL."""

from __future__ import annotations


def like(text: str | None) -> str | None:
    """The pattern for ILIKE of texts that hold this one; None for no text."""
    if not text:
        return None
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
