"""Filters as they stand in addresses and in forms: what is looked for, and what an action falls on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, get_args

import msgspec
from litestar.exceptions import ValidationException
from msgspec import Struct

S = TypeVar("S", bound=Struct)


def names_of(kind: type[Struct]) -> tuple[str, ...]:
    """The fields of a filter that can be one text: of several values none is."""
    return tuple(field.name for field in msgspec.structs.fields(kind) if not _is_list(field.type))


def read_filter(given: Mapping[str, str], kind: type[S]) -> S:
    """The filter, or the wish, that texts ask for; those that are empty or that it does not have ask for nothing.

    A moment without a zone is one of UTC, and a date is given as in 20260401 or 2026-04-01.

    Raises:
        ValidationException: a field has a value that cannot be taken; it is named.
    """
    types = {field.name: field.type for field in msgspec.structs.fields(kind)}
    values = {name: _value(name, given[name], types[name]) for name in names_of(kind) if given.get(name)}
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$.")
        raise wrong_field(place.rstrip("`"), said) from error


def filter_fields(wanted: Struct) -> dict[str, str]:
    """The texts that `read_filter` makes the same filter of; what is not given is left out."""
    given = {name: getattr(wanted, name) for name in names_of(type(wanted))}
    return {name: _text(value) for name, value in given.items() if value not in (None, "")}


def wrong_field(name: str, why: str) -> ValidationException:
    """What is said of a field that cannot be taken."""
    return ValidationException(extra=[{"key": name, "message": why}])


def _is_list(kind: Any) -> bool:
    return any(getattr(one, "__origin__", one) in {list, tuple} for one in (kind, *get_args(kind)))


def _value(name: str, text: str, kind: Any) -> Any:
    for wanted, read in _READERS.items():
        if wanted in get_args(kind):
            try:
                return read(text)
            except (ValueError, OverflowError) as error:
                raise wrong_field(
                    name, f"{text[:40]!r} is no date or time: give one as in {_EXAMPLES[wanted]}"
                ) from error
    return text


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def _text(value: Any) -> str:
    if isinstance(value, dt.datetime):  # as a field for a moment shows it, which knows no zones
        return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat()
    return f"{value:%Y%m%d}" if isinstance(value, dt.date) else str(value)


_READERS: Final[Mapping[type, Callable[[str], Any]]] = {dt.datetime: _moment, dt.date: dt.date.fromisoformat}
_EXAMPLES: Final[Mapping[type, str]] = {dt.datetime: "2026-04-01T12:00", dt.date: "20260401"}
