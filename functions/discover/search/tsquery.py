"""A search in the form that PostgreSQL's GIN is asked in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from functions.discover.search.query import Term


def tsquery(terms: Iterable[Term], instead: Mapping[str, Sequence[str]] | None = None) -> str:
    """The terms as a tsquery, all of them needed.

    Args:
        terms: of a search.
        instead: words that may stand for a word, too.
    """
    return " & ".join(_of_term(term, instead or {}) for term in terms)


def one_instead(terms: Sequence[Term], instead: Mapping[str, Sequence[str]]) -> str:
    """The same with another word in the place of one of them, and of no other."""
    return " | ".join(f"({tsquery(terms, {word: others})})" for word, others in instead.items())


def any_of(words: Iterable[str]) -> str:
    """Entries that have one of these words at least."""
    return " | ".join(_lexeme(word) for word in words)


def _of_term(term: Term, instead: Mapping[str, Sequence[str]]) -> str:
    mark = ":*" if term.kind == "prefix" else ""
    if term.kind == "phrase":
        text = " <-> ".join(_lexeme(word, term.weights) for word in term.words)
    else:
        *whole, last = term.words
        parts = [_alternatives(word, term.weights, instead) for word in whole]
        text = " & ".join([*parts, _alternatives(last, term.weights, {} if mark else instead, mark)])
    if term.joined:
        text = f"({text}) | {_lexeme(term.joined, term.weights, mark)}"
    return f"!({text})" if term.excluded else f"({text})"


def _alternatives(word: str, weights: str, instead: Mapping[str, Sequence[str]], mark: str = "") -> str:
    every = [_lexeme(one, weights, mark) for one in (word, *instead.get(word, ()))]
    return every[0] if len(every) == 1 else "(" + " | ".join(every) + ")"


def _lexeme(word: str, weights: str = "", mark: str = "") -> str:
    """A word that is what it is, whatever its characters; `:*` for its prefix, `:AB` for where it stands."""
    quoted = "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
    places = (mark or (":" if weights else "")) + weights
    return quoted + places
