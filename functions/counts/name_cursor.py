"""Where a page of a list by name begins: behind a name and a key, told as one word."""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec
from msgspec import Struct

from functions.runtime.errors import RefusedError

#: Of a name as much as it is sorted by.
SORTED_BY: Final = 200


class Place(Struct, frozen=True, array_like=True):
    """The last of a page: its name, as far as it is sorted by, and its key."""

    name: str
    key: str


def cursor_of(name: str, key: str) -> str:
    """The cursor of the page behind it."""
    return base64.urlsafe_b64encode(msgspec.json.encode(Place(name[:SORTED_BY], key))).rstrip(b"=").decode()


def place_of(cursor: str) -> Place:
    """What a cursor stands for.

    Raises:
        RefusedError: it is no cursor.
    """
    try:
        text = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        place = msgspec.json.decode(text, type=Place)
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise _no_cursor(cursor) from None
    if "\0" in place.name + place.key or len(place.name) > SORTED_BY:
        raise _no_cursor(cursor)
    return place


def _no_cursor(text: str) -> RefusedError:
    return RefusedError(f"{text[:60]!r} is no cursor: give `next` of the page before, or none to begin.")
