"""The month in which a record last changed, and what changed in it, in words."""

from __future__ import annotations

import datetime as dt
from typing import Final, Literal

import msgspec
from msgspec import Struct

from functions.discover.months.fields import FieldChange, field_changes
from functions.history.patch import Patch

_decode = msgspec.json.Decoder(Patch).decode

#: Characters of a value that are told.
_LONGEST: Final = 200


class LastChange(Struct, frozen=True):
    """What became of a record in the month `dump` (YYYYMMDD).

    `kind` is `first` where the record stands as the first load brought it, as far as is known; `added` where a later
    month brought it, or brought it again. `fields` are the first differences, long values cut; `more` counts the rest.
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
    fields = [_cut(one) for one in field_changes(differences)]
    return LastChange(f"{changed_in:%Y%m%d}", "changed", fields, len(differences) - len(fields))


def _cut(one: FieldChange) -> FieldChange:
    return FieldChange(one.field, _first_of(one.before), _first_of(one.after))


def _first_of(text: str | None) -> str | None:
    return text if text is None or len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
