"""The CHECKSUM file of a dump: `<sha256> <name>`, with one space, two spaces, or a space and a star.

Files made by hand are read as well: a name with its folders, as in `./name`, comments, a byte order mark.
"""

from __future__ import annotations

import codecs
import re

from functions.runtime.errors import SourceError

_LINE = re.compile(r"([0-9a-fA-F]{64})[ \t]+\*?(\S.*?)\s*")
_COMMENT = ("#", ";")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode_checksums(data: bytes) -> str:
    """The text of a CHECKSUM file, without its byte order mark."""
    encoding = "utf-16" if data.startswith(_UTF_16) else "utf-8-sig"
    return data.decode(encoding, errors="replace")


def parse_checksums(text: str, name: str) -> dict[str, str]:
    """SHA-256 (hex, lower case) by file name, without the folders that a line may name.

    Raises:
        SourceError: a line is none of the known forms, or two lines say different sums of one file; the sentence names
            the file and the line.
    """
    sums: dict[str, str] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        content = line.strip()
        if not content or content.startswith(_COMMENT):
            continue
        match = _LINE.fullmatch(content)
        if not match:
            raise SourceError(f"{name}, line {number} is no checksum: {line[:80]!r}.")
        file, digest = re.split(r"[/\\]", match[2])[-1], match[1].lower()
        if sums.setdefault(file, digest) != digest:
            raise SourceError(f"{name}, line {number} gives {file} another checksum than a line before it.")
    return sums
