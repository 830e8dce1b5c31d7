"""Finding the records in a stream of XML bytes, without parsing it.

A record reaches from its start tag to its end tag, or where that is missing to the next record's start tag or the
closing root tag. So an unescaped `&`, a broken tag or a missing end tag spoils one record and no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from functions.runtime.entities import SINGULAR, Entity

#: The start of a record. `<label>` also stands in `<sublabels>`, but there no element follows it, and it may close
#: itself; `<released>` is no `<release>`.
_START: dict[Entity, re.Pattern[bytes]] = {
    "artists": re.compile(rb"<artist(?:\s[^<>]*)?>(?=\s*<[^/])|<artist\s*/>"),
    "labels": re.compile(rb"<label(?:\s[^<>]*(?<!/))?>(?=\s*<[^/])"),
    "masters": re.compile(rb"<master[\s>/]"),
    "releases": re.compile(rb"<release[\s>/]"),
}
#: Bytes that may hold the beginning of a start tag and its look-ahead: kept for the next chunk.
_MARGIN = 4096
_SPACE = b" \t\r\n"
_SELF_CLOSED = re.compile(rb"<\w+(?:\s[^<>]*)?/>")
_NOTHING = re.compile(rb"<!--.*?-->|<\?.*?\?>|\s+", re.DOTALL)


class Piece(NamedTuple):
    """Bytes of the stream and where they begin. A stray piece is no record: its ids are unknown."""

    at: int
    data: bytes
    stray: bool = False


class Scan:
    """Cuts one entity's stream into records.

    Attributes:
        closed: whether the closing root tag was seen, with nothing but white space behind it.
        stream_bytes: bytes of XML seen so far.
    """

    def __init__(self, entity: Entity, max_record_bytes: int) -> None:
        self._start = _START[entity]
        self._end = f"</{SINGULAR[entity]}>".encode()
        self._root = re.compile(
            rb"(?:\xef\xbb\xbf)?(?:\s|<!--.*?-->|<\?.*?\?>)*(?:<%b(?:\s[^<>]*)?>)?" % entity.encode(), re.DOTALL
        )
        self._root_end = f"</{entity}>".encode()
        self._limit = max_record_bytes
        self._held_bytes = 0
        self.closed = False
        self.stream_bytes = 0

    def pieces(self, chunks: Iterable[bytes]) -> Iterator[Piece]:
        """Records in stream order, and stray bytes wherever something else stands between them."""
        held, at, head = b"", 0, True
        for chunk in self._gathered(chunks):
            self.stream_bytes += len(chunk)
            held += chunk
            starts = [match.start() for match in self._start.finditer(held, 0, max(0, len(held) - _MARGIN))]
            if starts and head:
                yield from self._head(held[: starts[0]], at)
            cut = starts[0] if starts and head else 0
            head = head and not starts
            for begin, end in zip([cut, *starts], starts, strict=False) if starts else ():
                if end > begin:
                    yield from self._record(held[begin:end], at + begin)
            rest = starts[-1] if starts else 0
            held, at = held[rest:], at + rest
            while len(held) > self._limit + 2 * _MARGIN:  # all starts up to the limit have been seen
                yield from self._stray(held[: self._limit], at)
                held, at, head = held[self._limit :], at + self._limit, True
            self._held_bytes = len(held)
        yield from self._tail(held, at, head)

    def _gathered(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The chunks, several as one while a long record is held: all that is held is looked through with each."""
        waiting, size = list[bytes](), 0
        for chunk in chunks:
            waiting.append(chunk)
            size += len(chunk)
            if size >= self._held_bytes // 4:
                yield b"".join(waiting)
                waiting, size = [], 0
        if waiting:
            yield b"".join(waiting)

    def _tail(self, held: bytes, at: int, head: bool) -> Iterator[Piece]:  # noqa: FBT001
        """The end of the stream: the records that the margin still held, and the closing root tag."""
        body = held
        if held.rstrip(_SPACE).endswith(self._root_end):
            self.closed = True
            body = held.rstrip(_SPACE)[: -len(self._root_end)]
        starts = [match.start() for match in self._start.finditer(held) if match.start() < len(body)]
        if head:
            yield from self._head(body[: starts[0]] if starts else body, at)
            body, at = (body[starts[0] :], at + starts[0]) if starts else (b"", at)
            starts = [start - starts[0] for start in starts]
        for begin, end in zip(starts, [*starts[1:], len(body)], strict=False):
            yield from self._record(body[begin:end], at + begin)

    def _head(self, data: bytes, at: int) -> Iterator[Piece]:
        """What stands before the first record: the declaration and the root tag; anything else is stray."""
        root = self._root.match(data) if at == 0 else None
        if not _is_nothing(data[root.end() :] if root else data):
            yield from self._stray(data, at)

    def _record(self, data: bytes, at: int) -> Iterator[Piece]:
        """One record, without the white space behind it; what follows its end tag is stray."""
        if len(data) > self._limit:
            yield from self._stray(data, at)
            return
        record = data.rstrip(_SPACE)
        end = self._end_of(record)
        yield Piece(at, record[:end])
        yield from self._stray(record[end:], at + end)

    def _end_of(self, record: bytes) -> int:
        """The place behind a record's own end tag, and behind all of it where it has none."""
        if closed := _SELF_CLOSED.match(record):
            return closed.end()
        end = record.find(self._end)
        among = record.find(b"<sublabels>", 0, max(end, 0))
        if among >= 0:
            behind = record.find(b"</sublabels>", among)
            end = record.find(self._end, behind) if behind >= 0 else record.rfind(self._end)
        return end + len(self._end) if end >= 0 else len(record)

    def _stray(self, data: bytes, at: int) -> Iterator[Piece]:
        """Bytes that belong to no record, in pieces of the limit; white space and comments are nothing."""
        for begin in range(0, len(data), self._limit):
            piece = data[begin : begin + self._limit]
            if not _is_nothing(piece):
                yield Piece(at + begin, piece, stray=True)


def _is_nothing(data: bytes) -> bool:
    """Whether there is white space and comments and no more. It stops at the first other byte: that keeps it linear."""
    at = 0
    while match := _NOTHING.match(data, at):
        at = match.end()
    return at == len(data)
