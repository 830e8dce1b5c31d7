"""Texts of dumps and errors, as they may be shown."""

from __future__ import annotations

import re
from typing import Final

#: What would steer a terminal, or turn the direction of a line: all control characters but line feed and tab. And bytes
#: of a file's name that are no UTF-8, which nothing prints.
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    """A text with its control characters written out, as in `\\x1b`: what may be shown of a dump."""
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
