"""Characters that no store takes."""

from __future__ import annotations

import re

_REFERENCE = re.compile(rb"&#(?:x([0-9a-fA-F]{1,20})|([0-9]{1,20}));")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()


def without_nul(data: bytes) -> tuple[bytes, int]:
    """NUL and surrogates, raw or as references, become U+FFFD: PostgreSQL takes neither. Returns how many did."""
    count = data.count(b"\0")

    def mend(match: re.Match[bytes]) -> bytes:
        nonlocal count
        number = int(match[1], 16) if match[1] else int(match[2])
        if number and not 0xD800 <= number <= 0xDFFF:
            return match[0]
        count += 1
        return _REPLACEMENT

    return _REFERENCE.sub(mend, data.replace(b"\0", _REPLACEMENT)), count
