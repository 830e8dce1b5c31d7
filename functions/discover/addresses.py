"""Addresses of pages, as the gateway serves them and whoever links to them writes them.

A record has `/artist/45/aphex-twin`: the id decides, what follows it is for people. A genre or style has its name
alone: `/genre/funk-soul`.
"""

from __future__ import annotations

import re
from typing import Final, Literal
from urllib.parse import quote

from functions.search_entries.words import fold, is_unspaced, name_of

#: Characters of a name that an address shows, and those of which it is made: there are titles of 3 MB.
_LONGEST: Final = 80
_READ: Final = 400
_BETWEEN: Final = re.compile(r"[\W_]+")

NamedKind = Literal["genre", "style"]


def slug(name: str) -> str:
    """The letters and digits of a name with hyphens between: `Funk / Soul` is `funk-soul`; empty for signs only.

    Case and accents go; scripts that set no blanks stay as they are written.
    """
    read = name[:_READ].replace("&", " ")
    plain = read.lower() if read.isascii() else "".join(one if is_unspaced(one) else fold(one) for one in read)
    return _BETWEEN.sub("-", plain).strip("-")[:_LONGEST].rstrip("-")


def record_address(kind: str, record: int, name: str | None = None) -> str:
    """The page of a record: `kind` is `artist`, `label`, `master` or `release`; the name makes it readable."""
    readable = slug(name_of(name)) if name else ""
    return f"/{kind}/{record}/{quote(readable)}" if readable else f"/{kind}/{record}"


def named_address(kind: NamedKind, name: str) -> str:
    """The page of a genre or style; one whose name has no letter keeps the name as it is."""
    return f"/{kind}/{quote(slug(name) or name, safe='')}"
