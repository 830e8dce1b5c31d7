"""Identifiers in the form in which they are compared: blanks, punctuation, case, width and accents make no difference.

A barcode is its digits without leading zeros, so that UPC-A and EAN-13 are one; an add-on of two or five digits is no
part of it. A label code is its number; a SID code goes without `IFPI`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Final, Literal, get_args

Kind = Literal["barcode", "catno", "matrix", "label-code", "sid", "isrc", "asin", "other"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

#: Characters of a normal form that are kept: few identifiers go on, and the document has the rest.
LONGEST: Final = 32

#: The letter that begins the keys of a kind.
LETTER: Final[dict[Kind, str]] = {
    "barcode": "b",
    "catno": "c",
    "matrix": "m",
    "label-code": "l",
    "sid": "s",
    "isrc": "i",
    "asin": "a",
    "other": "o",
}
KIND_OF_LETTER: Final[dict[str, Kind]] = {letter: kind for kind, letter in LETTER.items()}

#: The kind of each type of the dumps; any other is `other`. Those of None are shared by too many to name a release.
_KIND_OF_TYPE: Final[dict[str | None, Kind | None]] = {
    "Barcode": "barcode",
    "Matrix / Runout": "matrix",
    "Label Code": "label-code",
    "Mastering SID Code": "sid",
    "Mould SID Code": "sid",
    "ISRC": "isrc",
    "ASIN": "asin",
    "Rights Society": None,
    "SPARS Code": None,
}

#: What stands for an identifier that there is not.
_NOTHING: Final = frozenset({"", "NONE"})
_NOT_AVAILABLE: Final = re.compile(r"\s*n\s*/\s*a\s*", re.IGNORECASE)
_DROPPED: Final = bytes(code for code in range(128) if not chr(code).isalnum())
#: Letters that do not come apart into one of ASCII and a mark.
_LETTERS: Final = str.maketrans({"Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Æ": "AE", "Œ": "OE", "Þ": "TH"})

_GTIN_LENGTHS: Final = frozenset({8, 12, 13, 14})
_SHORTEST_AMONG_LETTERS: Final = 12
_ADD_ON_LENGTHS: Final = frozenset({2, 5})
_DIGITS_APART: Final = re.compile(r"[0-9](?:[^0-9A-Z]*[0-9])*")
_NO_DIGIT: Final = re.compile(r"[^0-9]+")
_TWO_APART: Final = re.compile(r"[^0-9][0-9]{2}[^0-9]*\Z")
_LABEL_CODE: Final = re.compile(r"(?:LC)?0*([0-9]{1,6})")
_ASIN: Final = re.compile(r"B[0-9A-Z]{9}")


def kind_of(type_: str | None) -> Kind | None:
    """The kind of a type of the dumps; None for one that is not looked up."""
    return _KIND_OF_TYPE.get(type_, "other")


def normal(kind: Kind, text: str) -> str:
    """The normal form of an identifier of a kind, in full; empty where the text names nothing."""
    squeezed = squeeze(text)
    if squeezed in _NOTHING or ("/" in text and _NOT_AVAILABLE.fullmatch(text)):
        return ""
    form = _FORMS.get(kind)
    return form(squeezed, text) if form else squeezed


def key_of(kind: Kind, form: str) -> str:
    """The key of a normal form: the letter of its kind, and as much of it as is kept."""
    return LETTER[kind] + form[:LONGEST]


def squeeze(text: str) -> str:
    """Letters and digits, capital, without accents, full-width ones as plain ones; of a text of symbols these."""
    if text.isascii():
        return text.encode().upper().translate(None, _DROPPED).decode()
    apart = unicodedata.normalize("NFKD", text)
    kept = "".join(_plain_digit(char) for char in apart.upper().translate(_LETTERS) if char.isalnum())
    return unicodedata.normalize("NFC", kept) or "".join(filter(_is_symbol, apart))


def _plain_digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


def _is_symbol(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char).startswith("S")


def is_barcode(digits: str) -> bool:
    """Whether these are the digits of an EAN, a UPC or a GTIN-14, the last of them its check digit."""
    return len(digits) in _GTIN_LENGTHS and check_digit(digits[:-1]) == digits[-1]


def check_digit(digits: str) -> str:
    """The check digit that follows these digits; zeros before them make no difference."""
    total = 3 * sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2]))
    return str(-total % 10)


def barcode_digits(text: str) -> str:
    """The digits of a barcode as written, without an add-on.

    Of a text with letters the first sound barcode of 12 digits or more; empty where there is none.
    """
    squeezed = squeeze(text)
    if squeezed.isascii() and squeezed.isdigit():
        return _without_add_on(squeezed, text)
    wide = unicodedata.normalize("NFKC", text).upper()
    for apart in _DIGITS_APART.findall(wide):
        digits = _without_add_on(_NO_DIGIT.sub("", apart), apart)
        if len(digits) >= _SHORTEST_AMONG_LETTERS and is_barcode(digits):
            return digits
    return ""


def _without_add_on(digits: str, text: str) -> str:
    """Of 14 digits the last two are an add-on only where they stand apart."""
    if len(digits) == 14 and is_barcode(digits) and not _TWO_APART.search(text):
        return digits
    for length in (13, 12):
        if len(digits) - length in _ADD_ON_LENGTHS and is_barcode(digits[:length]):
            return digits[:length]
    return digits


def _barcode(squeezed: str, text: str) -> str:
    if len(squeezed) <= 13 and squeezed.isascii() and squeezed.isdigit():
        return squeezed.lstrip("0")
    return (barcode_digits(text) or squeezed).lstrip("0")


def _label_code(squeezed: str, _: str) -> str:
    found = _LABEL_CODE.fullmatch(squeezed)
    return found[1] if found else squeezed


def _asin(squeezed: str, _: str) -> str:
    found = _ASIN.search(squeezed)
    return found[0] if found else squeezed


def _after(prefix: str, squeezed: str, _: str) -> str:
    return squeezed.removeprefix(prefix) or squeezed


_FORMS: Final[dict[Kind, Callable[[str, str], str]]] = {
    "barcode": _barcode,
    "label-code": _label_code,
    "sid": partial(_after, "IFPI"),
    "isrc": partial(_after, "ISRC"),
    "asin": _asin,
}
