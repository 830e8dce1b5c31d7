"""Where to look for what a text may be: ranges of keys, in the order in which their hits are worth something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

from functions.identifiers.normal_form import LETTER, LONGEST, check_digit, key_of
from functions.identifiers.recognise import Reading

#: How a hit's identifier is what was asked: the same; the same with or without its check digit; save its check digit;
#: or it begins with what was asked.
How = Literal["exact", "check-digit", "other-check-digit", "prefix"]

#: Characters that a beginning needs.
SHORTEST_PREFIX: Final = 4
#: Digits before a check digit.
_SHORTEST_BODY, _LONGEST_BODY = 7, 13
_LOWEST, _HIGHEST = "\x01", "\U0010ffff"


class Probe(NamedTuple):
    """Keys from `low` to `high`, both included."""

    how: How
    low: str
    high: str


def probes_of(readings: Sequence[Reading], *, prefixes: bool = True) -> list[Probe]:
    """What to look for, the best first: keys as they are, each once, then keys that begin with what was asked."""
    keys: dict[str, How] = {}
    for how, key in _keys(readings):
        keys.setdefault(key, how)
    exact = [Probe(how, key, key) for key, how in keys.items()]
    return exact + (list(_beginnings(readings)) if prefixes else [])


def exact_keys(probes: Iterable[Probe]) -> list[str]:
    """The keys that are looked for as they are."""
    return [probe.low for probe in probes if probe.how != "prefix"]


def _keys(readings: Sequence[Reading]) -> Iterator[tuple[How, str]]:
    for reading in readings:
        yield "exact", key_of(reading.kind, reading.form)
    digits = [reading.form for reading in readings if reading.kind == "barcode" and reading.form.isdigit()]
    for form in digits:
        yield from (("check-digit", LETTER["barcode"] + other) for other in _with_or_without_check_digit(form))
    for form in digits:
        if len(form) > _SHORTEST_BODY:
            yield from (("other-check-digit", LETTER["barcode"] + form[:-1] + digit) for digit in "0123456789")


def _with_or_without_check_digit(form: str) -> Iterator[str]:
    """A barcode without leading zeros, as it is with its check digit where it has none, and without the one it has."""
    if len(form) > _SHORTEST_BODY and check_digit(form[:-1]) == form[-1]:
        yield form[:-1]
    if _SHORTEST_BODY <= len(form) <= _LONGEST_BODY:
        yield form + check_digit(form)


def _beginnings(readings: Sequence[Reading]) -> Iterator[Probe]:
    for reading in readings:
        if SHORTEST_PREFIX <= len(reading.form) <= LONGEST:
            key = key_of(reading.kind, reading.form)
            yield Probe("prefix", key + _LOWEST, key + _HIGHEST)
