"""Roles of a credit: `Producer [Additional, Vocal], Mixed By` is `Mixed By` and `Producer`."""

from __future__ import annotations

from collections.abc import Iterable


def roles_of(texts: Iterable[str | None]) -> list[str]:
    """Sorted, distinct roles of one artist's credits: split at commas outside brackets, bracketed notes dropped."""
    return sorted({role for text in texts if text for role in _split(text)})


def _split(text: str) -> Iterable[str]:
    depth, kept = 0, []
    for character in text:
        if character == "[":
            depth += 1
        elif character == "]" and depth:
            depth -= 1
        elif not depth:
            kept.append(character)
    return (role for part in "".join(kept).split(",") if (role := part.strip()))
