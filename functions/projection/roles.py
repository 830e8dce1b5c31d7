"""Roles of a credit: `Producer [Additional, Vocal], Mixed By` is `Mixed By` and `Producer`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_BRACKET = re.compile(r"[\[\]]")
#: Few texts make up most credits; a long one is nearly always the only one of its kind.
_REMEMBERED = 16_384
_LONGEST_REMEMBERED = 200


def roles_of(texts: Iterable[str | None]) -> list[str]:
    """Sorted, distinct roles of one artist's credits: split at commas outside brackets, bracketed notes dropped."""
    found = [_remembered(text) if len(text) <= _LONGEST_REMEMBERED else _split(text) for text in texts if text]
    if len(found) == 1:
        return list(found[0])
    return sorted({role for roles in found for role in roles})


def _split(text: str) -> tuple[str, ...]:
    kept = _without_notes(text) if "[" in text else text
    return tuple(sorted({role for part in kept.split(",") if (role := part.strip())}))


_remembered = lru_cache(_REMEMBERED)(_split)


def _without_notes(text: str) -> str:
    """A bracket that is never closed hides what follows it; one that was never opened is kept."""
    depth, kept, begin = 0, [], 0
    for match in _BRACKET.finditer(text):
        if match[0] == "[":
            if not depth:
                kept.append(text[begin : match.start()])
            depth += 1
        elif depth:
            depth -= 1
            begin = match.end()
    return "".join(kept) + ("" if depth else text[begin:])
