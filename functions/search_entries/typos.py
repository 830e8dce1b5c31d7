"""Words that differ by a typo: a word is noted without each of its letters, and so is what somebody has typed.

Two words that have such a rest in common differ by one letter left out, put in, changed, or by two that changed places;
long words are noted without two letters as well. Symmetric deletes: https://github.com/wolfgarbe/SymSpell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Final

import xxhash

#: Letters from which a word may have one typo, and two.
SHORTEST, LONG = 5, 9
_LONGEST: Final = 24


def may_have_typos(word: str) -> bool:
    """Whether a word is long enough, and made of letters alone."""
    return SHORTEST <= len(word) <= _LONGEST and word.isalpha()


def most_typos(word: str) -> int:
    """How many typos a word may have: none below 5 letters, one to 8, two beyond."""
    return 0 if not may_have_typos(word) else 1 if len(word) < LONG else 2


def rests(word: str) -> set[str]:
    """The word itself, and without as many of its letters as it may have typos; short words that may be meant, too."""
    most = 2 if len(word) >= LONG else 1
    places = range(len(word))
    gone = (set(left_out) for count in range(1, most + 1) for left_out in combinations(places, count))
    return {word} | {"".join(word[at] for at in places if at not in left_out) for left_out in gone}


def keys_of(word: str) -> set[int]:
    """The rests of a word as numbers of 64 bits with sign."""
    return {xxhash.xxh3_64_intdigest(rest.encode()) - 2**63 for rest in rests(word)}


def delete_rows(words: Iterable[str]) -> Iterator[tuple[int, str]]:
    """A row for each rest of each word that may be meant: of 4 letters and more, since one may have been put in."""
    for word in words:
        if SHORTEST - 1 <= len(word) <= _LONGEST and word.isalpha() and not _is_paired(word):
            for key in keys_of(word):
                yield key, word


def distance(one: str, other: str) -> int:
    """Letters to leave out, put in, change, or change places with their neighbour, to make one of the other."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1]


def _is_paired(word: str) -> bool:
    return ord(word[0]) >= 0x2E80
