"""The roles in a credit's free text: `Producer [Additional, Vocal], Mixed By` → Producer, Mixed By."""

from __future__ import annotations


def roles_of(text: str) -> set[str]:
    """The roles, without the notes in brackets. A note that is not closed goes to the end; a stray `]` is text."""
    return {role for part in _without_notes(text).split(",") if (role := part.strip())}


def _without_notes(text: str) -> str:
    if "[" not in text:
        return text
    depth, kept = 0, []
    for character in text:
        if character == "[":
            depth += 1
        elif character == "]" and depth:
            depth -= 1
        elif not depth:
            kept.append(character)
    return "".join(kept)
