"""XML as no dump should hold it: whole records drawn from the model, and damage done to real ones."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from functions.extract.records.xml_mapping import SHAPES, Reader, Shape, integer, truth
from functions.runtime.entities import Entity

#: What an XML text can hold that is not a plain character, right or wrong.
TOKENS = [
    *("&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#13;", "&#10;", "&#9;", "&#xD;", "&#x1F3B5;", "&#228;", "&#038;"),
    *(
        "&#0;",
        "&#xD800;",
        "&#xFFFE;",
        "&#x110000;",
        "&#1;",
        "&#;",
        "&#x;",
        "&#99999999999;",
        "&nbsp;",
        "&",
        "&amp",
        ";",
    ),
    *("\r\n", "\r", "\n", "\t", " ", "  ", '"', "'", "\\", "/", "]]>", "]]", ">", "<", "</", "/>", "--", "=", "\x7f"),
    *("<!-- note -->", "<![CDATA[a < b]]>", "<?php ?>", "<!DOCTYPE x>", "<x/>", "<x>y</x>", "<name>", "</name>"),
    *(
        "\x00",
        "\x01",
        "\x1f",
        "\x0b",
        "\x85",
        "\u2028",
        "\ufeff",
        "\ufffd",
        "\ufffe",
        "\uffff",
        "\U0010ffff",
        "坂本龍一",
    ),
    *("<id>7</id>", "<id/>", ' id="7"', " id='8'", "<images>", "</images>", "<sublabels>", "</sublabels>", "<label>"),
    *("<artist>", "</artist>", "<release>", "</release>", "<master id='1'>", "<artist/>", "</artists>", "\u00a0", "é́"),
]
#: Bytes that are no UTF-8 wherever they stand.
WRONG_BYTES = [b"\xff", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xef\xbf\xbe"]
_NUMBERS = [
    "007",
    " 5 ",
    "-0",
    "-3",
    "+5",
    "1e3",
    "٣",
    "",
    "9223372036854775807",
    "9223372036854775808",
    "1" * 30,
    "5\n",
]

_ID = re.compile("( id=[\"'])[0-9]+")

texts = st.lists(st.one_of(st.text(max_size=8), st.sampled_from(TOKENS[:12])), max_size=4).map("".join)
rough = st.lists(st.one_of(st.text(max_size=8), st.sampled_from(TOKENS)), max_size=4).map("".join)
numbers = st.integers(0, 10**18 - 1).map(str)
rough_numbers = st.one_of(numbers, st.sampled_from(_NUMBERS))
gaps = st.sampled_from(["", "", "", " ", "\n  ", "\r\n"])


def escaped(text: str) -> str:
    """As a serializer writes it: legal in XML, whatever the text holds."""
    legal = "".join(character for character in text if character >= " " or character in "\t\n\r")
    legal = "".join(c for c in legal if not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    return legal.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


@st.composite
def records(draw: DrawFn, entity: Entity, *, plain: bool) -> bytes:
    """A record of the model; a plain one makes a document without a doubt."""
    shape = SHAPES[entity]
    record = _Drawn(draw, plain=plain).element(shape, shape.name, 0)
    return record.encode("utf-8", "surrogatepass")


class _Drawn:
    def __init__(self, draw: DrawFn, *, plain: bool) -> None:
        self._draw, self._plain = draw, plain

    def element(self, shape: Shape, tag: str, depth: int) -> str:
        attributes = self._some(shape.attributes, always="id" if depth == 0 else None)
        opened = tag + "".join(self._attribute(name, shape.attributes[name][1]) for name in attributes)
        return self._whole(opened, tag, self._content(shape, depth))

    def _content(self, shape: Shape, depth: int) -> str:
        if shape.own:
            return self._text(shape.own[1])
        tags: dict[str, Callable[[str], str]] = {
            **dict.fromkeys(shape.leaves, lambda tag: self._leaf(shape, tag)),
            **dict.fromkeys(shape.texts, lambda tag: self._texts(shape, tag)),
            **dict.fromkeys(shape.lists, lambda tag: self._list(shape, tag, depth)),
            **dict.fromkeys(shape.single, lambda tag: self.element(shape.single[tag][1], tag, depth + 1)),
        }
        chosen = self._some(tags, always="id" if depth == 0 and "id" in tags else None)
        children = [tags[tag](tag) for tag in chosen]
        if not self._plain and self._draw(st.integers(0, 9)) == 0:
            children.append(self._draw(rough))
        gap = self._draw(gaps)
        return gap + "".join(child + gap for child in children)

    def _leaf(self, shape: Shape, tag: str) -> str:
        known = shape.child_attributes.get(tag, {})
        opened = tag + "".join(self._attribute(name, known[name][1]) for name in self._some(known))
        return self._whole(opened, tag, self._text(shape.leaves[tag][1]))

    def _texts(self, shape: Shape, tag: str) -> str:
        item = shape.texts[tag][1]
        count = self._draw(st.integers(0, 3))
        return self._whole(tag, tag, "".join(self._whole(item, item, self._text(str)) for _ in range(count)))

    def _list(self, shape: Shape, tag: str, depth: int) -> str:
        if depth > 3:
            return ""
        _, item, inner = shape.lists[tag]
        items = []
        for _ in range(self._draw(st.integers(0, 3))):
            made = self.element(inner, item, depth + 1)
            if tag in shape.pairs and self._draw(st.booleans()):
                number = self._draw(numbers if self._plain else rough_numbers)
                items.append(f"<id>{number}</id>")
                made = _ID.sub(f"\\g<1>{number}", made, count=1) if self._plain else made
            items.append(made)
        return self._whole(tag, tag, "".join(items))

    def _attribute(self, name: str, reader: Reader | type) -> str:
        quote = self._draw(st.sampled_from("\"'"))
        text = self._text(reader)
        return f" {name}={quote}{text.replace(quote, '&#x27;' if quote == chr(39) else '&#34;')}{quote}"

    def _text(self, reader: Any) -> str:
        if reader is integer:
            return self._draw(numbers if self._plain else rough_numbers)
        if reader is truth:
            return self._draw(st.sampled_from(["true", "false", "True", "", "1"]))
        if self._plain:
            return escaped(self._draw(st.text(max_size=12))) + self._draw(st.sampled_from(["", *TOKENS[:12]]))
        return self._draw(st.one_of(texts.map(escaped), texts, rough))

    def _whole(self, opened: str, tag: str, content: str) -> str:
        return f"<{opened}>{content}</{tag}>" if content or self._draw(st.booleans()) else f"<{opened}/>"

    def _some(self, names: Any, always: str | None = None) -> list[str]:
        repeated = not self._plain and self._draw(st.integers(0, 19)) == 0
        some: SearchStrategy[list[str]] = (
            st.lists(st.sampled_from(sorted(names)), max_size=8, unique=not repeated) if names else st.just([])
        )
        chosen = self._draw(some)
        return [always, *(name for name in chosen if name != always)] if always and always in names else chosen


def damaged(record: bytes, chance: random.Random) -> bytes:
    """The record with one to four things done to it, most often one."""
    for _ in range(chance.choice([1, 1, 1, 2, 3, 4])):
        record = chance.choice(_DAMAGES)(record, chance)
    return record


def _insert(record: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(record))
    token = chance.choice([*(token.encode() for token in TOKENS), *WRONG_BYTES])
    return record[:at] + token + record[at:]


def _insert_at_mark(record: bytes, chance: random.Random) -> bytes:
    """Where a tag, a reference or an attribute begins or ends, a change means more than in the middle of a text."""
    marks = [at for at, byte in enumerate(record) if byte in b"<>&;\"'/= "]
    at = chance.choice(marks) + chance.randint(0, 1) if marks else 0
    token = chance.choice([*(token.encode() for token in TOKENS), *WRONG_BYTES])
    return record[:at] + token + record[at:]


def _insert_in_text(record: bytes, chance: random.Random) -> bytes:
    """What may well stand in a text or in an attribute, so that the record stays whole."""
    words = [at for at in range(1, len(record)) if record[at - 1 : at].isalnum() and record[at : at + 1] in b"< \"'.,"]
    at = chance.choice(words) if words else 0
    return record[:at] + chance.choice(_LEGAL) + record[at:]


def _replace_byte(record: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(record)) if record else 0
    byte = chance.choice([chance.randrange(256), *b"<>&;\"'/=-?![]\r\n\t 0"])
    return record[:at] + bytes([byte]) + record[at + 1 :]


def _remove(record: bytes, chance: random.Random) -> bytes:
    begin, end = _range(record, chance)
    return record[:begin] + record[end:]


def _repeat(record: bytes, chance: random.Random) -> bytes:
    begin, end = _range(record, chance)
    return record[:end] + record[begin:end] + record[end:]


def _move(record: bytes, chance: random.Random) -> bytes:
    begin, end = _range(record, chance)
    rest = record[:begin] + record[end:]
    at = chance.randint(0, len(rest))
    return rest[:at] + record[begin:end] + rest[at:]


def _swap_words(record: bytes, chance: random.Random) -> bytes:
    old, new = (chance.choice(_WORDS) for _ in range(2))
    return record.replace(old, new, chance.randint(1, 3))


def _range(record: bytes, chance: random.Random) -> tuple[int, int]:
    begin = chance.randint(0, len(record))
    return begin, min(len(record), begin + chance.choice([1, 2, 8, 40, 200]))


_WORDS = [b"<name", b"<id", b"</id>", b"<title>", b"artist", b"track", b"id=", b"name=", b"<", b">", b"/>", b'"', b"'"]
_WORDS += [b"<anv>", b"<images>", b"aliases", b"members", b"sub_tracks", b"\n", b" ", b"1", b"&amp;", b"description"]
_LEGAL = [
    token.encode() for token in [*TOKENS[:12], "é", "坂本", "\n", "\r\n", "\t", "\x7f", "0", "1", " a", "\\", "'"]
]
_LEGAL += [b">", b"]]", b"/", b"=", "\ufffd\U0010ffff\ue000\u0085\u2028".encode()]
_DAMAGES = [_insert, _insert_at_mark, _insert_at_mark, _replace_byte, _remove, _repeat, _move, _swap_words]
_DAMAGES += [_insert_in_text] * 4
