"""What a file is that should hold the records of an entity, by its first bytes. Pure: bytes in, a sentence out."""

from __future__ import annotations

import re

from functions.extract.xml_stream.inflate import GZIP_MAGIC
from functions.runtime.entities import ENTITIES, SINGULAR, Entity

#: Bytes of a file's content that are looked at.
HEAD_BYTES = 64 * 1024

_PACKED = {b"PK\x03\x04": "a zip archive", b"BZh": "compressed by bzip2", b"\xfd7zXZ": "compressed by xz"}
_PACKED |= {b"\x28\xb5\x2f\xfd": "compressed by zstd", b"7z\xbc\xaf": "a 7z archive"}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<", b"\0\0\0<")
_PROLOGUE = re.compile(rb"(?:\xef\xbb\xbf|\s+|<!--.*?-->|<\?.*?\?>|<!DOCTYPE(?:[^\[>]|\[.*?\])*>)*", re.DOTALL)
_ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)


def foreign(entity: Entity, head: bytes) -> str | None:
    """What the file is, where its first bytes say for certain that it is no dump of the entity; else None."""
    if not head:
        return "the file is empty"
    if head.startswith(GZIP_MAGIC):
        return "the file is compressed twice"
    for magic, what in _PACKED.items():
        if head.startswith(magic):
            return f"the file is {what}"
    if head.startswith(_UTF_16):
        return "the file is text in UTF-16, not in UTF-8"
    if _HTML.match(head):
        return "the file is an HTML page"
    root = root_of(head)
    if root in ENTITIES and root != entity:
        return f"the file is a dump of {root}, not of {entity}"
    return None


def barren(entity: Entity, head: bytes) -> str:
    """What the file is, once no record of the entity was found in it."""
    if what := foreign(entity, head):
        return what
    root = root_of(head)
    if root is None:
        return f"the file is no XML, it begins with {head[:40].decode(errors='replace')!r}"
    if root != entity:
        return f"the file holds no <{SINGULAR[entity]}>, its root element is <{root}>"
    return f"the file holds no <{SINGULAR[entity]}>"


def root_of(head: bytes) -> str | None:
    """The name of the root element."""
    prologue = _PROLOGUE.match(head)
    match = _ROOT.match(head, prologue.end() if prologue else 0)
    return match[1].decode(errors="replace") if match else None


def records_like(entity: Entity, data: bytes) -> int:
    """How many records bytes between records may hold: start tags of the entity, in any case and with any prefix."""
    return len(re.findall(rb"<(?:[\w.-]+:)?%b[\s/>]" % SINGULAR[entity].encode(), data, re.IGNORECASE))
