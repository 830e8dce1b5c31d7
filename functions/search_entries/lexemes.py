"""The words of a record's texts in the form of PostgreSQL's tsvector, as text: made once for names that come again."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from functions.search_entries.words import cut, name_key, plain_name

#: A text begins at the next multiple of this many places, at least `_GAP` behind the text before it: no phrase reaches
#: from one into the other, and what was made of a name serves wherever it stands.
_STEP: Final = 16
_GAP: Final = 8
#: No text begins beyond so many words of a record; a tsvector takes no more than 1 MB.
_MOST: Final = 20_000
_MOST_BYTES: Final = 600_000


class Lexemes:
    """The words of a record, each with its place and weight; PostgreSQL puts those together that are the same."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._begin = 0
        self._bytes = 0

    def add(self, text: str, weight: str) -> None:
        """Put the words of a text behind those that are there."""
        self._put(*_lexemes(text, self._begin, weight))

    def add_name(self, text: str, weight: str) -> None:
        """The same of a name that other records have, too."""
        self._put(*_lexemes_of_name(text, self._begin, weight))

    def add_key(self, name: str) -> None:
        """Have the record found by these words as its whole name, in any order; no phrase has it, so no place."""
        if plain := plain_name(name):
            self._pieces.append(_quoted(name_key(plain)))

    def text(self) -> str:
        """As PostgreSQL reads a tsvector."""
        return " ".join(self._pieces)

    def _put(self, text: str, last: int) -> None:
        if text and self._begin < _MOST and self._bytes < _MOST_BYTES:
            self._pieces.append(text)
            self._bytes += len(text)
            self._begin = (last + _GAP + _STEP - 1) // _STEP * _STEP


def _lexemes(text: str, begin: int, weight: str) -> tuple[str, int]:
    """The words of a text from a place on, and the last place."""
    words = cut(text)
    if not words:
        return "", begin
    lexemes = [f"{_quoted(word)}:{begin + place}{weight}" for word, place, _ in words]
    last = max(place for _, place, _ in words) if words[-1][2] else words[-1][1]  # what is joined stands at the end
    return " ".join(lexemes), begin + last


@lru_cache(200_000)
def _lexemes_of_name(text: str, begin: int, weight: str) -> tuple[str, int]:
    return _lexemes(text, begin, weight)


def _quoted(word: str) -> str:
    if word.isalnum():
        return word
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
