"""What the page of a master shows."""

from __future__ import annotations

from msgspec import Struct

from functions.discover.records.last_change import LastChange
from functions.discover.records.mentions import Paragraph, read_text
from functions.discover.records.names import Named, credited, genre, style
from functions.discover.records.read import read_master
from functions.discover.records.release import Recording, recordings
from functions.discover.records.versions import SortBy, Versions, Wanted, versions_of
from functions.runtime.stores.context import Context


class MasterPage(Struct, frozen=True):
    """A master: `year` is that of its first release, None where it is not known."""

    id: int
    title: str
    artists: list[Named]
    year: int | None
    genres: list[Named]
    styles: list[Named]
    notes: list[Paragraph]
    videos: list[Recording]
    main_release: int | None
    versions: Versions
    quality: str | None
    changed: LastChange


def master_page(
    context: Context,
    record: int,
    wanted: Wanted | None = None,
    sort: SortBy = "year",
    *,
    descending: bool = False,
    first: int = 0,
    limit: int = 100,
) -> MasterPage | None:
    """The master of an id, and a page of its versions; None if there is none."""
    with context.statements() as connection:
        read = read_master(connection, record)
        if read is None:
            return None
        master = read.document
        versions = versions_of(
            connection, record, wanted or Wanted(), sort, descending=descending, first=first, limit=limit
        )
        return MasterPage(
            record,
            master.title or "",
            credited(master.artists),
            _known(master.year),
            [genre(one) for one in master.genres or ()],
            [style(one) for one in master.styles or ()],
            read_text(connection, master.notes),
            recordings(master.videos),
            master.main_release or None,
            versions,
            master.data_quality,
            read.changed,
        )


def master_versions(
    context: Context, record: int, wanted: Wanted, sort: SortBy, *, descending: bool, first: int, limit: int
) -> Versions | None:
    """A page of the versions of a master alone; None if there is no such master."""
    with context.statements() as connection:
        if read_master(connection, record) is None:
            return None
        return versions_of(connection, record, wanted, sort, descending=descending, first=first, limit=limit)


def _known(year: int | None) -> int | None:
    """A year that is one: 0 stands for none, and there are some such as 197."""
    return year if year is not None and 1860 <= year <= 2100 else None
