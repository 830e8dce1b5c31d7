"""Dates, lengths, formats and roles as people read them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from functions.discover.lookup.words import WrittenFormat, formats_in_words
from functions.extract.records.record import Format

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_WEB: Final = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


def full_date(released: str | None) -> str:
    """`1969-09-26` as `26 September 1969`, `1969-09-00` as `September 1969`; what is no date stays as it is."""
    text = (released or "").strip()
    match = _DATE.fullmatch(text)
    if not match:
        return text
    year, month, day = match[1], int(match[2] or 0), int(match[3] or 0)
    if not 1 <= month <= len(_MONTHS):
        return year if month == 0 else text
    return f"{day} {_MONTHS[month - 1]} {year}" if 1 <= day <= 31 else f"{_MONTHS[month - 1]} {year}"


def formats(written: Iterable[Format] | None) -> str:
    """Formats in one line: `2 × Vinyl, LP, Album (red) + CD`."""
    return formats_in_words([WrittenFormat(one.descriptions, one.name, one.qty, one.text) for one in written or ()])


def length(seconds: str | None) -> str:
    """Seconds as the dump has them, as `3:05`; empty for what is none."""
    number = int(seconds) if seconds and seconds.isascii() and seconds.isdigit() and len(seconds) < 8 else 0
    minutes, rest = divmod(number, 60)
    hours, minutes = divmod(minutes, 60)
    if not number:
        return ""
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def web_address(text: str | None) -> str | None:
    """An address of http or https that may be linked to; None for any other text."""
    return text if text and _WEB.fullmatch(text) else None


def sentence_case(text: str) -> str:
    """`Lacquer Cut At` as `Lacquer cut at`."""
    return text[:1] + text[1:].lower()
