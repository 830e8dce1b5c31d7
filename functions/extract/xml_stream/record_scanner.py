"""Cutting a stream of XML bytes into records, without parsing it. docs/data-model.md states the rules.

A record reaches from its start tag to its end tag, or where that is missing to the root's end tag or the next record's
start tag. So an unescaped `&`, a broken tag or a missing end tag spoils one record and no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from functions.extract.xml_stream.markup import COMMENT, DOCTYPE, INSTRUCTION, Marks, Span, View
from functions.runtime.entities import SINGULAR, Entity

_SPACE, _SLASH = b" \t\r\n", ord("/")
_BLANK, _BYTE_ORDER_MARK = re.compile(rb"\s+"), b"\xef\xbb\xbf"
#: A start tag as XML has it: a `>` may stand in the value of an attribute.
_TAG = re.compile(rb"""<\w+(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>""")
_IGNORED = {COMMENT, DOCTYPE, INSTRUCTION}
#: Bytes before the end of what is known that may hold the beginning of a root tag.
_ROOT_TAG = 2048


class ScannedPiece(NamedTuple):
    """Bytes of the stream and where they begin. A stray piece is no record: its ids are unknown."""

    at: int
    data: bytes
    stray: bool = False


class RecordScanner:
    """Cuts one entity's stream into records.

    Attributes:
        closed: whether the stream was one document or several, each of them whole.
        stream_bytes: bytes of XML seen so far.
    """

    def __init__(self, entity: Entity, max_record_bytes: int) -> None:
        tag, root = SINGULAR[entity].encode(), entity.encode()
        self._end, self._spaced = b"</" + tag, re.compile(rb"\s{1,100}>")
        self._root = re.compile(rb"<(?:%b(?:/|\s[^<>]{0,1000})?|/%b\s{0,1000})>" % (root, root))
        self._limit = max_record_bytes
        self._view = View()
        self._marks = Marks(entity, max_record_bytes, self._view)
        self._begin = 0  # of the piece that is being read
        self._in_record = False
        self._is_junk = False  # what is read between records is more than comments and root tags
        self._documents = 0
        self._is_open = self._is_torn = False  # the root element; torn: without its start, or without its end
        self.stream_bytes = 0

    @property
    def closed(self) -> bool:
        """Whether every root element was opened and closed, with all records in them and nothing else around."""
        return self._documents > 0 and not self._is_open and not self._is_torn

    def pieces(self, chunks: Iterable[bytes]) -> Iterator[ScannedPiece]:
        """Records in stream order, and stray bytes wherever something else stands between them."""
        view = self._view
        for chunk in self._gathered(chunks):
            self.stream_bytes += len(chunk)
            view.held += chunk
            yield from self._known()
            yield from self._long()
            self._marks.forget(self._begin)
            view.drop(self._begin)
        view.final = True
        yield from self._known()
        yield from self._until(view.end)

    def _gathered(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The chunks, several as one while a long record is held: all that is held is copied with each."""
        waiting, size = list[bytes](), 0
        for chunk in chunks:
            waiting.append(chunk)
            size += len(chunk)
            if size >= len(self._view.held) // 4:
                yield b"".join(waiting)
                waiting, size = [], 0
        if waiting:
            yield b"".join(waiting)

    def _known(self) -> Iterator[ScannedPiece]:
        """What ends where a record starts."""
        for start in self._marks.starts():
            yield from self._until(start)
            self._begin, self._in_record, self._is_junk = start, True, False

    def _until(self, end: int) -> Iterator[ScannedPiece]:
        """The record that is being read, and what stands between it and the end."""
        if self._in_record:
            yield from self._record(self._begin, end)
        if self._begin < end:
            yield from self._between(end)

    def _long(self) -> Iterator[ScannedPiece]:
        """Let go of what is longer than a record may be, though no other one has started."""
        safe, limit = self._marks.safe, self._limit
        if self._in_record and safe - self._begin > limit:
            yield from self._record(self._begin, self._begin + limit + 1)
        if not self._in_record and safe - self._begin > limit:
            yield from self._between(safe - _ROOT_TAG, is_end=False)

    def _record(self, begin: int, end: int) -> Iterator[ScannedPiece]:
        """One record, without the white space behind it; what is longer than one may be is none."""
        self._is_torn |= not self._is_open
        self._in_record = False
        behind = self._end_of(begin, end)
        if behind is None and end - begin <= self._limit:
            behind = self._root_tag(begin, end) or end
        if behind is None or behind - begin > self._limit:
            self._is_junk = True
            return
        yield ScannedPiece(begin, self._view.slice(begin, behind).rstrip(_SPACE))
        self._begin = behind

    def _end_of(self, begin: int, end: int) -> int | None:
        """The place behind a record's own end tag; the last such tag where it has sub-labels that do not end."""
        view, marks = self._view, self._marks
        held, base = view.held, view.base
        tag = _TAG.match(held, begin - base, end - base)
        if tag and held[tag.end() - 2] == _SLASH:
            return tag.end() + base
        sections = marks.within(begin, end)
        found = self._end_tag(begin, end, sections)
        if any(begin <= torn < (found or end) for torn in marks.torn):
            last = None
            while end - begin <= self._limit and found:
                found, last = self._end_tag(found, end, sections), found
            return last
        return found

    def _end_tag(self, begin: int, end: int, sections: list[Span]) -> int | None:
        """The place behind the first end tag of a record that is no part of a section."""
        held, base = self._view.held, self._view.base
        place = begin - base
        while (place := held.find(self._end, place, end - base)) >= 0:
            inside = next((span for span in sections if span.begin <= place + base < span.end), None)
            behind = place + len(self._end)
            if inside:
                behind = inside.end - base
            elif held.startswith(b">", behind):
                return behind + 1 + base
            elif spaced := self._spaced.match(held, behind, end - base):
                return spaced.end() + base
            place = behind
        return None

    def _root_tag(self, begin: int, end: int) -> int | None:
        """Where the next root tag begins between two places."""
        view = self._view
        sections = self._marks.within(begin, end)
        for match in self._root.finditer(view.held, begin - view.base, end - view.base):
            place = match.start() + view.base
            if not any(section.begin <= place < section.end for section in sections):
                return place
        return None

    def _between(self, end: int, *, is_end: bool = True) -> Iterator[ScannedPiece]:
        """What belongs to no record: root tags, white space and comments are nothing, all else is stray.

        `is_end`: the next record starts there; else more may follow.
        """
        while self._begin < end:
            if self._is_junk:
                stop = self._root_tag(self._begin, end) or end
                while stop - self._begin > self._limit:
                    yield from self._stray(self._begin + self._limit)
                if stop == end and not is_end:
                    return
                yield from self._stray(stop)
                self._is_junk = False
            elif (place := self._behind_nothing(self._begin, end)) > self._begin:
                self._begin = place
            else:
                self._is_junk = True
                self._is_torn |= not self._is_open

    def _behind_nothing(self, place: int, end: int) -> int:
        """The place behind white space, a comment or a root tag; the same place where there is none."""
        held, base = self._view.held, self._view.base
        if blank := _BLANK.match(held, place - base, end - base):
            return blank.end() + base
        if held.startswith(_BYTE_ORDER_MARK, place - base):
            return place + len(_BYTE_ORDER_MARK)
        if (section := self._marks.section_at(place)) and section.kind in _IGNORED:
            return section.end
        tag = self._root.match(held, place - base)
        if tag is None:
            return place
        self._root_seen(tag[0])
        return tag.end() + base

    def _root_seen(self, tag: bytes) -> None:
        closes, is_empty = tag.startswith(b"</"), tag.endswith(b"/>")
        self._is_torn |= closes != self._is_open
        self._documents += closes or is_empty
        self._is_open = not closes and not is_empty

    def _stray(self, end: int) -> Iterator[ScannedPiece]:
        if data := self._view.slice(self._begin, end).rstrip(_SPACE):
            yield ScannedPiece(self._begin, data, stray=True)
        self._begin = end
