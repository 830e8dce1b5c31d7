"""What the page of an artist shows."""

from __future__ import annotations

from msgspec import Struct

from functions.discover.records.last_change import LastChange
from functions.discover.records.mentions import Paragraph, read_text
from functions.discover.records.names import Named, referred
from functions.discover.records.read import read_artist
from functions.runtime.stores.context import Context
from functions.search_entries.words import name_of


class ArtistPage(Struct, frozen=True):
    """An artist; `variations` are the names under which it is credited, too."""

    id: int
    name: str
    real_name: str | None
    variations: list[str]
    aliases: list[Named]
    members: list[Named]
    groups: list[Named]
    profile: list[Paragraph]
    urls: list[str]
    changed: LastChange


def artist_page(context: Context, record: int) -> ArtistPage | None:
    """The artist of an id; None if there is none."""
    with context.statements() as connection:
        read = read_artist(connection, record)
        if read is None:
            return None
        artist = read.document
        return ArtistPage(
            record,
            name_of(artist.name or ""),
            artist.realname,
            artist.namevariations or [],
            referred("artist", artist.aliases),
            referred("artist", artist.members),
            referred("artist", artist.groups),
            read_text(connection, artist.profile),
            artist.urls or [],
            read.changed,
        )
