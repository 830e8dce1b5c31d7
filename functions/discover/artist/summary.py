"""An artist at a glance: releases by kind and year, since when, in which styles, on which labels, with whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from functions.discover.records.names import Named, named, style
from functions.discover.release_links.names import label_names
from functions.discover.release_links.read import KINDS, OF_ARTISTS, Connection, Kind, Years, state_of, years_of
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "artist.sql")

#: Releases that styles and labels are counted on: all of them, but of a hub the first ones.
_FACTS, _FACTS_OF_HUB = 5_000, 1_000
_STYLES, _LABELS = 5, 12
#: Releases, and links of these, among which those who played along are counted: what a page may cost.
_RELEASES, _LINKS = 500, 6_000
#: Artists that stand for nobody: Various, Unknown Artist, No Artist.
_NOBODY: Final = (194, 355, 118760)


class Bar(Struct, frozen=True):
    """The releases of a year."""

    year: int
    main: int
    appears: int
    credited: int

    @property
    def total(self) -> int:
        """All of them, however they name the artist."""
        return self.main + self.appears + self.credited


class Often(Struct, frozen=True):
    """A label, or somebody else, and on how many releases, from when to when."""

    who: Named
    releases: int
    first: int | None
    last: int | None


class Summary(Struct, frozen=True):
    """An artist in figures.

    `bars` are the years that have releases, in order; `unknown` counts those without a known year. Styles and labels
    are those of the releases of the kind `styles_of`, of which the first `counted` were looked at. `notice` says what
    is not counted yet.
    """

    main: int
    appears: int
    credited: int
    unknown: int
    bars: list[Bar]
    styles: list[Named]
    styles_of: Kind
    labels: list[Often]
    counted: int
    is_sampled: bool
    notice: str | None

    @property
    def active(self) -> str:
        """From the first year to the last; empty where none is known."""
        if not self.bars:
            return ""
        first, last = self.bars[0].year, self.bars[-1].year
        return str(first) if first == last else f"{first}–{last}"

    @property
    def busiest(self) -> Bar | None:
        """The year with most releases, the first of several."""
        return max(self.bars, key=lambda bar: (bar.total, -bar.year)) if self.bars else None


class PlayedWith(Struct, frozen=True):
    """Who is named on the same releases, most often first; `counted` says on how many releases that was counted."""

    people: list[Often]
    counted: int
    is_partial: bool


def summary(connection: Connection, artist: int) -> Summary:
    """The figures of an artist; of a hub those that were counted beforehand."""
    years = years_of(connection, artist, OF_ARTISTS)
    kind = next((one for one in OF_ARTISTS if years[one].total), OF_ARTISTS[0])
    most = _FACTS if years[kind].total <= _FACTS else _FACTS_OF_HUB
    values = {"id": artist, "kind": KINDS.index(kind), "most": most, "styles": _STYLES, "labels": _LABELS}
    rows = connection.execute(_sql.styles_and_labels, values).fetchall()
    state = state_of(connection)
    return Summary(
        years["main"].total,
        years["appears"].total,
        years["credited"].total,
        sum(one.unknown for one in years.values()),
        _bars(years),
        [style(name) for what, _, name, *_ in rows if what == "style"],
        kind,
        _labels(connection, [(number, *counted) for what, number, _, *counted in rows if what == "label"]),
        min(years[kind].total, most),
        years[kind].total > most,
        _notice(is_there=state.is_there, is_caught_up=state.is_caught_up),
    )


def played_with(connection: Connection, artist: int, limit: int = 20) -> PlayedWith:
    """Who is named on the same releases; of those with very many releases the first ones count."""
    values = {
        "id": artist,
        "nobody": list(_NOBODY),
        "releases": _RELEASES,
        "links": _LINKS,
        "limit": limit,
    }
    rows = connection.execute(_sql.played_with, values).fetchall()
    people = [Often(named("artist", number, name), n, first, last) for number, name, n, first, last, *_ in rows]
    counted, links = rows[0][-2:] if rows else (0, 0)
    return PlayedWith(people, counted, counted >= _RELEASES or links >= _LINKS)


def _labels(connection: Connection, rows: Sequence[tuple[Any, ...]]) -> list[Often]:
    names = label_names(connection, [row[0] for row in rows])
    found = [Often(named("label", number, names[number]), *counted) for number, *counted in rows if number in names]
    return sorted(found, key=lambda one: (-one.releases, one.who.text))


def _bars(years: Mapping[Kind, Years]) -> list[Bar]:
    every = sorted({year for one in years.values() for year in one.by_year})
    return [Bar(year, *(years[kind].by_year.get(year, 0) for kind in OF_ARTISTS)) for year in every]


def _notice(*, is_there: bool, is_caught_up: bool) -> str | None:
    if not is_there:
        return "Releases and credits are still being gathered from the documents: not everything is listed yet."
    return None if is_caught_up else "What changed last is not yet listed."
