"""The facts of a release: year, country, master, formats, labels, genres, styles, artists, and who else is credited."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from functions.runtime.entities import Entity


class _Reference(msgspec.Struct):
    id: int = 0


class _Format(msgspec.Struct):
    name: str | None = None


class _Release(msgspec.Struct):
    artists: list[_Reference] = []
    country: str | None = None
    extraartists: list[_Reference] = []
    formats: list[_Format] = []
    genres: list[str] = []
    labels: list[_Reference] = []
    master_id: int = 0
    styles: list[str] = []


_decode = msgspec.json.Decoder(_Release).decode


def rows_of(_entity: Entity, record: int, data: str, year: int | None) -> dict[str, list[tuple[Any, ...]]]:
    """The row of a release; what it names twice stands once. References with id 0 name nothing."""
    release = _decode(data)
    artists = _distinct(artist.id for artist in release.artists)
    row = (
        record,
        year,
        release.country,
        release.master_id if release.master_id > 0 else None,
        _distinct(format_.name for format_ in release.formats),
        _distinct(label.id for label in release.labels),
        _distinct(release.genres),
        _distinct(release.styles),
        artists,
        [artist for artist in _distinct(artist.id for artist in release.extraartists) if artist not in artists],
    )
    return {"release_facts": [row]}


def _distinct(values: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(value for value in values if value))
