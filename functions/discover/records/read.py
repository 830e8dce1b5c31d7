"""Reading the document of a record and its last change: what the page of every kind begins with."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec
import psycopg
from msgspec import Struct

from functions.discover.records.last_change import LastChange, last_change
from functions.extract.records.record import Artist, Label, Master, Record, Release
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "records.sql")

Connection = psycopg.Connection[Any]
Document = TypeVar("Document", bound=Record)


class Read(Struct, Generic[Document], frozen=True):
    """A document, and how it last changed."""

    document: Document
    changed: LastChange


class _Reader(Generic[Document]):
    def __init__(self, kind: type[Document], statement: str) -> None:
        self._decode = msgspec.json.Decoder(kind).decode
        self._statement = statement

    def __call__(self, connection: Connection, record: int) -> Read[Document] | None:
        row = connection.execute(self._statement, {"id": record}).fetchone()
        if row is None:
            return None
        dump, data, changed_in, kind, patch = row
        return Read(self._decode(data), last_change(dump, changed_in, kind, patch))


#: Each takes a connection and an id, and gives None for what is not there, was removed or is suppressed.
read_artist = _Reader(Artist, _sql.artists)
read_label = _Reader(Label, _sql.labels)
read_master = _Reader(Master, _sql.masters)
read_release = _Reader(Release, _sql.releases)
