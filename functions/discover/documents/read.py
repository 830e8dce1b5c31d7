"""Reading stored documents, or what is known of those that were removed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any, Final

import msgspec
from msgspec import Struct

from functions.discover.addresses import record_address
from functions.discover.release_links.names import artist_names, label_names
from functions.runtime.entities import SINGULAR, Entity
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.words import name_of

_sql = statements(__file__, "documents.sql")

#: Who may be named by releases without a document.
_NAMES: Final = {"artists": artist_names, "labels": label_names}


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


class OnReleases(Struct, frozen=True):
    """An artist or a label without a document, and the name that releases give it."""

    name: str


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
    """The document of an id; see `read_documents`."""
    return read_documents(context, entity, [record]).get(record)


def read_documents(context: Context, entity: Entity, ids: Iterable[int]) -> dict[int, StoredDocument | Removed]:
    """The documents of some ids as they were hashed, or what may be shown of removed ones.

    One is missing if there never was one, and also if it is suppressed: nobody can tell the one from the other.
    """
    values = {"ids": list(ids), "whole": context.settings.show_removed}
    with context.statements() as connection:
        rows = connection.execute(getattr(_sql, entity), values).fetchall()
    return {row[0]: _document(*row) for row in rows}


def names_on_releases(context: Context, entity: Entity, ids: Collection[int]) -> dict[int, OnReleases]:
    """What releases call artists or labels that have no document; those that no release names are missing."""
    if entity not in _NAMES or not ids:
        return {}
    with context.statements() as connection:
        names = _NAMES[entity](connection, ids)
    return {number: OnReleases(name_of(name)) for number, name in names.items()}


def sentence_without_document(entity: Entity, record: int, found: OnReleases | None) -> str:
    """That there is no such record, and how releases name it nevertheless."""
    kind = SINGULAR[entity]
    if found is None:
        return f"There is no {kind} {record}."
    return f"The dump has no record of {kind} {record}: releases name it “{found.name}”."


def _document(
    record: int, digest: str, dump: dt.date, data: str, removed_in: dt.date | None, name: str | None
) -> StoredDocument | Removed:
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
