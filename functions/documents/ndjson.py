"""Reading NDJSON lines: the document as it stands, its hash, and what the real columns need of it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from functions.documents.columns import Columns
from functions.extract.records.record_digest import signed

#: Raised, together with the parser's version, when the same document makes other columns: its row is written again.
TABLE_VERSION = 1


class Line(msgspec.Struct, frozen=True):
    """One line of a part; `data` are the bytes that `hash` is of."""

    type: str
    data: msgspec.Raw
    hash: str


class ParsedDocument(msgspec.Struct, frozen=True):
    """A document on its way into its table; `digest` is the short form of `hash`."""

    columns: Columns
    data: bytes
    hash: str

    @property
    def id(self) -> int:
        """The record's id."""
        return self.columns.id

    @property
    def digest(self) -> int:
        """The first 64 bits of the hash as PostgreSQL's bigint, mixed with the version of this code."""
        return signed(int(self.hash[:16], 16)) ^ TABLE_VERSION


_lines = msgspec.json.Decoder(Line)
_columns = msgspec.json.Decoder(Columns)


def read_lines(data: bytes) -> Iterator[ParsedDocument]:
    """The documents of a part's NDJSON."""
    for text in data.splitlines():
        line = _lines.decode(text)
        yield ParsedDocument(_columns.decode(line.data), bytes(line.data), line.hash)
