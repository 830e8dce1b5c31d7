"""A record's id, read from its bytes; and the digest that tells whether those bytes changed."""

from __future__ import annotations

import re

import xxhash
from lxml import etree

from functions.runtime.entities import Entity

#: Raised when the same bytes make another document: every record is then parsed again.
PARSER_VERSION = 1

MAX_ID = 2**63 - 1
#: More digits than any number of 64 bits has, as `integer` of the record's shape sees it.
_TOO_LONG = 25

_BY_ATTRIBUTE = re.compile(rb"<\w+\s(?:[^<>]*?\s)?id\s*=\s*[\"']\s*(\d{1,24})\s*[\"']")
_BY_CHILD = re.compile(rb"<\w+>\s*(?:<images>.*?</images>\s*|<images\s*/>\s*)?<id>\s*(\d{1,24})\s*</id>", re.DOTALL)
_PATTERN: dict[Entity, re.Pattern[bytes]] = {
    "artists": _BY_CHILD,
    "labels": _BY_CHILD,
    "masters": _BY_ATTRIBUTE,
    "releases": _BY_ATTRIBUTE,
}


def record_id(entity: Entity, record: bytes) -> int | None:
    """The id of a record, None where it states none from 0 to 2^63 - 1 that can be made out."""
    match = _PATTERN[entity].match(record)
    number = int(match[1]) if match else _slow_id(entity, record)
    return number if number is not None and 0 <= number <= MAX_ID else None


def raw_digest(record: bytes) -> int:
    """A signed 64-bit digest of a record's bytes and of the parser's version."""
    return signed(xxhash.xxh3_64_intdigest(record, seed=PARSER_VERSION))


def signed(number: int) -> int:
    """An unsigned 64-bit number as PostgreSQL's bigint holds it."""
    return number - 2**64 if number >= 2**63 else number


def _slow_id(entity: Entity, record: bytes) -> int | None:
    """The id of a record whose elements stand in an unusual order."""
    if entity in {"masters", "releases"}:
        return None
    try:
        root = etree.fromstring(record, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError:
        return None
    text = (root.findtext("id") or "").strip(" \t\r\n")
    return int(text) if text.isascii() and text.isdigit() and len(text) < _TOO_LONG else None
