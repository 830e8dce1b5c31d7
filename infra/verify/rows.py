"""A row of PostgreSQL beside the document that it must hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import orjson

from functions.runtime.entities import SINGULAR, Entity
from infra.verify.document import ExpectedDocument, canonical
from infra.verify.edges import year_of
from infra.verify.report import Findings, shown


class Row(NamedTuple):
    """A stored row. `columns` are those beside id, hash, dump and data."""

    id: int
    hash: str
    dump: date
    data: str
    columns: dict[str, Any]

    @property
    def document(self) -> Any:
        """The stored JSON, each value as it is written there; its text where a number in it is beyond any float."""
        try:
            return orjson.loads(self.data)
        except orjson.JSONDecodeError:
            return self.data


_COLUMNS: dict[Entity, tuple[str, ...]] = {
    "artists": ("name",),
    "labels": ("name",),
    "masters": ("title", "year", "genres", "styles"),
    "releases": ("title", "year", "genres", "styles", "country"),
}


def row_of(entity: Entity, values: tuple[Any, ...]) -> Row:
    """The values of a statement of `rows.sql`, named."""
    id_, digest, dump, data, *columns = values
    return Row(id_, digest, dump, data, dict(zip(_COLUMNS[entity], columns, strict=True)))


def columns_of(entity: Entity, document: ExpectedDocument, dump: date) -> dict[str, Any]:
    """What the columns of a document's row must hold, as of a dump."""
    columns = {name: document.get(name) for name in _COLUMNS[entity]}
    if entity in ("masters", "releases"):
        columns["year"] = year_of(entity, document, dump)
        columns.update({name: document.get(name, []) for name in ("genres", "styles")})
    return columns


def compare_row(findings: Findings, entity: Entity, row: Row, document: ExpectedDocument, dump: date) -> None:
    """Note every difference between a row and its expected document as of a dump; the hash column is never trusted."""
    who = f"{SINGULAR[entity]} {row.id}"
    written = canonical(document)
    stored = row.document
    if canonical(stored) != written:
        for path, expected, found in differing(document, stored):
            findings.found("value", f"{who}: {path} is {shown_or_absent(found)}, expected {shown_or_absent(expected)}.")
    digest = hashlib.sha256(written).hexdigest()
    if row.hash != digest:
        findings.found("hash", f"{who}: the hash is {row.hash}, expected {digest}.")
    for name, expected in columns_of(entity, document, dump).items():
        if row.columns[name] != expected:
            findings.found("column", f"{who}: column {name} is {shown(row.columns[name])}, expected {shown(expected)}.")


_ABSENT = object()


def shown_or_absent(value: object) -> str:
    """A value in a sentence, or the word absent."""
    return "absent" if value is _ABSENT else shown(value)


def differing(expected: Any, found: Any, path: str = "data") -> Iterator[tuple[str, Any, Any]]:
    """(path, expected, found) of each value that differs; 1, 1.0 and true are three values."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted(expected.keys() | found.keys()):
            yield from differing(expected.get(key, _ABSENT), found.get(key, _ABSENT), f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(found, list):
        for index in range(max(len(expected), len(found))):
            wanted, stored = (items[index] if index < len(items) else _ABSENT for items in (expected, found))
            yield from differing(wanted, stored, f"{path}[{index}]")
    elif expected is _ABSENT or found is _ABSENT or canonical(expected) != canonical(found):
        yield path, expected, found
