"""A text as people give it, in the form in which a store can be asked for it."""

from __future__ import annotations


def sound(text: str) -> str:
    """The text without what no store takes: NUL characters, and halves of characters, as a terminal may send them."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode()
