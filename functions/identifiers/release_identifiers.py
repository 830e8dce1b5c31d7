"""The identifiers of a release: those of its document, and the catalogue numbers of its labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from functions.identifiers.normal_form import Kind, key_of, kind_of, normal
from functions.runtime.entities import Entity


class WrittenIdentifier(msgspec.Struct):
    """An identifier as the document has it."""

    description: str | None = None
    type: str | None = None
    value: str | None = None


class WrittenLabel(msgspec.Struct):
    """A label as the document has it."""

    catno: str | None = None
    name: str | None = None


class _Release(msgspec.Struct):
    identifiers: list[WrittenIdentifier] = []
    labels: list[WrittenLabel] = []


_decode = msgspec.json.Decoder(_Release).decode


def rows_of(_entity: Entity, record: int, data: str, _year: int | None) -> dict[str, list[tuple[Any, ...]]]:
    """A row for each identifier of a release; what it has twice stands once."""
    release = _decode(data)
    keys = {key_of(kind, form) for kind, form in _forms(release)}
    return {"identifiers": [(record, key) for key in sorted(keys)]}


def _forms(release: _Release) -> Iterator[tuple[Kind, str]]:
    for identifier in release.identifiers:
        kind = kind_of(identifier.type)
        if kind and identifier.value and (form := normal(kind, identifier.value)):
            yield kind, form
    for label in release.labels:
        if label.catno and (form := normal("catno", label.catno)):
            yield "catno", form
