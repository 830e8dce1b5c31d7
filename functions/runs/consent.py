"""Who has asked for something, and to how much they have agreed."""

from __future__ import annotations

from functions.runtime.errors import RefusedError


def signed(by: str | None) -> dict[str, str]:
    """What an event's detail says of who has caused it; nothing where it was no person."""
    return {"by": by} if by else {}


def refuse_more(what: str, found: int, most: int | None) -> None:
    """Refuse to act on more than somebody has agreed to; None: they have agreed to all.

    Raises:
        RefusedError: there are more by now.
    """
    if most is not None and found > most:
        raise RefusedError(
            f"There are {found:,} {what} now, and {most:,} were agreed to: look again, and confirm the new number."
        )
