"""What a file is that should hold one entity, by its first bytes: no comparison can be made with what is none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from functions.runtime.entities import ENTITIES, Entity
from infra.verify.gunzip import Gunzip

_MARKUP: Final = re.compile(rb"<(!--.*?--|\?.*?\?|!(?:[^\[>]|\[.*?\])*|[A-Za-z_][^\s/>]*)", re.DOTALL)
_HEAD: Final = 64 * 1024


def unreadable(entity: Entity, path: Path) -> str | None:
    """Why a file cannot be one of this entity; None where it may be."""
    head = next(filter(None, Gunzip(path)), b"")[:_HEAD]
    if not head:
        return "nothing can be read of it"
    if head.startswith(b"\x1f\x8b"):
        return "it is compressed twice"
    if b"\0" in head[:4] or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "it is not in UTF-8"
    for match in _MARKUP.finditer(head):
        name = match[1].decode(errors="replace")
        if re.match(r"!doctype\s+html\b|html\b", name, re.IGNORECASE):
            return "it is an HTML page"
        if not name.startswith(("!", "?")):
            return f"its root element is <{name}>" if name in ENTITIES and name != entity else None
    return "it holds no element"
