"""Reading one stored document, or what is known of one that was removed."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from functions.discover.addresses import record_address
from functions.runtime.entities import SINGULAR, Entity
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "documents.sql")


class StoredDocument(Struct, frozen=True):
    """A stored document. `dump` is that in which it last changed, `hash` the SHA-256 of `data` as it stands."""

    id: int
    dump: str
    hash: str
    data: msgspec.Raw


class Removed(Struct, frozen=True):
    """A document that the dump `removed_in` was the first not to have; `dump` is that in which it last changed.

    `name` is its name or title; `data` the whole of it, where LINERNOTES_SHOW_REMOVED says that it may be shown.
    """

    id: int
    dump: str
    removed_in: str
    name: str | None
    data: msgspec.Raw | None


class FirstDocument(Struct, frozen=True):
    """The document with the lowest id of its entity; `name` is its name or title."""

    entity: Entity
    id: int
    name: str | None

    @property
    def url(self) -> str:
        """The address of its page."""
        return record_address(SINGULAR[self.entity], self.id, self.name)


def read_document(context: Context, entity: Entity, record: int) -> StoredDocument | Removed | None:
    """The document of an id as it was hashed, or what may be shown of a removed one.

    None if there never was one, and also if it is suppressed: nobody can tell the one from the other.
    """
    values = {"id": record, "whole": context.settings.show_removed}
    with context.statements() as connection:
        row = connection.execute(getattr(_sql, entity), values).fetchone()
    if row is None:
        return None
    digest, dump, data, removed_in, name = row
    if removed_in is not None:
        whole = None if data is None else canonical(data)
        return Removed(record, f"{dump:%Y%m%d}", f"{removed_in:%Y%m%d}", name, whole)
    return StoredDocument(record, f"{dump:%Y%m%d}", digest, canonical(data))


def first_documents(context: Context) -> list[FirstDocument]:
    """One document of each entity that has any, to begin with."""
    with context.connection() as connection:
        rows: list[Any] = connection.execute(_sql.first_ones).fetchall()
    return [FirstDocument(*row) for row in rows]


def canonical(data: str) -> msgspec.Raw:
    """The document's bytes as they were hashed: jsonb keeps its keys in an order of its own."""
    return msgspec.Raw(msgspec.json.encode(msgspec.json.decode(data), order="sorted"))
