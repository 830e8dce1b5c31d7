"""Words of names and titles in any script: one way to cut and fold them, for what writes entries and for what asks.

Letters are folded: case, accents, full and half width, Katakana to Hiragana, Traditional to Simplified Chinese. Scripts
that set no blanks between words are cut into pairs of characters, so that a part of a Japanese name finds it.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import xxhash

#: Characters of a word that count; a lexeme of PostgreSQL may have 2,046 bytes.
LONGEST_WORD: Final = 60
#: Characters of a text that are read: the longest titles have three million.
LONGEST_TEXT: Final = 10_000
#: Words of one text that count: what follows is seldom a name.
MOST_WORDS: Final = 2_000
#: Of the hash of a whole name: with 20 million names, another has the same once in ten million.
_KEY_BYTES: Final = 6

_HAN: Final = r"\u2e80-\u2fdf\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
#: Written without blanks: Han, Kana, Bopomofo, and Thai, Lao, Burmese, Khmer with their vowel signs.
_UNSPACED: Final = _HAN + r"\u3040-\u30ff\u3100-\u312f\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
#: Signs of Indic and Tibetan words, which are no letters by themselves.
_SIGNS: Final = r"\u0900-\u0dff\u0f00-\u0fbc"

_PIECE: Final = re.compile(rf"[{_UNSPACED}]+|(?:(?![{_UNSPACED}_])[\w{_SIGNS}])+")
_ASCII_PIECE: Final = re.compile("[a-z0-9]+")
_IS_UNSPACED: Final = re.compile(f"[{_UNSPACED}]")
_IS_HAN: Final = re.compile(f"[{_HAN}]")
_DISAMBIGUATION: Final = re.compile(r"\s\(\d{1,4}\)$")

_INNER_SIGN: Final = re.compile(r"\S[^\w\s]\S")

#: Letters that have no decomposition, as they are written without their own sign.
_LETTERS: Final = {
    "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n",
    "ə": "e", "ɛ": "e", "ɔ": "o", "ƒ": "f", "ς": "σ", "ـ": "", "أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه",
    "&": " and ", "＆": " and ",
}  # fmt: skip

#: Pieces that are one word when what joins them is left out: "AC/DC", "R.E.M.", "hip-hop".
_MOST_JOINED: Final = 4


class Word(NamedTuple):
    """A word of a text, folded; `position` counts from 1. Words written joined share that of their first piece."""

    text: str
    position: int
    is_joined: bool = False


class _Folding(dict[int, str]):
    """What each character is folded to; filled as characters come."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        self[code] = folded
        return folded


def fold(text: str) -> str:
    """A text without what tells apart only its looks."""
    if text.isascii():
        return text.lower().replace("&", " and ")
    return unicodedata.normalize("NFKC", text).casefold().translate(_FOLDING)


def name_of(text: str) -> str:
    """A name without the number in brackets that tells it from others: `Nirvana (2)` is Nirvana."""
    return _DISAMBIGUATION.sub("", text) if text.endswith(")") else text


@lru_cache(200_000)
def plain_name(text: str) -> str:
    """A name as it is compared: its folded words, a blank between them; of signs only, the signs."""
    if simple := _simple(text):
        return " ".join(simple)
    folded = fold(text[:LONGEST_TEXT])
    if folded.isascii():
        plain = " ".join([piece[:LONGEST_WORD] for piece in _ASCII_PIECE.findall(folded)[:MOST_WORDS]])
    else:
        plain = " ".join([piece for piece, _, _ in _pieces(folded)])
    return plain or _signs(folded)


def words_of(text: str) -> list[Word]:
    """The words of a text, those in pairs of characters, and those that punctuation joins; of signs only, the signs."""
    return list(map(Word._make, cut(text)))


def cut(text: str) -> list[tuple[str, int, bool]]:
    """What `words_of` gives, as plain tuples: there are very many of them."""
    if simple := _simple(text):
        return [(word[:LONGEST_WORD], place, False) for place, word in enumerate(simple, 1)]
    folded = fold(text[:LONGEST_TEXT])
    if folded.isascii():
        return _cut_ascii(folded)
    pieces = _pieces(folded)
    if not pieces:
        signs = _signs(folded)
        return [(signs, 1, False)] if signs else []
    words = [word for piece in pieces for word in _pairs(piece)]
    return words + (_joined(folded) if _may_join(folded, len(pieces)) else [])


