"""A search as it is typed: words, "phrases", -exclusions, prefix*, and fields such as `artist:` or `year:1977..1983`.

Nothing that is typed is an error: what cannot be read as a field is looked for as words, and `understood` says how each
piece was taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from msgspec import Struct

from functions.discover.sound_text import sound
from functions.search_entries.facets import FAMILIES, Kind, facet, years
from functions.search_entries.words import Word, is_unspaced, name_of, plain_name, words_of

#: Characters of a search that are read, words that are looked for, and numbers that are looked up.
LONGEST, MOST_TERMS, MOST_NUMBERS = 500, 16, 4

#: Years that an entry can have.
FIRST_YEAR, LAST_YEAR = 1860, 2100

TermKind = Literal["word", "phrase", "prefix"]

#: Where the words of a field stand, by their weight.
_WEIGHTS: Final = {"title": "A", "name": "A", "artist": "AB", "label": "C", "track": "D"}
_FACETS: Final[dict[str, Kind]] = {
    "genre": "genre",
    "style": "style",
    "country": "country",
    "format": "format",
    "type": "type",
    "decade": "decade",
}
#: Numbers on a record: for exact look-ups.
_NUMBERS: Final = ("barcode", "catno", "matrix", "identifier")
_YEAR_FIELDS: Final = ("year", "original")
TYPES: Final = ("artist", "label", "master", "release")

_TOKEN: Final = re.compile(
    r"""(?P<minus>-)?(?:(?P<field>[a-z]{2,12}):(?=\S))?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))""", re.IGNORECASE
)
_YEARS: Final = re.compile(r"(\d{4})?(?:(\.\.|-|–)(\d{4})?)?")


class Term(Struct, frozen=True):
    """Something that has to be in an entry, or must not.

    `words` stand next to each other in a phrase, and all of them somewhere in a word that is written joined; `joined`
    is the word without what joins it. `weights` are the places where they may stand, all where it is empty.
    """

    words: tuple[str, ...]
    kind: TermKind = "word"
    weights: str = ""
    excluded: bool = False
    joined: str = ""


class Understood(Struct, frozen=True):
    """How a piece of a search was taken."""

    field: str
    text: str
    excluded: bool = False


class Query(Struct, frozen=True):
    """A search, read. `facets` are numbers, each of them needed; `years` are the first and last that are meant.

    `is_cut` says that it has more characters, words or numbers than are looked for.
    """

    text: str
    terms: tuple[Term, ...] = ()
    facets: tuple[int, ...] = ()
    excluded_facets: tuple[int, ...] = ()
    years: tuple[int, int] | None = None
    original_years: tuple[int, int] | None = None
    numbers: tuple[tuple[str, str], ...] = ()
    understood: tuple[Understood, ...] = ()
    is_cut: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        has_terms = any(not term.excluded for term in self.terms)
        return not (has_terms or self.facets or self.years or self.original_years or self.numbers)

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are looked for."""
        return tuple(word for term in self.terms if not term.excluded for word in term.words)

    @property
    def plain(self) -> str:
        """The whole of it as a name would be compared, where it may be one."""
        return plain_name(name_of(self.text)) if not self.understood_fields else ""

    @property
    def understood_fields(self) -> bool:
        """Whether anything but words and phrases was asked for."""
        return any(piece.field not in ("words", "phrase") or piece.excluded for piece in self.understood)


class _Pieces:
    """What has been read so far."""

    def __init__(self, *, has_words: bool) -> None:
        self.has_words = has_words
        self.terms: list[Term] = []
        self.facets: list[int] = []
        self.excluded_facets: list[int] = []
        self.years: tuple[int, int] | None = None
        self.original_years: tuple[int, int] | None = None
        self.numbers: list[tuple[str, str]] = []
        self.understood: list[Understood] = []


def parse_query(text: str, *, last_is_prefix: bool = False) -> Query:
    """Read a search.

    Args:
        text: as it was typed.
        last_is_prefix: whether its last word is still being typed.
    """
    shown = name_of(" ".join(sound(text).split()))
    read = shown[:LONGEST]
    pieces = _Pieces(has_words=any(character.isalnum() for character in read))
    tokens = list(_TOKEN.finditer(read))
    for place, token in enumerate(tokens):
        is_last = last_is_prefix and place == len(tokens) - 1 and token["phrase"] is None
        _take(pieces, token, is_prefix=is_last)
    numbers = tuple(dict.fromkeys(pieces.numbers))
    return Query(
        text=read,
        terms=tuple(pieces.terms[:MOST_TERMS]),
        facets=tuple(pieces.facets),
        excluded_facets=tuple(pieces.excluded_facets),
        years=pieces.years,
        original_years=pieces.original_years,
        numbers=numbers[:MOST_NUMBERS],
        understood=tuple(pieces.understood),
        is_cut=len(shown) > LONGEST or len(pieces.terms) > MOST_TERMS or len(numbers) > MOST_NUMBERS,
    )


