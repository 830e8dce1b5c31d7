"""The identifiers of a release: those of its document, and the catalogue numbers of its labels."""

from __future__ import annotations

from typing import Any

import msgspec

from functions.identifiers.normal_form import key_of, kind_of, normal
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
    written = [(kind_of(identifier.type), identifier.value) for identifier in release.identifiers]
    written += [("catno", label.catno) for label in release.labels]
    keys = {key_of(kind, form) for kind, text in written if kind and text and (form := normal(kind, text))}
    return {"identifiers": [(record, key) for key in sorted(keys)]}
