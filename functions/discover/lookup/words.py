"""Artists and formats of a release in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

_NUMBERED: Final = re.compile(r" \([0-9]{1,4}\)\Z")


class WrittenArtist(Struct):
    """An artist as a release credits it."""

    anv: str | None = None
    join: str | None = None
    name: str | None = None


class WrittenFormat(Struct):
    """A format as a release has it."""

    descriptions: list[str] | None = None
    name: str | None = None
    qty: str | None = None
    text: str | None = None


def plain_name(name: str) -> str:
    """A name without the number in brackets that tells it from others of the same name."""
    return _NUMBERED.sub("", name)


def artists_in_words(artists: Sequence[WrittenArtist]) -> str:
    """Artists as they are credited, with what joins them: `A & B`."""
    said = ""
    for artist in artists:
        join = artist.join or ("" if artist is artists[-1] else ",")
        said += (artist.anv or plain_name(artist.name or "")) + ("" if join == "," else " ") + join + " "
    return said.strip(" ")


def formats_in_words(formats: Sequence[WrittenFormat]) -> str:
    """Formats as one line: `2 × Vinyl, LP, Album (red) + CD`."""
    return " + ".join(filter(None, map(_format, formats)))


def _format(written: WrittenFormat) -> str:
    count = f"{written.qty} × " if written.qty not in (None, "", "0", "1") else ""
    words = ", ".join([written.name or "", *(written.descriptions or ())]).strip(", ")
    return f"{count}{words}" + (f" ({written.text})" if written.text else "")
