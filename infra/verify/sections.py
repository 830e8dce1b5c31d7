"""The XML that is held of a stream, and the tokens in it that matter to a cut: those outside comments and the like."""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

#: Bytes that must follow a token's first one before it can be told what it is, unless the stream has ended.
AHEAD: Final = 1200
#: The longest comment, CDATA section, processing instruction or DOCTYPE taken for one.
_LONGEST_SECTION: Final = 1024 * 1024
_CLOSERS: Final = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>", b"<!DOCTYPE": b">"}
_IGNORABLE: Final = frozenset({b"<!--", b"<?", b"<!DOCTYPE"})
_SUBSET_CLOSER: Final = re.compile(rb"\]\s{0,100}>")
_ELEMENT: Final = re.compile(rb"<label(?:\s[^<>]{0,200})?(?<!/)>\s{0,100}<[A-Za-z]")


class Wait:
    """More bytes are needed to tell."""


WAIT: Final = Wait()
Name = Literal["begin", "end", "root", "torn"]


class Token(NamedTuple):
    """A tag that counts, or the start of sub-labels that do not end (`torn`)."""

    name: Name
    begin: int
    end: int


class Text:
    """What is held of the stream; places are counted from its start."""

    def __init__(self, tag: bytes, root: bytes, longest: int) -> None:
        self.buffer, self.base, self.final = b"", 0, False
        self._longest, self._longest_section = longest, min(longest, _LONGEST_SECTION)
        self._begin = re.compile(rb"<%b[\s/>]" % tag)
        forms = rb"%b(?=[\s/>])|/%b\s{0,100}>|/%b\s{0,1000}>|%b(?:/|\s[^<>]{0,1000})?>|!--|!\[CDATA\[|!DOCTYPE\s|\?"
        if tag == b"label":
            forms += rb"|sublabels(?:\s[^<>/]{0,200})?>|/sublabels[\s>]"
        self._token = re.compile(rb"<(?:%b)" % (forms % (tag, tag, root, root)))
        self._own_end = re.compile(rb"</%b\s*>" % tag)
        self._doctype = re.compile(rb"<!DOCTYPE\s{1,100}%b[\s\[>]" % root)
        self._own_begin = b"<" + tag
        self._nexts: dict[object, tuple[int, int, int]] = {}
        self._torn_at = -1  # sub-labels that do not end, and no record has begun behind them

    @property
    def end(self) -> int:
        """The place behind the last byte."""
        return self.base + len(self.buffer)

    def feed(self, chunk: bytes) -> None:
        """Take in what follows."""
        self.buffer += chunk

    def forget(self, place: int) -> None:
        """Let go of what stands before a place."""
        self.buffer, self.base = self.buffer[place - self.base :], place

    def slice(self, begin: int, end: int) -> bytes:
        """The bytes between two places."""
        return self.buffer[begin - self.base : end - self.base]

    def find(self, what: bytes, at: int) -> int:
        """Where something stands at or after a place; -1 where it does not."""
        return self._next(what, what, at)

    def known(self, place: int) -> int:
        """Up to where no token follows a place, as far as can be told."""
        match = self._token.search(self.buffer, place - self.base)
        return max(place, min(match.start() + self.base if match else self.end, self.end - AHEAD))

    def trust(self) -> None:
        """A record has begun: what sub-labels before it lacked is of no account."""
        self._torn_at = -1

    def begins_at(self, place: int) -> bool:
        """Whether a record begins at a place."""
        if not self._begin.match(self.buffer, place - self.base):
            return False
        return self._torn_at < 0 or _ELEMENT.match(self.buffer, place - self.base) is not None

    def token(self, place: int, *, torn: bool) -> Token | Wait | None:
        """The first token at or after a place; None at the end of the stream.

        `torn`: sub-labels that do not end stand before the place.
        """
        while True:
            match = self._token.search(self.buffer, place - self.base)
            if match is None and self.final:
                return None
            if match is None or (not self.final and len(self.buffer) - match.start() < AHEAD):
                return WAIT
            met = self._met(match, torn=torn)
            if not isinstance(met, int):
                return met
            place = met

    def _met(self, match: re.Match[bytes], *, torn: bool) -> Token | Wait | int:
        """The token that a match is; the place behind what is none."""
        begin, end, text = match.start() + self.base, match.end() + self.base, match[0]
        if text.startswith((b"<!", b"<?")):
            behind = self.section_end(begin)
            return end if behind is None else behind
        if text.startswith(b"<sublabels"):
            behind = self._sublabels_end(begin, end)
            if behind is not None:
                return behind
            self._torn_at = begin
            return Token("torn", begin, end)
        if self._own_end.fullmatch(text):
            return Token("end", begin, end)
        if text == self._own_begin:
            doubtful = torn or self._torn_at >= 0
            is_record = not doubtful or _ELEMENT.match(self.buffer, match.start()) is not None
            return Token("begin", begin, end) if is_record else end
        return end if text.startswith(b"</sublabels") else Token("root", begin, end)

    def section_end(self, place: int, *, ignorable: bool = False) -> int | Wait | None:
        """The place behind the section that opens at one; None where none does, or where it does not end.

        `ignorable`: a CDATA section, which is text, does not count.
        """
        held, at = self.buffer, place - self.base
        opener = next((opener for opener in _CLOSERS if held.startswith(opener, at)), None)
        if opener is None or (ignorable and opener not in _IGNORABLE):
            return None
        if opener == b"<!DOCTYPE" and not self._doctype.match(held, at):
            return None
        end = self._closer(opener, place + len(opener))
        begin = self._next("begin", self._begin, place + 1)
        again = self._next(("again", opener), opener, begin) if begin >= 0 else -1
        if again >= 0 and (end < 0 or again < end):
            return None
        if end >= 0:
            return end if end - place <= self._longest_section else None
        return None if self.final or self.end - place > self._longest_section else WAIT

    def _closer(self, opener: bytes, at: int) -> int:
        """The place behind what closes a section; -1 where nothing does."""
        closer = _CLOSERS[opener]
        end = self._next(("closer", opener), closer, at)
        if opener == b"<!DOCTYPE":
            subset = self._next("subset", b"[", at)
            if subset >= 0 and not 0 <= end < subset:
                match = _SUBSET_CLOSER.search(self.buffer, subset - self.base)
                return match.end() + self.base if match else -1
        return end + len(closer) if end >= 0 else -1

    def _sublabels_end(self, begin: int, place: int) -> int | Wait | None:
        """The place behind sub-labels; None where they do not end."""
        while True:
            match = self._token.search(self.buffer, place - self.base)
            at = match.start() + self.base if match else self.end
            if at - begin > self._longest:
                return None
            if match is None or (not self.final and self.end - at < AHEAD):
                return None if self.final or self.end - AHEAD - begin > self._longest else WAIT
            place = match.end() + self.base
            if match[0].startswith(b"</sublabels"):
                return place
            if match[0].startswith(b"<sublabels"):
                return None
            if match[0].startswith((b"<!", b"<?")):
                behind = self.section_end(at)
                if isinstance(behind, Wait):
                    return WAIT
                place = behind or place

    def _next(self, name: object, what: bytes | re.Pattern[bytes], at: int) -> int:
        """The first place of something at or after one, remembered for the next question."""
        asked, found, end = self._nexts.get(name, (-1, -1, -1))
        if 0 <= asked <= at and (at <= found or (found < 0 and end == self.end)):
            return found
        if isinstance(what, bytes):
            found = self.buffer.find(what, at - self.base)
        else:
            match = what.search(self.buffer, at - self.base)
            found = match.start() if match else -1
        found = found + self.base if found >= 0 else -1
        self._nexts[name] = (at, found, self.end)
        return found
