"""Words that were typed with accents: of records that match alike, those that are spelled so come first.

Entries have their words folded, so it is told by the names of what was found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from functions.discover.search.query import Query
from functions.search_entries.words import fold

#: Fields whose words stand in a name, or among the artists of a title.
_NAMES: Final = frozenset({"words", "phrase", "title", "name", "artist"})
_WORD: Final = re.compile(r"\w+")


def accented_words(query: Query) -> tuple[str, ...]:
    """The words of a search that folding changes, as they are spelled."""
    if query.text.isascii():
        return ()
    texts = [piece.text for piece in query.understood if piece.field in _NAMES and not piece.excluded]
    words = dict.fromkeys(word for text in texts for word in _WORD.findall(spelled(text)))
    return tuple(word for word in words if fold(word) != word)


def spelled(text: str) -> str:
    """A text in which accents count, and capitals do not."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())


def missing_accents(words: Sequence[str], text: str) -> int:
    """How many of the words are not spelled so in a text."""
    if not words:
        return 0
    written = spelled(text)
    return sum(word not in written for word in words)
