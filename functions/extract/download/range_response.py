"""What a store answers when it is asked for a file from some byte on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of a file from `start` on: the byte that was asked for, or 0 where ranges are ignored."""

    start: int
    total: int | None
    chunks: Iterator[bytes]


#: Ask for a file from a byte on. The answer's chunks are read within the context.
OpenAt = Callable[[int], AbstractContextManager[Answer]]


class RangeRefused(Exception):
    """The file does not go on at the byte that was asked for; `total` is its size where the store says it."""

    def __init__(self, total: int | None = None) -> None:
        super().__init__(total)
        self.total = total


def content_range(text: str | None) -> tuple[int | None, int | None]:
    """First byte and size of the whole, from a `Content-Range` header; None for what it does not say."""
    match = _CONTENT_RANGE.fullmatch((text or "").strip())
    if not match:
        return None, None
    start, total = (int(group) if group and group.isdecimal() else None for group in match.groups())
    return start, total


def part_of(text: str | None, offset: int) -> int | None:
    """The size of the whole, from the `Content-Range` of an answer that should begin at `offset`.

    Raises:
        RangeRefused: it begins elsewhere.
    """
    start, total = content_range(text)
    if start != offset:
        raise RangeRefused(total)
    return total
