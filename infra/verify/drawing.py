"""Which records and words are compared one by one, where comparing all of them would take too long: drawn by a seed."""

from __future__ import annotations

from typing import Final, NamedTuple

import xxhash

#: Of a large dump one record in so many has its search entry compared, and one word in so many is counted.
SHARE: Final = 50


class Drawing(NamedTuple):
    """What is drawn.

    Attributes:
        seed: another one draws others.
        records: one record in so many is drawn.
        words: one word in so many is drawn.
    """

    seed: int
    records: int = 1
    words: int = 1

    def has_record(self, id_: int) -> bool:
        """Whether this record is drawn."""
        return self.records == 1 or xxhash.xxh32_intdigest(b"%d" % id_, self.seed) % self.records == 0

    def has_word(self, word: str) -> bool:
        """Whether this word is drawn."""
        return self.words == 1 or xxhash.xxh32_intdigest(word.encode(), self.seed) % self.words == 0
