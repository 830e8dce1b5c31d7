"""The CHECKSUM file of a dump: `<sha256> <name>`, with one space, two spaces, or a space and a star."""

from __future__ import annotations

import re

from functions.runtime.errors import SourceError

_LINE = re.compile(r"([0-9a-fA-F]{64})[ \t]+\*?(\S.*?)\s*")


def parse_checksums(text: str, name: str) -> dict[str, str]:
    """SHA-256 (hex, lower case) by file name.

    Raises:
        SourceError: a line is none of the known forms; the sentence names the file and the line.
    """
    sums = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        if not match:
            raise SourceError(f"{name}, line {number} is no checksum: {line[:80]!r}.")
        sums[match[2]] = match[1].lower()
    return sums
