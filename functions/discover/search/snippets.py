"""What matched in a text, as pieces: whoever shows them escapes each and marks those that were asked for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, Literal

from msgspec import Struct

from functions.discover.search.query import Query
from functions.search_entries.words import fold, is_unspaced

#: Characters of a text that are looked through.
LONGEST: Final = 300

Field = Literal["name", "by", "other name", "real name", "artist", "label", "parent label", "track"]

_WORD: Final = re.compile(r"\w+")


class Piece(Struct, frozen=True):
    """A piece of a text; `hit` where it was asked for. Plain text: it is for whoever shows it to escape it."""

    text: str
    hit: bool = False


class Snippet(Struct, frozen=True):
    """A text of a record in pieces; `field` says which it is.

    `name` and `by` are its name and the line of its artists. Any other has words that these lack: it was found by
    another name or the real name of an artist, by the name of an artist that is credited by another one, by a label
    or the label above it, or by the title of a track.
    """

    field: Field
    pieces: list[Piece]

    @property
    def text(self) -> str:
        """The whole of it."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def has_hit(self) -> bool:
        """Whether anything in it was asked for."""
        return any(piece.hit for piece in self.pieces)


class Wanted(Struct, frozen=True):
    """What is marked: whole words, and beginnings of words."""

    words: frozenset[str]
    beginnings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.beginnings)


def wanted_of(query: Query, instead: Mapping[str, Sequence[str]]) -> Wanted:
    """What a search asks for, and what it looked for in the place of mistyped words."""
    terms = [term for term in query.terms if not term.excluded]
    words = {word for term in terms for word in (*term.words, term.joined) if word}
    words |= {other for others in instead.values() for other in others}
    return Wanted(frozenset(words), tuple(term.words[-1] for term in terms if term.kind == "prefix"))


def snippet(field: Field, text: str, wanted: Wanted) -> Snippet:
    """A text with what matched in it."""
    flags = _flags(text[:LONGEST], wanted) if wanted else []
    flags += [False] * (len(text) - len(flags))
    runs = groupby(zip(text, flags, strict=True), key=lambda pair: pair[1])
    return Snippet(field, [Piece("".join(one for one, _ in run), hit) for hit, run in runs])


def _flags(text: str, wanted: Wanted) -> list[bool]:
    """Of each character, whether it was asked for."""
    flags = [False] * len(text)
    for match in _WORD.finditer(text):
        for begin, end in _within(match[0], wanted):
            flags[match.start() + begin : match.start() + end] = [True] * (end - begin)
    return flags


def _within(word: str, wanted: Wanted) -> Iterator[tuple[int, int]]:
    folded = fold(word)
    if folded in wanted.words or (wanted.beginnings and folded.startswith(wanted.beginnings)):
        yield 0, len(word)
    elif any(map(is_unspaced, word)):
        yield from _pairs_within(word, {one for one in (*wanted.words, *wanted.beginnings) if is_unspaced(one)})


def _pairs_within(word: str, pairs: Collection[str]) -> Iterator[tuple[int, int]]:
    """Where pairs of characters stand in a run without blanks; character by character, as few fold to two."""
    plain = "".join(folded if len(folded := fold(one)) == 1 else one for one in word)
    for pair in pairs:
        at = plain.find(pair)
        while at >= 0:
            yield at, at + len(pair)
            at = plain.find(pair, at + 1)
