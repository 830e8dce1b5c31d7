"""Damage: records that a loader must set aside (or mend, for a NUL), while the rest of the dump goes on.

One in 20,000 records for each kind, the first of each within the first two hundred records of a file. A record without
an id keeps a loader from deleting anything of that entity, so damage is off unless asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from functions.runtime.entities import SINGULAR, Entity

_PERIOD, _FIRST, _STEP = 20_000, 20, 23
#: How many records later a duplicate follows.
LATER: Final = 3
_MARK: Final = b"</data_quality>"


def _insert(text: bytes) -> Callable[[bytes], bytes]:
    return lambda record: record.replace(_MARK, text + _MARK, 1)


def _without_id(record: bytes) -> bytes:
    if b"<id>" in record[:14]:
        return record[: record.index(b"<id>")] + record[record.index(b"</id>") + 5 :]
    return record[: record.index(b" ")] + record[record.index(b">") :]


#: What is done to the record itself.
_SPOILED: Final[dict[str, Callable[[bytes], bytes]]] = {
    "ampersand": _insert(b" Rock & Roll"),
    "control_character": _insert(b"\x08"),
    "open_tag": _insert(b"<b>"),
    "not_utf8": _insert(b" Bj\xf6rk \xff\xfe"),
    "nul_reference": _insert(b"&#0;"),
    "without_id": _without_id,
}
#: What follows a record as its duplicate.
_COPIES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "duplicate": lambda record: record,
    "duplicate_with_other_text": _insert(b" (again)"),
}

KINDS: Final = (*_SPOILED, *_COPIES)


def damage_at(index: int) -> str | None:
    """The kind of damage that the record at an index has, in any entity."""
    kind, rest = divmod(index % _PERIOD - _FIRST, _STEP)
    return KINDS[kind] if rest == 0 and 0 <= kind < len(KINDS) else None


def damaged_indices(count: int) -> list[int]:
    """The indices below `count` that `damage_at` names."""
    places = (start + _FIRST + _STEP * kind for start in range(0, count, _PERIOD) for kind in range(len(KINDS)))
    return [place for place in places if place < count]


def spoil(kind: str, record: bytes) -> tuple[bytes, bytes | None]:
    """The record as it is written, and the duplicate that follows `LATER` records after it, if any."""
    if kind in _SPOILED:
        return _SPOILED[kind](record), None
    return record, _COPIES[kind](record)


def record_end(entity: Entity) -> bytes:
    """What ends a record in the files of this package; within a record no line ends so."""
    return f"</{SINGULAR[entity]}>\n".encode()
