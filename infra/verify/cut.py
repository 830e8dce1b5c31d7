"""Cuts the stream of one entity file into its records, and finds what lies between and after them.

A cut is made at the record's own closing tag. Where that is missing, the start of the next record ends the piece; the
piece is then damaged, and the next one is sound. The sub-labels of a label have the record's own tag: inside
`<sublabels>` a `<label>` begins a record only where a record's first child (`<id>` or `<images>`) follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from functions.runtime.entities import SINGULAR, Entity

#: record: from a record's start to where it ends. stray: bytes between records. tail: a record the file's end cut off.
#: long: more than the longest record taken for one.
Kind = Literal["record", "stray", "tail", "long"]

_IGNORABLE = re.compile(rb"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>]*>|\xef\xbb\xbf|\s+", re.DOTALL)
#: Bytes that must follow a `<label>` among sub-labels before one can tell whether it begins a record.
_AHEAD = 64


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of the XML, and where they begin in it."""

    kind: Kind
    at: int
    data: bytes


class Cutter:
    """Feed it the XML; it gives the pieces. `closed` says whether the closing root tag was seen."""

    def __init__(self, entity: Entity, longest: int) -> None:
        tag, root = SINGULAR[entity].encode(), entity.encode()
        self._longest = longest
        self._begin = re.compile(rb"<(?:%b(?=[\s/>])|/%b\s*>)" % (tag, root))
        self._token = re.compile(rb"<(?:/%b\s*>|%b(?=[\s/>])|/%b\s*>)" % (tag, tag, root))
        self._label_token = re.compile(rb"<(?:/?(?:label|sublabels)(?=[\s/>])[^>]*>|/labels\s*>)")
        self._label_begin = re.compile(rb"<label\s*>\s*<(?:id|images)\b")
        self._root_begin = re.compile(rb"<%b(?:\s[^>]*)?>" % root)
        self._find_end = self._label_end if entity == "labels" else self._record_end
        self._buffer = b""
        self._base = 0  # where the buffer begins in the XML
        self._inside = False
        self.closed = False

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        """The pieces that end within what was fed so far."""
        if self.closed:
            return
        self._buffer += chunk
        at = 0
        while (end := self._step(at)) is not None:
            yield from self._pieces(at, end)
            at = end
            if self.closed:
                break
        if self._inside and len(self._buffer) - at > self._longest:
            yield self._piece("long", at, len(self._buffer))
            self._inside, at = False, len(self._buffer)
        self._base += at
        self._buffer = self._buffer[at:]

    def finish(self) -> Iterator[Piece]:
        """What is left when the file has ended."""
        if self._buffer and not self.closed:
            yield from [self._piece("tail", 0, len(self._buffer))] if self._inside else self._strays(0)

    def _step(self, at: int) -> int | None:
        """Where the piece that begins at `at` ends; sets what comes next."""
        if self._inside:
            return self._find_end(at)
        match = self._begin.search(self._buffer, at)
        return match.start() if match else None

    def _pieces(self, at: int, end: int) -> Iterator[Piece]:
        if self._inside:
            yield self._piece("record" if end - at <= self._longest else "long", at, end)
            self._inside = False
        else:
            yield from self._strays(at, end)
            self.closed = self._buffer.startswith(b"</", end)
            self._inside = not self.closed

    def _strays(self, at: int, end: int | None = None) -> Iterator[Piece]:
        between = self._root_begin.sub(b"", self._buffer[at:end], count=1)
        if _IGNORABLE.sub(b"", between):
            yield self._piece("stray", at, len(self._buffer) if end is None else end)

    def _piece(self, kind: Kind, at: int, end: int) -> Piece:
        return Piece(kind, self._base + at, self._buffer[at:end])

    def _self_closed(self, at: int) -> int | None:
        bracket = self._buffer.find(b">", at)
        return bracket + 1 if bracket > 0 and self._buffer[bracket - 1] == ord("/") else None

    def _record_end(self, at: int) -> int | None:
        if end := self._self_closed(at):
            return end
        match = self._token.search(self._buffer, at + 1)
        if match is None:
            return None
        own = match[0].startswith(b"</") and not self._begin.match(self._buffer, match.start())
        return match.end() if own else match.start()

    def _label_end(self, at: int) -> int | None:
        if end := self._self_closed(at):
            return end
        among = False
        for match in self._label_token.finditer(self._buffer, at + 1):
            token = match[0]
            if token.startswith(b"</labels"):
                return match.start()
            if token.startswith((b"<sublabels", b"</sublabels")):
                among = not token.startswith(b"</") and not token.endswith(b"/>")
            elif token.startswith(b"</label") and not among:
                return match.end()
            elif token.startswith(b"<label"):
                if among and len(self._buffer) - match.start() < _AHEAD:
                    return None
                if not among or self._label_begin.match(self._buffer, match.start()):
                    return match.start()
        return None
