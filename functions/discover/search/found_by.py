"""By which of its other texts a record was found: those with words that its name and its artists lack."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from functions.discover.search.query import Query, Term
from functions.discover.search.snippets import LONGEST, Field, Snippet, snippet, wanted_of
from functions.search_entries.words import words_of

#: Texts beside a name, with the weight of their words in an entry, in the order in which they are looked through.
_WEIGHTS: Final[dict[Field, str]] = {
    "other name": "B",
    "real name": "B",
    "artist": "B",
    "label": "C",
    "parent label": "C",
    "track": "D",
}

#: Words that were looked for in the place of one that seems mistyped.
Instead = Mapping[str, Sequence[str]]
#: The words of a text, each with its places.
_Words = Mapping[str, set[int]]


def lacking(query: Query, instead: Instead, name: str, by: str) -> list[Term]:
    """What of a search stands neither in the name of a record nor in the line of its artists."""
    texts = (("A", _words(name)), ("B", _words(by)))
    return [
        term
        for term in query.terms
        if not term.excluded
        and not any(_may(term, weight) and _stands(term, words, instead) for weight, words in texts)
    ]


def found_by(
    query: Query, terms: Sequence[Term], instead: Instead, texts: Mapping[Field, Sequence[str]]
) -> list[Snippet]:
    """The other texts of a record in which those terms stand, as few as say it, with all that matched in each.

    Args:
        query: the search.
        terms: what `lacking` gave for the record.
        instead: words that were looked for in the place of others.
        texts: by what they are; of each the first 300 characters count.
    """
    found, wanted, left = list[Snippet](), wanted_of(query, instead), list(terms)
    for field, weight in _WEIGHTS.items():
        some = [(text[:LONGEST], _words(text[:LONGEST])) for text in texts.get(field, ())] if left else []
        while best := _best([term for term in left if _may(term, weight)], some, instead):
            text, met = best
            found.append(snippet(field, text, wanted))
            left = [term for term in left if term not in met]
    return found


def _best(
    terms: Sequence[Term], texts: Sequence[tuple[str, _Words]], instead: Instead
) -> tuple[str, list[Term]] | None:
    """The text in which most of the terms stand, of several the shortest, and these terms; None where none does."""
    met = [(text, [term for term in terms if _stands(term, words, instead)]) for text, words in texts]
    best = max(met, key=lambda one: (len(one[1]), -len(one[0])), default=None)
    return best if best and best[1] else None


def _words(text: str) -> _Words:
    places = defaultdict[str, set[int]](set)
    for word in words_of(text):
        places[word.text].add(word.position)
    return places


def _may(term: Term, weight: str) -> bool:
    """Whether a term may stand at a place of this weight."""
    return not term.weights or weight in term.weights


def _stands(term: Term, words: _Words, instead: Instead) -> bool:
    """Whether a term stands in a text, by itself or by a word in its place."""
    *before, last = term.words
    if term.joined in words:
        return True
    if term.kind == "phrase":
        return any(_follow(term.words, words, place) for place in words.get(term.words[0], ()))
    if term.kind == "prefix":
        return all(word in words for word in before) and any(word.startswith(last) for word in words)
    return all(word in words or any(other in words for other in instead.get(word, ())) for word in term.words)


def _follow(phrase: Sequence[str], words: _Words, first: int) -> bool:
    return all(place in words.get(word, ()) for place, word in enumerate(phrase, first))
