"""What a month did to one record, also when it writes the record more than once or comes after a newer month.

Pure: rows and documents in, a row out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Literal

from msgspec import Struct

from functions.history.patch import Patch, PatchError, diff, undo

Kind = Literal["added", "changed", "removed"]
DocumentData = dict[str, Any]


class Row(Struct, frozen=True):
    """What was known of one month of a record."""

    dump: dt.date
    kind: Kind
    patch: Patch


class Net(Struct, frozen=True):
    """What a month did. A removed record has a patch where the same month had changed its last document first."""

    kind: Kind
    patch: Patch


class UnknownChange(Exception):
    """The rows do not tell how the record stood before."""


def net_change(
    rows: Iterable[Row], old: DocumentData | None, tombstone: DocumentData | None, new: DocumentData | None
) -> Net | None:
    """What a month did to a record from how it stood before the month to `new`; None when that is nothing.

    Args:
        rows: of this month and later ones, which this write undoes.
        old: the document as it stands; None when there is none.
        buried: its tombstone.
        new: the document that is being written; None when the record goes.

    Where the rows do not tell how the record stood before the month, it counts from `old`: that is so only when an
    older dump is loaded by force over months in which the record went and came back.
    """
    try:
        before = _before(rows, old, tombstone)
    except UnknownChange:
        before = old
    if before is None:
        return Net("added", []) if new is not None else None
    last = old if new is None else new
    patch = diff(before, last) if last is not None else []
    if new is None:
        return Net("removed", patch)
    return Net("changed", patch) if patch else None


def _before(rows: Iterable[Row], old: DocumentData | None, tombstone: DocumentData | None) -> DocumentData | None:
    """How the record stood before the earliest of these rows."""
    document = old
    for row in sorted(rows, key=lambda row: row.dump, reverse=True):
        document, tombstone = _undone(row, document, tombstone), None
    return document


def _undone(row: Row, document: DocumentData | None, tombstone: DocumentData | None) -> DocumentData | None:
    if row.kind == "added":
        return None
    after = tombstone if row.kind == "removed" else document
    if after is None:
        raise UnknownChange
    try:
        before: DocumentData = undo(after, row.patch)
    except PatchError as error:
        raise UnknownChange from error
    return before
