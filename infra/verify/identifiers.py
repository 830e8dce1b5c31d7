"""What a release can be looked up by: its keys, by rules of this package's own.

A key is a letter for the kind and up to 32 letters and digits, capital and without accents. Catalogue numbers are those
of labels. A barcode has no leading zeros, and no add-on of two or five digits behind a UPC or an EAN.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from infra.verify.document import ExpectedDocument
from infra.verify.report import Findings, shown
from infra.verify.stores import Stores

_LONGEST: Final = 32
_LETTERS: Final = {
    "Barcode": "b",
    "Matrix / Runout": "m",
    "Label Code": "l",
    "Mastering SID Code": "s",
    "Mould SID Code": "s",
    "ISRC": "i",
    "ASIN": "a",
    "Rights Society": "",
    "SPARS Code": "",
}
_WHOLE: Final = {"Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Æ": "AE", "Œ": "OE", "Þ": "TH"}


def keys_of(document: ExpectedDocument) -> list[str]:
    """The keys of a release, in order."""
    return sorted(set(_keys(document)))


def compare_identifiers(findings: Findings, stores: Stores, documents: Mapping[int, ExpectedDocument]) -> None:
    """Note every difference between releases and their keys; nothing while these are behind the documents."""
    if not stores.has_all_identifiers():
        findings.quirks["releases whose identifiers are still being made"] += len(documents)
        return
    stored: dict[int, list[str]] = {id_: [] for id_ in documents}
    for id_, key in stores.identifiers(list(documents)):
        stored[id_].append(key)
    for id_, document in documents.items():
        expected, found = keys_of(document), sorted(stored[id_])
        findings.checked["identifiers"] += len(expected)
        if expected != found:
            sentence = f"release {id_}: its keys are {shown(found)}, expected {shown(expected)}."
            findings.found("identifiers", sentence)


def compare_identifiers_count(findings: Findings, stores: Stores) -> None:
    """Note keys whose release is gone."""
    if stores.has_all_identifiers():
        for id_ in stores.identifiers_without_release():
            findings.found("identifiers", f"release {id_} has keys, but no row.")


def _keys(document: ExpectedDocument) -> Iterator[str]:
    written = [(_LETTERS.get(each.get("type", ""), "o"), each.get("value")) for each in document.get("identifiers", [])]
    for letter, text in [("c", label.get("catno")) for label in document.get("labels", [])] + written:
        form = _form(letter, text) if letter and text else ""
        if form:
            yield letter + form[:_LONGEST]


def _form(letter: str, text: str) -> str:
    letters = _letters_and_digits(text)
    if letters in ("", "NONE") or "".join(text.split()).upper() == "N/A":
        return ""
    return _OWN_FORMS[letter](letters, text) if letter in _OWN_FORMS else letters


def _letters_and_digits(text: str) -> str:
    """Capital letters and plain digits alone; symbols beyond ASCII where there is nothing else."""
    if text.isascii():
        return "".join(filter(str.isalnum, text)).upper()
    pieces, symbols = [], []
    for char in unicodedata.normalize("NFKD", text):
        if ord(char) > 127 and unicodedata.category(char)[0] == "S":
            symbols.append(char)
        for capital in char.upper():
            if capital.isdecimal():
                pieces.append(str(int(capital)))
            elif capital.isalnum():
                pieces.append(_WHOLE.get(capital, capital))
    return unicodedata.normalize("NFC", "".join(pieces)) or "".join(symbols)


def _barcode(letters: str, text: str) -> str:
    found = letters
    if re.fullmatch("[0-9]+", letters):
        found = _main(letters, text)
    else:
        for run in re.findall("[0-9](?:[^0-9A-Z]*[0-9])*", unicodedata.normalize("NFKC", text).upper()):
            digits = _main("".join(char for char in run if char in "0123456789"), run)
            if len(digits) >= 12 and _is_sound(digits):
                found = digits
                break
    while found.startswith("0"):
        found = found[1:]
    return found


def _main(digits: str, text: str) -> str:
    """The digits of the article, without those of an add-on; of fourteen, two are one only where they stand apart."""
    if len(digits) == 14 and _is_sound(digits):
        pieces = [piece for piece in re.split("[^0-9]+", text) if piece]
        if not pieces or len(pieces[-1]) != 2:
            return digits
    for more in (2, 5):
        for main in (digits[:13], digits[:12]):
            if len(main) + more == len(digits) and len(main) >= 12 and _is_sound(main):
                return main
    return digits


def _is_sound(digits: str) -> bool:
    """Whether the digits, three times every other one from the last but one on, add up to tens."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        total += int(digit) * (3 if place % 2 else 1)
    return len(digits) in (8, 12, 13, 14) and total % 10 == 0


def _label_code(letters: str, _: str) -> str:
    number = letters[2:] if letters.startswith("LC") else letters
    if not re.fullmatch("[0-9]+", number):
        return letters
    short = number.lstrip("0") or "0"
    return short if len(short) <= 6 else letters


def _asin(letters: str, _: str) -> str:
    for place in range(len(letters) - 9):
        if re.fullmatch("B[0-9A-Z]{9}", letters[place : place + 10]):
            return letters[place : place + 10]
    return letters


def _behind(prefix: str) -> Callable[[str, str], str]:
    return lambda letters, _: letters[len(prefix) :] if letters.startswith(prefix) and letters != prefix else letters


_OWN_FORMS: Final[dict[str, Callable[[str, str], str]]] = {
    "b": _barcode,
    "l": _label_code,
    "a": _asin,
    "s": _behind("IFPI"),
    "i": _behind("ISRC"),
}
