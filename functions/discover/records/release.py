"""What the page of a release shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import psycopg
from msgspec import Struct

from functions.discover.records.catalogued import Catalogued, catalogued
from functions.discover.records.credits import CreditGroup, by_category
from functions.discover.records.last_change import LastChange
from functions.discover.records.mentions import Paragraph, read_text
from functions.discover.records.names import Named, credited, genre, named, style
from functions.discover.records.read import read_release
from functions.discover.records.tracks import TrackLine, track_lines
from functions.discover.records.versions import Version, other_versions
from functions.discover.records.words import formats, full_date, length, sentence_case, web_address
from functions.extract.records.record import Company, Identifier, Release, Video
from functions.runtime.stores.context import Context

#: Other versions of its master that a release shows.
_VERSIONS: Final = 10

Connection = psycopg.Connection[Any]


class Companies(Struct, frozen=True):
    """Companies by what they did, as in `Pressed by`."""

    did: str
    companies: list[Catalogued]


class Recording(Struct, frozen=True):
    """A video elsewhere; `url` is None where its address is none of http or https. `length` is as `3:05`."""

    title: str
    url: str | None
    length: str


class OtherVersions(Struct, frozen=True):
    """Of the master of a release: some of its other versions, and whether there are more of them."""

    master: Named
    is_main: bool
    versions: list[Version]
    more: bool


class ReleasePage(Struct, frozen=True):
    """A release. `format` tells all formats in a line, `released` its date in full."""

    id: int
    title: str
    artists: list[Named]
    format: str
    country: str | None
    released: str
    genres: list[Named]
    styles: list[Named]
    labels: list[Catalogued]
    series: list[Catalogued]
    companies: list[Companies]
    tracks: list[TrackLine]
    credits: list[CreditGroup]
    identifiers: list[Identifier]
    videos: list[Recording]
    notes: list[Paragraph]
    others: OtherVersions | None
    quality: str | None
    changed: LastChange


def release_page(context: Context, record: int) -> ReleasePage | None:
    """The release of an id; None if there is none."""
    with context.statements() as connection:
        read = read_release(connection, record)
        if read is None:
            return None
        release = read.document
        return ReleasePage(
            record,
            release.title or "",
            credited(release.artists),
            formats(release.formats),
            release.country,
            full_date(release.released),
            [genre(one) for one in release.genres or ()],
            [style(one) for one in release.styles or ()],
            catalogued(release.labels),
            catalogued(release.series),
            _companies(release.companies),
            track_lines(release.tracklist),
            by_category(release.extraartists),
            [one for one in release.identifiers or () if one.value],
            recordings(release.videos),
            read_text(connection, release.notes),
            _others(connection, release),
            release.data_quality,
            read.changed,
        )


def recordings(videos: Iterable[Video] | None) -> list[Recording]:
    """Videos, one with no title by its address."""
    return [
        Recording(one.title or one.src or "without a title", web_address(one.src), length(one.duration))
        for one in videos or ()
    ]


def _companies(companies: Iterable[Company] | None) -> list[Companies]:
    found: dict[str, list[Catalogued]] = {}
    for one in companies or ():
        did = sentence_case(one.entity_type_name or "Company")
        found.setdefault(did, []).append(Catalogued(named("label", one.id, one.name), one.catno))
    return [Companies(did, companies) for did, companies in found.items()]


def _others(connection: Connection, release: Release) -> OtherVersions | None:
    if not release.master_id or release.master_id < 0:
        return None
    title, versions = other_versions(connection, release.master_id, release.id, _VERSIONS + 1)
    master = named("master", release.master_id, title or release.title)
    return OtherVersions(master, release.is_main_release is True, versions[:_VERSIONS], len(versions) > _VERSIONS)
