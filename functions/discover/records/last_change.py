"""The month in which a record last changed, and what changed in it, in words."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, Struct

from functions.history.patch import Difference, Patch

_decode = msgspec.json.Decoder(Patch).decode

#: Differences that are told, and characters of a value.
_MOST: Final = 20
_LONGEST: Final = 200
_NUMBER: Final = re.compile(r"[0-9]{1,6}")


class FieldChange(Struct, frozen=True):
    """A field that changed, as in `tracklist 4, title`; a side that has none is None, a long one is cut."""

    field: str
    before: str | None
    after: str | None


class LastChange(Struct, frozen=True):
    """What became of a record in the month `dump` (YYYYMMDD).

    `kind` is `first` where the record stands as the first load brought it, as far as is known; `added` where a later
    month brought it, or brought it again. `more` counts differences that `fields` leaves out.
    """

    dump: str
    kind: Literal["first", "added", "changed"]
    fields: list[FieldChange] = []
    more: int = 0


def last_change(written_in: dt.date, changed_in: dt.date | None, kind: str | None, patch: str | None) -> LastChange:
    """What is known of a record's last change.

    Args:
        written_in: the month of the document.
        changed_in: that of the last row of its history, with its kind and patch; None where it has none.
    """
    if changed_in is None or kind == "removed":
        return LastChange(f"{written_in:%Y%m%d}", "first")
    if kind == "added":
        return LastChange(f"{changed_in:%Y%m%d}", "added")
    differences = _decode(patch) if patch else []
    fields = [_told(one) for one in differences[:_MOST]]
    return LastChange(f"{changed_in:%Y%m%d}", "changed", fields, len(differences) - len(fields))


def _told(one: Difference) -> FieldChange:
    return FieldChange(_place(one), _value(one.before), _value(one.after))


def _place(one: Difference) -> str:
    """A JSON Pointer in words: places in lists count from 1."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in one.path.split("/")[1:]]
    if one.at is not UNSET:
        steps.append(str(one.at))
    said = ""
    for step in steps:
        if _NUMBER.fullmatch(step):
            said += f" {int(step) + 1}"
        else:
            said += (", " if said else "") + step.replace("_", " ")
    return said.strip() or "document"


def _value(value: Any) -> str | None:
    if value is UNSET or value is None or value == []:
        return None
    text = ", ".join(_texts(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _texts(value: Any) -> Iterator[str]:
    """The values in a piece of a document, in their order."""
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, bool):
        yield "yes" if value else "no"
    elif value is not None:
        yield str(value)
