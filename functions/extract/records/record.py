"""The record model: the four documents, one normalised and lossless form for both dump forms and both engines.

Fields stand in alphabetical order, so that what `msgspec` writes is canonical JSON: sorted keys, no spaces, nothing
that is empty. Ids and years are integers; every other number stays the text that the dump has (`qty` reaches 10^63).
The JSON Schema in `docs/schema/` is generated from these structs.
"""

from __future__ import annotations

import msgspec

from functions.runtime.entities import Entity


class Element(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What every struct of a document shares: absent fields are left out."""


class Reference(Element, frozen=True):
    """Another record by id and name: an alias, member, group, parent label or sub-label."""

    id: int | None = None
    name: str | None = None


class Image(Element, frozen=True):
    """An image, in dumps before 2024-12 only; its address is empty in every public dump."""

    height: str | None = None
    type: str | None = None
    uri: str | None = None
    uri150: str | None = None
    width: str | None = None


class Credit(Element, frozen=True):
    """An artist as a record names it. `role` and `tracks` stay free text; `anv` is the name as printed."""

    anv: str | None = None
    id: int | None = None
    join: str | None = None
    name: str | None = None
    role: str | None = None
    tracks: str | None = None


class Company(Element, frozen=True):
    catno: str | None = None
    entity_type: str | None = None
    entity_type_name: str | None = None
    id: int | None = None
    name: str | None = None
    resource_url: str | None = None


class CatalogueEntry(Element, frozen=True):
    """A label or a series of a release, with the catalogue number there."""

    catno: str | None = None
    id: int | None = None
    name: str | None = None


class Format(Element, frozen=True):
    descriptions: list[str] | None = None
    name: str | None = None
    qty: str | None = None
    text: str | None = None


class Identifier(Element, frozen=True):
    description: str | None = None
    type: str | None = None
    value: str | None = None


class Video(Element, frozen=True):
    """`duration` is in seconds, as the dump's text. `embed` is a truth value wherever the dump has one."""

    description: str | None = None
    duration: str | None = None
    embed: bool | str | None = None
    src: str | None = None
    title: str | None = None


class Track(Element, frozen=True):
    """A track, a heading (no position) or an index track with its `sub_tracks`."""

    artists: list[Credit] | None = None
    duration: str | None = None
    extraartists: list[Credit] | None = None
    position: str | None = None
    sub_tracks: list[Track] | None = None
    title: str | None = None


class Artist(Element, frozen=True, kw_only=True):
    aliases: list[Reference] | None = None
    data_quality: str | None = None
    groups: list[Reference] | None = None
    id: int
    images: list[Image] | None = None
    members: list[Reference] | None = None
    name: str | None = None
    namevariations: list[str] | None = None
    profile: str | None = None
    realname: str | None = None
    urls: list[str] | None = None


class Label(Element, frozen=True, kw_only=True):
    contactinfo: str | None = None
    data_quality: str | None = None
    id: int
    images: list[Image] | None = None
    name: str | None = None
    parentLabel: Reference | None = None  # noqa: N815 - the dump's own name
    profile: str | None = None
    sublabels: list[Reference] | None = None
    urls: list[str] | None = None


class Master(Element, frozen=True, kw_only=True):
    artists: list[Credit] | None = None
    data_quality: str | None = None
    genres: list[str] | None = None
    id: int
    images: list[Image] | None = None
    main_release: int | None = None
    notes: str | None = None
    styles: list[str] | None = None
    title: str | None = None
    videos: list[Video] | None = None
    year: int | None = None


class Release(Element, frozen=True, kw_only=True):
    artists: list[Credit] | None = None
    companies: list[Company] | None = None
    country: str | None = None
    data_quality: str | None = None
    extraartists: list[Credit] | None = None
    formats: list[Format] | None = None
    genres: list[str] | None = None
    id: int
    identifiers: list[Identifier] | None = None
    images: list[Image] | None = None
    is_main_release: bool | str | None = None
    labels: list[CatalogueEntry] | None = None
    master_id: int | None = None
    notes: str | None = None
    released: str | None = None
    series: list[CatalogueEntry] | None = None
    status: str | None = None
    styles: list[str] | None = None
    title: str | None = None
    tracklist: list[Track] | None = None
    videos: list[Video] | None = None


Record = Artist | Label | Master | Release

RECORD_TYPE: dict[Entity, type[Record]] = {
    "artists": Artist,
    "labels": Label,
    "masters": Master,
    "releases": Release,
}
