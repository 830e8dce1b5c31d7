"""Differences of a record as people read them: the field in words, and what it said before and after."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import UNSET, Struct

from functions.history.patch import Difference, Patch

#: Differences of a record that are told; its patch has all.
MOST: Final = 20
_AND_ITS: Final = " › "


class FieldChange(Struct, frozen=True):
    """A field in words, as in `tracklist › 3 › title`, and its value on either side; null where it has none."""

    field: str
    before: str | None
    after: str | None


def field_changes(patch: Patch) -> list[FieldChange]:
    """The first differences of a patch."""
    return [FieldChange(field_name(one), _value(one.before, one), _value(one.after, one)) for one in patch[:MOST]]


def field_name(one: Difference) -> str:
    """Where a difference is; items of lists are counted from 1."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in one.path.split("/")[1:]]
    words = [str(int(step) + 1) if step.isascii() and step.isdigit() else step.replace("_", " ") for step in steps]
    if one.at is not UNSET:
        words.append(f"from {one.at + 1}" if _count(one) > 1 else str(one.at + 1))
    return _AND_ITS.join(words) or "all of it"


def _count(one: Difference) -> int:
    return max(len(side) for side in (one.before, one.after) if isinstance(side, list))


def _value(value: Any, one: Difference) -> str | None:
    if value is UNSET:
        return None
    if one.at is not UNSET and isinstance(value, list):
        return "\n".join(map(_text, value)) if value else None
    return _text(value)


def _text(value: Any) -> str:
    """A text as it is, an object by its fields, anything else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_text(item)}" for name, item in value.items())
    if isinstance(value, list):
        return "; ".join(map(_text, value))
    return msgspec.json.encode(value).decode()
