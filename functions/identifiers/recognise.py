"""What a text may be: a barcode, a catalogue number, a matrix number …, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal, get_args

from msgspec import Struct

from functions.identifiers.normal_form import KINDS, Kind, barcode_digits, is_barcode, normal, squeeze

Sureness = Literal["sure", "likely", "possible"]

_ORDER: Final = {sureness: place for place, sureness in enumerate(get_args(Sureness))}
_SHORTEST_BARCODE: Final = 6
_LONGEST_CATNO: Final = 16
_SHORTEST_MATRIX: Final = 8

_LABEL_CODE: Final = re.compile(r"LC[0-9]{3,6}")
_NUMBER_OF_LABEL_CODE: Final = re.compile(r"[0-9]{3,5}")
_SID: Final = re.compile(r"IFPI[0-9A-Z]{2,5}")
_NUMBER_OF_SID: Final = re.compile(r"L[0-9A-Z]{3,4}|[0-9A-Z]{3}[0-9]|[0-9]{2}[0-9A-Z]{2}")
_ISRC: Final = re.compile(r"(?:ISRC)?[A-Z]{2}[0-9A-Z]{3}[0-9]{7}")
_ASIN: Final = re.compile(r"B0[0-9A-Z]{8}")


class Reading(Struct, frozen=True):
    """A text read as an identifier of a kind: its normal form, and how sure it is that it was meant as one."""

    kind: Kind
    form: str
    sureness: Sureness


def recognise(text: str) -> list[Reading]:
    """What a text may be, the surest first; nothing for a text that names nothing, such as `none`."""
    squeezed = squeeze(text)
    readings = []
    for kind in KINDS:
        sureness = _HOW_SURE[kind](squeezed, text)
        form = normal(kind, text) if sureness else ""
        if sureness and form:
            readings.append(Reading(kind, form, sureness))
    return sorted(readings, key=lambda reading: _ORDER[reading.sureness])


def _barcode(squeezed: str, text: str) -> Sureness | None:
    digits = barcode_digits(text)
    if len(digits) < _SHORTEST_BARCODE:
        return None
    if is_barcode(digits) and len(digits) > 8 and squeezed.isdigit():
        return "sure"
    return "likely" if is_barcode(digits) or 11 <= len(digits) <= 13 else "possible"


def _catno(squeezed: str, _: str) -> Sureness:
    mixed = squeezed.isalnum() and not squeezed.isalpha() and not squeezed.isdigit()
    return "likely" if mixed and len(squeezed) <= _LONGEST_CATNO else "possible"


def _matrix(squeezed: str, _: str) -> Sureness:
    mixed = not squeezed.isalpha() and not squeezed.isdigit()
    return "likely" if mixed and len(squeezed) >= _SHORTEST_MATRIX else "possible"


_HowSure = Callable[[str, str], Sureness | None]


def _matched(certain: re.Pattern[str], possible: re.Pattern[str] | None = None) -> _HowSure:
    def sureness(squeezed: str, _: str) -> Sureness | None:
        if certain.fullmatch(squeezed):
            return "sure"
        return "possible" if possible and possible.fullmatch(squeezed) else None

    return sureness


def _other(_: str, __: str) -> Sureness:
    return "possible"


_HOW_SURE: Final[dict[Kind, _HowSure]] = {
    "barcode": _barcode,
    "catno": _catno,
    "matrix": _matrix,
    "label-code": _matched(_LABEL_CODE, _NUMBER_OF_LABEL_CODE),
    "sid": _matched(_SID, _NUMBER_OF_SID),
    "isrc": _matched(_ISRC),
    "asin": _matched(_ASIN),
    "other": _other,
}
