"""Profiles and notes: their markup cut into parts that a page can show, and the records that they mention.

The markup is that of Discogs: `[a=Name]`, `[l=Name]`, `[a123]`, `[l123]`, `[m123]`, `[r=123]`, `[b]`, `[i]`, `[u]`,
`[url=…]…[/url]`, `[url]…[/url]`, `[img=…]`, `[quote]`. What is not known is a text. Pure: a text in, parts out; nothing
of it is HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from functions.discover.records.names import Kind

_KIND_OF_LETTER: Final[dict[str, Kind]] = {"a": "artist", "l": "label", "m": "master", "r": "release"}

_ADDRESS: Final = r"https?://[^\s\[\]<>\"'`\\^{|}]+"
_TOKEN: Final = re.compile(
    r"\[(?P<letter>[almr])=?(?P<id>[0-9]{1,18})\]"
    r"|\[(?P<name_letter>[al])=(?P<name>[^\[\]\n]{1,300}(?:\[[^\[\]\n]{0,100}\][^\[\]\n]{0,100})?)\]"
    r"|\[(?P<close>/?)(?P<style>[biu]|quote)(?:=[^\[\]\n]{0,200})?\]"
    rf"|\[url=(?P<url>{_ADDRESS})\]|(?P<end>\[/url\])"
    rf"|\[url\](?P<bare>{_ADDRESS})\[/url\]"
    rf"|\[img=(?P<image>{_ADDRESS})\]|\[img\](?P<bare_image>{_ADDRESS})\[/img\]"
    rf"|(?P<plain>{_ADDRESS})",
    re.IGNORECASE,
)
_OUR_RECORD: Final = re.compile(
    r"https?://(?:www\.)?discogs\.com/(?:[a-z]{2}(?:_[a-z]{2})?/)?(?:[^/?#]+/)?(artist|label|master|release)/([0-9]{1,18})"
    r"(?:-[^/?#]*)?(?:\?.*)?",
    re.IGNORECASE,
)
_PARAGRAPH: Final = re.compile(r"\n[ \t]*\n\s*")
#: Signs at the end of an address that belong to the sentence around it.
_TRAILING: Final = ".,;:!?)"


class Mention(Struct, frozen=True):
    """A record that a text mentions: by its id, or by its whole name; a name of digits may be meant as an id."""

    kind: Kind
    id: int | None = None
    name: str | None = None


class Part(Struct, frozen=True, omit_defaults=True):
    """A piece of text. `url` is an address elsewhere, `mention` a record; the text of a bare mention is empty."""

    text: str
    bold: bool = False
    italic: bool = False
    underlined: bool = False
    url: str | None = None
    mention: Mention | None = None


class Block(Struct, frozen=True, omit_defaults=True):
    """A paragraph, which may have lines; or a quotation."""

    parts: list[Part]
    quoted: bool = False


class _Reader:
    """What is open while a text is read from the left to the right."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.parts: list[Part] = []
        self.open: set[str] = set()
        self.url: str | None = None

    def add(self, text: str, url: str | None = None, mention: Mention | None = None) -> None:
        """Add a piece as what is open has it."""
        if not text and not mention:
            return
        url, mention = (url, mention) if url or mention else _target(self.url)
        self.parts.append(Part(text, "b" in self.open, "i" in self.open, "u" in self.open, url, mention))

    def add_text(self, text: str) -> None:
        """Add what has no markup: paragraphs."""
        first, *others = _PARAGRAPH.split(text)
        self.add(first)
        for other in others:
            self.end_block()
            self.add(other)

    def end_block(self) -> None:
        """What follows is another paragraph."""
        if any(part.mention or part.text.strip() for part in self.parts):
            self.blocks.append(Block(self.parts, "quote" in self.open))
        self.parts, self.url = [], None  # an address that is never closed ends here

    def switch(self, style: str, *, close: bool) -> bool:
        """Open or close a style; False where none is open that could be closed."""
        if close and style not in self.open:
            return False
        if style == "quote":
            self.end_block()
        (self.open.discard if close else self.open.add)(style)
        return True


def parse_profile(text: str | None) -> list[Block]:
    """The paragraphs of a profile. Any text can be read; what is no markup is shown as it is written."""
    reader, at = _Reader(), 0
    whole = (text or "").replace("\r\n", "\n").replace("\r", "\n").strip()
    for token in _TOKEN.finditer(whole):
        reader.add_text(whole[at : token.start()])
        at = token.end()
        _read(reader, token)
    reader.add_text(whole[at:])
    reader.end_block()
    return reader.blocks


def _read(reader: _Reader, token: re.Match[str]) -> None:
    found = token.groupdict()
    if found["letter"]:
        explicit = "=" in token[0][:3]
        name = found["id"] if explicit and found["letter"].lower() in "al" else None
        reader.add("", mention=Mention(_KIND_OF_LETTER[found["letter"].lower()], int(found["id"]), name))
    elif found["name_letter"]:
        reader.add("", mention=Mention(_KIND_OF_LETTER[found["name_letter"].lower()], name=found["name"].strip()))
    elif found["style"]:
        known = not (found["style"].lower() == "u" and "=" in token[0])  # [u=…] names a member of Discogs
        if not (known and reader.switch(found["style"].lower(), close=bool(found["close"]))):
            reader.add(token[0])
    elif found["url"]:
        reader.url = found["url"]
    elif found["end"]:
        if reader.url is None:
            reader.add(token[0])
        reader.url = None
    else:
        _read_address(reader, found)


def _read_address(reader: _Reader, found: dict[str, str | None]) -> None:
    plain = found["plain"] or ""
    address = found["bare"] or found["image"] or found["bare_image"] or plain.rstrip(_TRAILING)
    url, mention = _target(address)
    reader.add(address, url, mention)
    reader.add(plain[len(address) :] if plain else "")


def _target(address: str | None) -> tuple[str | None, Mention | None]:
    """An address elsewhere, or the record whose page at Discogs it is."""
    match = _OUR_RECORD.fullmatch(address or "")
    if match:
        return None, Mention(match[1].lower(), int(match[2]))  # type: ignore[arg-type]
    return address, None


def mentions_of(blocks: Iterable[Block]) -> Iterator[Mention]:
    """The records that a text mentions, as often as it does."""
    for block in blocks:
        yield from (part.mention for part in block.parts if part.mention)
