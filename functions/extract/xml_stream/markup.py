"""Where records start in a stream of XML bytes: outside comments, CDATA sections, instructions and sub-labels.

What is decided depends on the bytes of the stream alone and never on how they come in chunks. Places are counted from
the start of the stream.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice, takewhile
from typing import NamedTuple

from functions.runtime.entities import SINGULAR, Entity

#: The longest section taken for one: damage done by a section that does not end stays within it.
SECTION_BYTES = 1024 * 1024
#: Bytes that the longest token takes, so that it is seen whole.
_MARGIN = 512
#: Marks in a row that begin no section before a search for both bytes is faster than one for the rarer.
_PATIENCE = 64
#: Bytes of a start tag that tell whether it is a record's.
_NAME = 10


class Kind(NamedTuple):
    """A section: how it opens and how it ends."""

    opening: bytes
    closing: bytes


COMMENT = Kind(b"<!--", b"-->")
CDATA = Kind(b"<![CDATA[", b"]]>")
INSTRUCTION = Kind(b"<?", b"?>")
DOCTYPE = Kind(b"<!DOCTYPE", b">")
SUBLABELS = Kind(b"<sublabels", b"</sublabels")
_DECLARED = (COMMENT, CDATA, DOCTYPE)

_SUBLABELS = re.compile(rb"<(?:sublabels(?:\s[^<>/]{0,200})?>|/sublabels[\s>])")
_BEFORE_ELEMENT = re.compile(rb"<label(?:\s[^<>]{0,200}(?<!/))?>\s{0,100}<[A-Za-z]")
_SUBSET_END = re.compile(rb"\]\s{0,100}>")


class Span(NamedTuple):
    """A section of the stream and the place behind it."""

    begin: int
    end: int
    kind: Kind


class View:
    """The bytes of the stream that are held, and where they begin in it. `final`: no more will come."""

    def __init__(self) -> None:
        self.held, self.base, self.final = b"", 0, False

    @property
    def end(self) -> int:
        """The place behind the last byte."""
        return self.base + len(self.held)

    @property
    def edge(self) -> int:
        """Tokens that begin before it are seen whole."""
        return self.end if self.final else self.end - _MARGIN

    def drop(self, place: int) -> None:
        """Let go of what stands before a place."""
        self.held, self.base = self.held[place - self.base :], place

    def slice(self, begin: int, end: int) -> bytes:
        """The bytes from one place to another."""
        return self.held[begin - self.base : end - self.base]


class _Seeker:
    """The first place of a pattern at or after one; asked for places that never go back, it looks at each byte once."""

    def __init__(self, view: View, pattern: bytes | re.Pattern[bytes]) -> None:
        self._view, self._pattern = view, pattern
        self._place, self._behind, self._found = 0, 0, False

    def next(self, at: int) -> int | None:
        """Where it begins; None where the bytes held so far have it no more."""
        if self._found and self._place >= at:
            return self._place
        begin = at if self._found else max(at, self._place)
        self._found = self._look(begin)
        return self._place if self._found else None

    def behind(self) -> int:
        """The place behind what was found last."""
        return self._behind

    def _look(self, begin: int) -> bool:
        view, pattern = self._view, self._pattern
        if isinstance(pattern, bytes):
            place = view.held.find(pattern, begin - view.base) + view.base
            self._behind = place + len(pattern)
            found = place >= view.base
        else:
            match = pattern.search(view.held, begin - view.base)
            found = match is not None
            place, self._behind = (match.start() + view.base, match.end() + view.base) if match else (0, 0)
        self._place = place if found else max(begin, view.end - _MARGIN)
        return found


class _Pair(_Seeker):
    """As `_Seeker`, for `<` and a rarer byte."""

    def _look(self, begin: int) -> bool:
        view, pattern = self._view, self._pattern
        assert isinstance(pattern, bytes)  # noqa: S101
        held, rare, at = view.held, pattern[1:], begin - view.base
        for _ in range(_PATIENCE):
            at = held.find(rare, at + 1)
            if at < 0 or held[at - 1] == ord("<"):
                self._place, found = (at - 1 + view.base, True) if at > 0 else (max(begin, view.end - 1), False)
                return found
        return super()._look(at + view.base)


class Marks:
    """Finds the starts of one entity's records.

    Attributes:
        safe: up to here it is known what starts.
        spans: the sections among the bytes that are held; of the sub-labels, those that end.
        torn: where sub-labels begin that do not end.
    """

    def __init__(self, entity: Entity, limit: int, view: View) -> None:
        self._view, self._limit, self._section = view, limit, min(limit, SECTION_BYTES)
        self._start = re.compile(rb"<%b[\s>/]" % SINGULAR[entity].encode())
        self._doctype = re.compile(rb"<!DOCTYPE\s{1,100}%b[\s\[>]" % entity.encode())
        self._labels = entity == "labels"
        self._at = 0
        self._among: int | None = None
        self._waiting: list[int] = []  # starts among sub-labels of which it is not known whether they end
        self._mistrusts = False
        self.safe = 0
        self.spans: list[Span] = []
        self.torn: list[int] = []
        self._openings = (_Pair(view, b"<!"), _Pair(view, b"<?"))
        self._sublabels = _Seeker(view, _SUBLABELS)
        self._ends = {kind: _Seeker(view, kind.closing) for kind in (COMMENT, CDATA, INSTRUCTION, DOCTYPE)}
        self._again = {kind: _Seeker(view, kind.opening) for kind in (COMMENT, CDATA, INSTRUCTION, DOCTYPE)}
        self._subset, self._subset_end = _Seeker(view, b"["), _Seeker(view, _SUBSET_END)
        self._behind_opening = _Seeker(view, self._start)

    def starts(self) -> Iterator[int]:
        """The starts that the bytes held so far bring, in order."""
        view = self._view
        edge = view.edge
        while self._at < edge:
            place, kind = self._next_section(edge)
            yield from self._starts_before(place)
            self._at = place
            if kind is SUBLABELS:
                yield from self._pass_sublabels(place)
            elif kind is None or not self._pass(place, kind):
                break
        if self._among is not None and (view.final or self._at - self._among > self._limit):
            yield from self._tear(self._among)
        self.safe = self._at if self._among is None else self._among

    def section_at(self, place: int) -> Span | None:
        """The section that begins at a place."""
        at = bisect_right(self.spans, place, key=_end)
        return self.spans[at] if at < len(self.spans) and self.spans[at].begin == place else None

    def within(self, begin: int, end: int) -> list[Span]:
        """The sections between two places, and one that reaches beyond them."""
        spans = self.spans
        if not spans or spans[-1].end <= begin:
            return []
        first = bisect_right(spans, begin, key=_end)
        return list(takewhile(lambda span: span.begin < end, islice(spans, first, None)))

    def forget(self, place: int) -> None:
        """What stands before a place is asked for no more."""
        if self.spans and self.spans[0].end <= place:
            self.spans = [span for span in self.spans if span.end > place]
        if self.torn:
            self.torn = [torn for torn in self.torn if torn >= place]

    def _next_section(self, edge: int) -> tuple[int, Kind | None]:
        """Where the next section opens before the edge, and its kind; else the edge."""
        found: tuple[int, Kind | None] = edge, None
        declared, instruction = self._openings
        at = self._at
        while (place := declared.next(at)) is not None and place < edge:
            if kind := self._declared_at(place):
                found = place, kind
                break
            at = place + 1
        if (place := instruction.next(self._at)) is not None and place < found[0]:
            found = place, INSTRUCTION
        if self._labels and (place := self._sublabels.next(self._at)) is not None and place < found[0]:
            found = place, SUBLABELS
        return found

    def _declared_at(self, place: int) -> Kind | None:
        """The kind of section that `<!` opens; of DOCTYPEs, only the root's own counts."""
        held, at = self._view.held, place - self._view.base
        kind = next((kind for kind in _DECLARED if held.startswith(kind.opening, at)), None)
        return None if kind is DOCTYPE and not self._doctype.match(held, at) else kind

    def _starts_before(self, place: int) -> Iterator[int]:
        held, base = self._view.held, self._view.base
        for match in self._start.finditer(held, self._at - base, place - base + _NAME):
            start = match.start() + base
            if start >= place:
                break
            if self._among is not None:
                self._waiting.append(start)
            elif not self._mistrusts or self._begins(start):
                yield start

    def _begins(self, start: int) -> bool:
        """Whether a start behind torn sub-labels is believed: an element follows it, not a text."""
        found = _BEFORE_ELEMENT.match(self._view.held, start - self._view.base) is not None
        self._mistrusts = not found
        return found

    def _pass(self, place: int, kind: Kind) -> bool:
        """Go on behind a section, or behind its opening where it does not end; False where that is not known yet."""
        behind = self._behind(place, kind)
        if behind is not None and behind - place <= self._section and not self._opens_again(place, kind, behind):
            self.spans.append(Span(place, behind, kind))
            self._at = behind
            return True
        may_end = behind is None and not (self._view.final or self._view.end - place > self._section)
        if may_end and not self._opens_again(place, kind, self._view.end):
            return False
        self._at = place + len(kind.opening)
        return True

    def _behind(self, place: int, kind: Kind) -> int | None:
        """The place behind a section's end, whatever stands before that."""
        inside = place + len(kind.opening)
        if kind is not DOCTYPE:
            end = self._ends[kind].next(inside)
            return None if end is None else end + len(kind.closing)
        subset, bracket = self._subset.next(inside), self._ends[kind].next(inside)
        if bracket is not None and (subset is None or bracket < subset):
            return bracket + 1
        return None if subset is None or self._subset_end.next(subset) is None else self._subset_end.behind()

    def _opens_again(self, place: int, kind: Kind, behind: int) -> bool:
        """Whether such a section opens again behind the start of a record: then this one does not end."""
        start = self._behind_opening.next(place + 1)
        again = None if start is None else self._again[kind].next(start)
        return again is not None and again < behind

    def _pass_sublabels(self, place: int) -> Iterator[int]:
        self._at = self._sublabels.behind()
        among, opens = self._among, self._view.held.startswith(SUBLABELS.opening, place - self._view.base)
        if among is not None and not opens and place - among <= self._limit:
            self._waiting.clear()
            while self.spans and self.spans[-1].begin > among:
                self.spans.pop()
            self.spans.append(Span(among, place, SUBLABELS))
            self._among = None
        elif among is not None:
            yield from self._tear(among)
        if opens:
            self._among = place

    def _tear(self, among: int) -> Iterator[int]:
        """The starts among sub-labels that do not end."""
        self.torn.append(among)
        self._among, self._mistrusts = None, True
        waiting, self._waiting = self._waiting, []
        for start in waiting:
            if not self._mistrusts or self._begins(start):
                yield start


def _end(span: Span) -> int:
    return span.end
