"""The vocabulary of search: in how many entries each word is, by the dump, and how a mistyped word is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from functions.runtime.entities import Entity
from functions.search_entries.typos import keys_of
from infra.verify.document import ExpectedDocument
from infra.verify.drawing import Drawing
from infra.verify.entry_words import distinct_words
from infra.verify.report import Findings, shown
from infra.verify.stores import Stores

#: Words whose keys are asked for at once.
_AT_ONCE: Final = 200


def count_words(
    stores: Stores, drawing: Drawing, entity: Entity, documents: Iterable[ExpectedDocument]
) -> Counter[str]:
    """In how many of these records each word stands that is drawn; nothing while entries are behind them."""
    if not stores.has_all_entries():
        return Counter()
    tracks = stores.tracks()
    return Counter(
        word for document in documents for word in distinct_words(entity, document, tracks) if drawing.has_word(word)
    )


def compare_vocabulary(findings: Findings, stores: Stores, drawing: Drawing, expected: Counter[str]) -> None:
    """Note drawn words that are counted wrongly, that are missing, or that are not to be found by a typo."""
    if not stores.has_all_entries():
        return
    missing, present = set(expected), list[str]()
    for word, frequency in stores.vocabulary():
        if not drawing.has_word(word):
            continue
        findings.checked["words of the vocabulary"] += 1
        missing.discard(word)
        present.append(word)
        if frequency != expected[word]:
            findings.found("search", f"the word {shown(word)} counts {frequency} entries, expected {expected[word]}.")
    for word in sorted(missing):
        findings.found("search", f"the word {shown(word)} is not in the vocabulary.")
    for word in _not_found_mistyped(stores, present):
        findings.found("search", f"the word {shown(word)} is not found as it may be mistyped.")


def _not_found_mistyped(stores: Stores, words: Iterable[str]) -> Iterator[str]:
    meant = filter(_may_be_meant, words)
    while some := list(islice(meant, _AT_ONCE)):
        pairs = [(key, word) for word in some for key in keys_of(word)]
        lacking = {word for _, word in set(pairs) - stores.keys_of_words(pairs)}
        yield from sorted(lacking)


def _may_be_meant(word: str) -> bool:
    return 4 <= len(word) <= 24 and word.isalpha() and ord(word[0]) < 0x2E80
