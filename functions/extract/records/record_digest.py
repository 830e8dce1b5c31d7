"""A record's id, read from its bytes; and the digest that tells whether those bytes changed."""

from __future__ import annotations

import re

import xxhash
from lxml import etree

from functions.extract.records.replaced_characters import without_nul
from functions.runtime.entities import Entity

#: Raised when the same bytes make another document: every record is then parsed again.
PARSER_VERSION = 1

MAX_ID = 2**63 - 1
#: More digits than any number of 64 bits has, as `integer` of the record's shape sees it.
_TOO_LONG = 25

_BY_ATTRIBUTE = re.compile(rb"<\w+\s+id\s*=\s*[\"']\s*(\d{1,24})\s*[\"']")
_BY_LATER_ATTRIBUTE = re.compile(
    rb"""<\w+(?:\s+(?!id\s*=)[^\s=<>"'/]++\s*=\s*(?:"[^"<]*+"|'[^'<]*+'))*+\s+id\s*=\s*["']\s*(\d{1,24})\s*["']"""
)
_BY_CHILD = re.compile(rb"<\w+>\s*(?:<images>.*?</images>\s*|<images\s*/>\s*)?<id>\s*(\d{1,24})\s*</id>", re.DOTALL)
_TAG = re.compile(rb"""<\w+(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+(?=>)""")
_ANY_CHILD = re.compile(rb"<id>\s*(\d{1,24})\s*</id>")
_SECTION = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_OTHER_IDS = re.compile(rb"<(?:members|aliases|groups|parentLabel|sublabels)[\s>/]")


def record_id(entity: Entity, record: bytes) -> int | None:
    """The id of a record, None where it states none from 0 to 2^63 - 1 that can be made out."""
    if entity in {"masters", "releases"}:
        match = _BY_ATTRIBUTE.match(record) or _BY_LATER_ATTRIBUTE.match(record)
        number = int(match[1]) if match else _slow_attribute(record)
    else:
        match = _BY_CHILD.match(record)
        number = int(match[1]) if match else _slow_id(record)
    return number if number is not None and 0 <= number <= MAX_ID else None


def raw_digest(record: bytes) -> int:
    """A signed 64-bit digest of a record's bytes and of the parser's version."""
    return signed(xxhash.xxh3_64_intdigest(record, seed=PARSER_VERSION))


def signed(number: int) -> int:
    """An unsigned 64-bit number as PostgreSQL's bigint holds it."""
    return number - 2**64 if number >= 2**63 else number


def _slow_id(record: bytes) -> int | None:
    """The id of a record whose elements stand in an unusual order, or which is not well-formed."""
    mended, _ = without_nul(record)
    try:
        root = _root(mended)
    except etree.XMLSyntaxError:
        return _likely_id(record)
    return _number(root.findtext("id"))


def _slow_attribute(record: bytes) -> int | None:
    """The id in a start tag that is well-formed, however it is written."""
    tag = _TAG.match(record)
    try:
        root = _root(tag[0].rstrip(b"/") + b"/>" if tag else b"")
    except etree.XMLSyntaxError:
        return None
    return _number(root.get("id"))


def _root(xml: bytes) -> etree._Element:
    options = {"resolve_entities": False, "no_network": True, "huge_tree": True}
    return etree.fromstring(xml, etree.XMLParser(remove_comments=True, remove_pis=True, **options))


def _number(text: str | None) -> int | None:
    text = (text or "").strip(" \t\r\n")
    return int(text) if text.isascii() and text.isdigit() and len(text) < _TOO_LONG else None


def _likely_id(record: bytes) -> int | None:
    """The first `<id>` of a record that is not well-formed, if it stands before all that name other records."""
    text = _SECTION.sub(b"", record)
    others = _OTHER_IDS.search(text)
    match = _ANY_CHILD.search(text, 0, others.start() if others else len(text))
    return int(match[1]) if match else None
