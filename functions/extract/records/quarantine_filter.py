"""Which pieces in quarantine are meant: for lists, and for parsing them again."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from msgspec import Struct

from functions.runtime.entities import Entity
from functions.runtime.stores.text_search import like

_NAME: Final = "quarantine"

#: Pieces in which a text or a time is looked for: the newest that match all else.
MOST_SEARCHED: Final = 100_000


class PieceFilter(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which pieces: all that match every field that is given.

    `number` is of one piece, `dump` the one that it was found in, `record` the id of its record. `text` is looked for
    in the detail, and `until` is the first moment that no longer counts; both, and `since`, among the newest 100,000
    that match all else.
    """

    number: int | None = None
    entity: Entity | None = None
    dump: dt.date | None = None
    reason: str | None = None
    run: int | None = None
    record: int | None = None
    text: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


def filter_values(wanted: PieceFilter) -> dict[str, Any]:
    """The values of a filter in a statement."""
    searches = bool(wanted.text or wanted.since or wanted.until)
    return msgspec.structs.asdict(wanted) | {"text": like(wanted.text), "among": MOST_SEARCHED if searches else None}


def retry_source(wanted: PieceFilter) -> str:
    """The source of a run that parses these pieces again, as in `quarantine` or `quarantine number=12`."""
    given = msgspec.to_builtins(wanted)
    return f"{_NAME} {urlencode(given)}" if given else _NAME


def retried(source: str) -> PieceFilter:
    """The pieces that a run of this source parses again."""
    text = source.removeprefix(_NAME).strip()
    given = {"number": text} if text.isdigit() else dict(parse_qsl(text))  # a number alone: runs of earlier versions
    return msgspec.convert(given, PieceFilter, strict=False)
