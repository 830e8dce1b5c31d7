"""Pieces of the dump that no document comes from, and whether the quarantine holds each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from functions.runtime.entities import SINGULAR, Entity
from infra.verify.document import Damaged, repaired, tree_of
from infra.verify.record_splitter import SplitPiece
from infra.verify.report import Findings
from infra.verify.stores import Stores

_ATTRIBUTE: Final = re.compile(
    rb"""<\w+(?:\s+[^\s=<>"'/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*?\s+id\s*=\s*["']\s*([0-9]{1,24})\s*["']"""
)
_TAG: Final = re.compile(rb"""(<\w+(?:[^<>"']++|"[^"<]*"|'[^'<]*')*+)>""")
_CHILD: Final = re.compile(rb"<id>\s*([0-9]{1,24})\s*</id>")
_DIGITS: Final = re.compile(r"[ \t\r\n]*([0-9]{1,24})[ \t\r\n]*")
_HIDDEN: Final = re.compile(rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_NESTED: Final = re.compile(rb"<(?:members|aliases|groups|parentLabel|sublabels)\b")


@dataclass(frozen=True, slots=True)
class Damage:
    """A piece that belongs to the quarantine. `id` is None where the piece does not tell it."""

    at: int
    length: int
    id: int | None
    reason: str
    cut_off: bool = False  # by the end of the file; how much of it a reader gets is the reader's luck

    def covers(self, at: int, length: int) -> bool:
        return self.at < at + length and at < self.at + self.length


def damage_of(entity: Entity, piece: SplitPiece, reason: str) -> Damage:
    """The damage that a piece is."""
    return Damage(piece.at, len(piece.data), _stated_id(entity, piece), reason, piece.kind == "tail")


def _stated_id(entity: Entity, piece: SplitPiece) -> int | None:
    if piece.kind in {"stray", "long"}:
        return None
    try:
        record = tree_of(repaired(piece.data)[0])
    except Damaged:
        return _likely_id(entity, piece.data)
    text = record.get("id") if entity in ("masters", "releases") else record.findtext("id")
    match = _DIGITS.fullmatch(text or "")
    return _within(int(match[1])) if match else None


def _likely_id(entity: Entity, data: bytes) -> int | None:
    """The id of a piece that is not well-formed."""
    if entity in ("masters", "releases"):
        match: re.Match[bytes] | re.Match[str] | None = _ATTRIBUTE.match(data) or _written_id(data)
    else:
        text = _HIDDEN.sub(b"", data)
        nested = _NESTED.search(text)
        match = _CHILD.search(text, 0, nested.start() if nested else len(text))
    return _within(int(match[1])) if match else None


def _written_id(data: bytes) -> re.Match[str] | None:
    """The id of a start tag as XML reads it: it may be written with character references."""
    tag = _TAG.match(data)
    try:
        text = tree_of(tag[1].rstrip(b"/") + b"/>").get("id", "") if tag else ""
    except Damaged:
        return None
    return _DIGITS.fullmatch(text)


def _within(number: int) -> int | None:
    return number if number < 1 << 63 else None


def compare_quarantine(
    findings: Findings, stores: Stores, entity: Entity, dump: date, damages: Iterable[Damage]
) -> None:
    """Note each damaged piece that the quarantine lacks.

    A piece is there when a row tells its id, in this dump or, for a record that has not changed since, in an earlier
    one; or when a row of this dump holds bytes of the same place.
    """
    rows = stores.quarantine(entity, dump)
    ids = {id_ for _, _, _, id_ in rows if id_ is not None}
    places = [(at, length) for this_dump, at, length, _ in rows if this_dump]
    for damage in damages:
        findings.quirks["cut off by the end of the file" if damage.cut_off else "quarantined"] += 1
        if damage.id in ids or damage.cut_off or any(damage.covers(*place) for place in places):
            continue
        who = f"{SINGULAR[entity]} {'without a known id' if damage.id is None else damage.id}"
        findings.found(
            "quarantine_missing", f"{who} at byte {damage.at} of the XML ({damage.reason}) is not in the quarantine."
        )