def _take(pieces: _Pieces, token: re.Match[str], *, is_prefix: bool) -> None:
    field, excluded = (token["field"] or "").lower(), bool(token["minus"])
    value = token["phrase"] if token["phrase"] is not None else token["word"]
    if field and _take_field(pieces, field, value, excluded=excluded):
        return
    text = value if field in ("", *_WEIGHTS) else f"{field} {value}"
    is_phrase = token["phrase"] is not None
    _take_words(
        pieces, text, field if field in _WEIGHTS else "", excluded=excluded, is_phrase=is_phrase, is_prefix=is_prefix
    )


def _take_field(pieces: _Pieces, field: str, value: str, *, excluded: bool) -> bool:
    """Take a field that is no text; whether it is one, and its value makes sense."""
    if field in _NUMBERS and not excluded:
        pieces.numbers.append((field, value))
    elif field in _YEAR_FIELDS and (span := years_of(value)):
        _take_years(pieces, field, span, excluded=excluded)
    elif field in _FACETS and (number := _facet_of(field, value)) is not None:
        (pieces.excluded_facets if excluded else pieces.facets).append(number)
    else:
        return False
    pieces.understood.append(Understood(field, value, excluded))
    return True


def _take_years(pieces: _Pieces, field: str, span: tuple[int, int], *, excluded: bool) -> None:
    if excluded:
        pieces.excluded_facets += years("year" if field == "year" else "original-year", *span)
    elif field == "year":
        pieces.years = span
    else:
        pieces.original_years = span


def _facet_of(field: str, value: str) -> int | None:
    if field == "decade":
        is_year = value[:4].isdecimal() and value.isascii() and len(value) >= 4
        return facet("decade", int(value[:4]) // 10 * 10) if is_year else None
    if field == "type":
        kind = value.casefold().removesuffix("s")
        return facet("type", kind) if kind in TYPES else None
    if field == "format" and (family := next((f for f in FAMILIES if f.casefold() == value.casefold()), None)):
        return facet("family", family)
    return facet(_FACETS[field], value) if value else None


def years_of(text: str) -> tuple[int, int] | None:
    """The years of `1977`, `1977..1983`, `1977..` or `..1983`, both included."""
    match = _YEARS.fullmatch(text.strip()) if text.isascii() or "–" in text else None
    if match is None or not (match[1] or match[3]):
        return None
    first = int(match[1]) if match[1] else FIRST_YEAR
    last = int(match[3]) if match[3] else LAST_YEAR if match[2] else first
    return (first, last) if first <= last else (last, first)


def _take_words(
    pieces: _Pieces,
    text: str,
    field: str,
    *,
    excluded: bool,
    is_phrase: bool,
    is_prefix: bool,
) -> None:
    weights = _WEIGHTS.get(field, "")
    star = not is_phrase and text.endswith("*") and len(text) > 1
    words = words_of(text.rstrip("*") if star else text)
    if not words or (pieces.has_words and _is_sign(words)):
        return
    pieces.understood.append(Understood(field or ("phrase" if is_phrase else "words"), text, excluded))
    if is_phrase:
        pieces.terms.append(Term(_phrase(words), "phrase", weights, excluded))
        return
    terms = list(_terms(words, weights, excluded=excluded))
    if star or is_prefix:
        last = terms[-1]
        terms[-1] = Term(last.words, "prefix", last.weights, last.excluded, last.joined)
    pieces.terms += terms


def _is_sign(words: Sequence[Word]) -> bool:
    return not any(character.isalnum() for word in words for character in word.text)


def _phrase(words: Sequence[Word]) -> tuple[str, ...]:
    """The pieces in order; of a run in pairs all but the single character at its end."""
    pieces = [word.text for word in words if not word.is_joined]
    return tuple(piece for place, piece in enumerate(pieces) if not _ends_run(pieces, place)) or tuple(pieces)


def _ends_run(pieces: Sequence[str], place: int) -> bool:
    piece = pieces[place]
    return len(piece) == 1 and place > 0 and is_unspaced(piece) and pieces[place - 1].endswith(piece)


def _terms(words: Sequence[Word], weights: str, *, excluded: bool) -> Iterator[Term]:
    """One term for what is written without blanks."""
    pieces, joined = _phrase(words), "".join(word.text for word in words if word.is_joined)
    if joined:
        yield Term(pieces, "word", weights, excluded, joined)
    elif len(pieces) == 1 and len(pieces[0]) == 1 and is_unspaced(pieces[0]):
        yield Term(pieces, "prefix", weights, excluded)
    else:
        for piece in [pieces] if excluded else [(piece,) for piece in pieces]:
            yield Term(piece, "word", weights, excluded)