def name_key(plain: str) -> str:
    """What names of the same words share, whatever their order: a word that nobody types."""
    digest = xxhash.xxh3_64_digest(" ".join(sorted(plain.split())).encode())
    return "=" + b64encode(digest[:_KEY_BYTES]).decode()


def is_unspaced(text: str) -> bool:
    """Whether a text begins in a script that sets no blanks between words."""
    return bool(_IS_UNSPACED.match(text))


def _simple(text: str) -> list[str]:
    """The words of a text of nothing but ASCII letters, digits and blanks, as most are; of any other, none."""
    if not text.isascii():
        return []
    words = text.lower().split()
    return words[:MOST_WORDS] if "".join(words).isalnum() else []


def _fold_character(character: str) -> str:
    if character in _LETTERS:
        return _LETTERS[character]
    code = ord(character)
    if 0x30A1 <= code <= 0x30F6:  # Katakana
        return chr(code - 0x60)
    if _IS_HAN.match(character):
        return _simplified(character)
    if (
        code < 0x0700 or 0x1E00 <= code <= 0x1FFF or 0x20D0 <= code <= 0x20FF
    ):  # elsewhere marks are part of the spelling
        bare = "".join(c for c in unicodedata.normalize("NFD", character) if unicodedata.category(c) != "Mn")
        return "".join(_LETTERS.get(c, c) for c in bare)
    return character


def _simplified(character: str) -> str:
    return _converter().convert(character)


@lru_cache(1)
def _converter() -> _Converter:
    import opencc  # late: most processes never meet a Chinese character

    converter: _Converter = opencc.OpenCC("t2s")
    return converter


def _pieces(folded: str) -> list[tuple[str, int, bool]]:
    """Runs of letters, whole; one of a script without blanks has a place for each of its characters."""
    found, place = [], 1
    for text in _PIECE.findall(folded)[:MOST_WORDS]:
        unspaced = _IS_UNSPACED.match(text)
        found.append((text if unspaced else text[:LONGEST_WORD], place, False))
        place += len(text) if unspaced else 1
    return found


def _cut_ascii(folded: str) -> list[tuple[str, int, bool]]:
    pieces = _ASCII_PIECE.findall(folded)[:MOST_WORDS]
    if not pieces:
        signs = _signs(folded)
        return [(signs, 1, False)] if signs else []
    words = [(text[:LONGEST_WORD], place, False) for place, text in enumerate(pieces, 1)]
    return words + (_joined_ascii(folded) if _may_join(folded, len(pieces)) else [])


def _pairs(piece: tuple[str, int, bool]) -> list[tuple[str, int, bool]]:
    """A word as it is; a run of a script without blanks as pairs of neighbours, and its last character."""
    text, place, _ = piece
    if not _IS_UNSPACED.match(text):
        return [piece]
    return [(text[at : at + 2], place + at, False) for at in range(len(text))]


def _may_join(folded: str, pieces: int) -> bool:
    """Whether anything but blanks stands between two of so many pieces."""
    return pieces > 1 and (folded.count(" ") < pieces - 1 or bool(_INNER_SIGN.search(folded)))


def _joined(folded: str) -> list[tuple[str, int, bool]]:
    found, place = [], 1
    for chunk in folded.split():
        pieces = [text for text, _, _ in _pieces(chunk)]
        text = "".join(pieces)
        if _is_joined(pieces) and not _IS_UNSPACED.search(text):
            found.append((text[:LONGEST_WORD], place, True))
        place += sum(len(piece) if _IS_UNSPACED.match(piece) else 1 for piece in pieces)
    return found


def _joined_ascii(folded: str) -> list[tuple[str, int, bool]]:
    found, place = [], 1
    for chunk in folded.split():
        if chunk.isalnum():
            place += 1
            continue
        pieces = _ASCII_PIECE.findall(chunk)
        if _is_joined(pieces):
            found.append(("".join(pieces)[:LONGEST_WORD], place, True))
        place += len(pieces)
    return found


def _is_joined(pieces: Sequence[str]) -> bool:
    """Whether pieces that no blank divides are a word: few of them, or nothing but single letters."""
    return len(pieces) > 1 and (len(pieces) <= _MOST_JOINED or all(len(piece) == 1 for piece in pieces))


def _signs(folded: str) -> str:
    return "".join(folded.split())[:LONGEST_WORD]


class _Converter:
    """The form of OpenCC's converter, which has no types of its own."""

    def convert(self, text: str) -> str: ...  # type: ignore[empty-body]


_FOLDING: Final = _Folding()
