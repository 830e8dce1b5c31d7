"""Cuts the stream of one entity file into its records, and finds what lies between and after them.

The rules are those of docs/data-model.md, "What a record is"; nothing here is shared with the loader that follows them
too. A cut is made at the record's own closing tag. Where that is missing, a root tag or the start of the next record
ends the piece; the piece is then damaged, and the next one is sound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from functions.runtime.entities import SINGULAR, Entity
from infra.verify.sections import AHEAD, Text, Token, Wait

#: record: from a record's start to where it ends. stray: bytes between records. tail: a record the file's end cut off.
#: long: more than the longest record taken for one.
Kind = Literal["record", "stray", "tail", "long"]

_SPACE: Final = b" \t\r\n"
_BLANK: Final = re.compile(rb"\s+")
_TAG: Final = re.compile(rb"""<\w+(?:[^<>"']++|"[^<"]*+"|'[^<']*+')*+>""")


@dataclass(frozen=True, slots=True)
class SplitPiece:
    """Bytes of the XML, and where they begin in it."""

    kind: Kind
    at: int
    data: bytes


class RecordSplitter:
    """Feed it the XML; it gives the pieces. `closed` says whether the file was whole documents and nothing else."""

    def __init__(self, entity: Entity, longest: int) -> None:
        tag, root = SINGULAR[entity].encode(), entity.encode()
        self._longest = longest
        self._text = Text(tag, root, longest)
        self._root_tag = re.compile(rb"<(?:/%b\s{0,1000}|%b(?:/|\s[^<>]{0,1000})?)>" % (root, root))
        self._at = 0  # where the next piece begins
        self._inside = self._stray = False
        self._depth = self._documents = 0
        self._broken = False

    @property
    def closed(self) -> bool:
        return self._documents > 0 and self._depth == 0 and not self._broken

    def feed(self, chunk: bytes) -> Iterator[SplitPiece]:
        """The pieces that end within what was fed so far."""
        self._text.feed(chunk)
        yield from self._pieces()
        self._text.forget(self._at)

    def finish(self) -> Iterator[SplitPiece]:
        """What is left when the file has ended."""
        self._text.final = True
        yield from self._pieces()

    def _pieces(self) -> Iterator[SplitPiece]:
        while self._at < self._text.end:
            before = (self._at, self._inside, self._stray)
            yield from self._record() if self._inside else self._between()
            if before == (self._at, self._inside, self._stray):
                return

    # ── a record

    def _record(self) -> Iterator[SplitPiece]:
        at, text = self._at, self._text
        found = self._end_of(at)
        if found is None:
            return
        end, kind = found
        self._inside, self._broken = False, self._broken or not self._depth
        if kind == "long":
            self._stray = True
            end = min(at + self._longest, text.end)
        yield SplitPiece(kind, at, text.slice(at, end).rstrip(_SPACE))
        self._at = end

    def _end_of(self, at: int) -> tuple[int, Kind] | None:
        """Where the record that begins at `at` ends, and what it is; None while that cannot be told."""
        text, limit = self._text, at + self._longest
        tag = _TAG.match(text.buffer, at - text.base)
        if tag is None and not text.final and text.find(b"<", at + 1) < 0:
            return (at, "long") if text.end - at > self._longest else None
        if tag and tag[0].endswith(b"/>"):
            return self._judged(at, tag.end() + text.base, "record")
        root = own = -1
        place, torn = at + 1, False
        token: Token | None = None
        while own < 0 or torn:
            met = text.token(place, torn=torn)
            if isinstance(met, Wait):
                return (at, "long") if text.known(place) > limit else None
            token = met
            if token is None or token.name == "begin" or token.begin > limit:
                break
            place, torn = token.end, torn or token.name == "torn"
            own = token.end if token.name == "end" else own
            root = token.begin if token.name == "root" and root < 0 else root
        stop = token.begin if token else text.end
        if (own < 0 or torn) and stop - at > self._longest:
            return at, "long"
        if own >= 0:
            return self._judged(at, own, "record")
        return self._judged(at, root if root >= 0 else stop, "record" if token or root >= 0 else "tail")

    def _judged(self, at: int, end: int, kind: Kind) -> tuple[int, Kind]:
        return (end, kind) if end - at <= self._longest else (at, "long")

    # ── what lies between records

    def _between(self) -> Iterator[SplitPiece]:
        text = self._text
        if self._stray:
            yield from self._stray_bytes()
        elif (behind := self._ignorable()) is None:
            return
        elif behind > self._at:
            self._at = behind
        elif text.begins_at(self._at):
            self._inside = True
            text.trust()
        else:
            self._stray, self._broken = True, self._broken or not self._depth

    def _stray_bytes(self) -> Iterator[SplitPiece]:
        text, place = self._text, self._at
        while True:
            token = text.token(place, torn=False)
            if isinstance(token, Wait):
                stop, found = text.known(place), False
                break
            if token is None:
                stop, found = text.end, True
                break
            place = token.end
            if token.name in ("begin", "root"):
                stop, found = token.begin, True
                break
        while stop - self._at > self._longest:
            yield from self._piece(self._at + self._longest)
        if found:
            yield from self._piece(stop)
            self._stray = False

    def _piece(self, end: int) -> Iterator[SplitPiece]:
        if data := self._text.slice(self._at, end).rstrip(_SPACE):
            yield SplitPiece("stray", self._at, data)
        self._at = end

    def _ignorable(self) -> int | None:
        """The place behind white space, a comment or a root tag at `_at`; the same place where none is there."""
        text, at = self._text, self._at
        if blank := _BLANK.match(text.buffer, at - text.base):
            return blank.end() + text.base
        if not text.final and text.end - at < AHEAD:
            return None
        if text.buffer.startswith(b"\xef\xbb\xbf", at - text.base):
            return at + 3
        if tag := self._root_tag.match(text.buffer, at - text.base):
            self._root_met(tag[0])
            return tag.end() + text.base
        end = text.section_end(at, ignorable=True)
        return None if isinstance(end, Wait) else at if end is None else end

    def _root_met(self, tag: bytes) -> None:
        empty, closing = tag.endswith(b"/>"), tag.startswith(b"</")
        self._broken = self._broken or self._depth != closing
        self._depth = int(not empty and not closing)
        self._documents += empty or closing
