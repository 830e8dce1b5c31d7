"""Looking a text up: which releases bear it as an identifier, what matched, and how."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import psycopg
from msgspec import Struct

from functions.discover.addresses import record_address
from functions.discover.lookup.place import Place, parse_place
from functions.discover.lookup.probes import How, Probe, exact_keys, probes_of
from functions.discover.lookup.words import WrittenArtist, WrittenFormat, artists_in_words, formats_in_words, plain_name
from functions.discover.sound_text import sound
from functions.discover.time_limit import TimeLimit
from functions.identifiers.normal_form import KIND_OF_LETTER, LONGEST, Kind, kind_of, normal
from functions.identifiers.recognise import Reading, recognise
from functions.identifiers.release_identifiers import WrittenIdentifier, WrittenLabel
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "lookup.sql")

#: Characters of a text that is looked up.
LONGEST_TEXT: Final = 200
#: Identifiers of one release that are shown, and its labels.
_MATCHES, _LABELS = 10, 3
#: Seconds that a look-up may take; what is not found by then is left out, and the answer says so.
BUDGET_S: Final = 1.0

Connection = psycopg.Connection[Any]


class Match(Struct, frozen=True):
    """An identifier of a release as it is written there, and how it is what was asked.

    `type` is that of the record, or `Catalogue number`; `description` that of the record, or the label's name.
    """

    kind: Kind
    type: str
    written: str
    description: str | None
    how: How


class Hit(Struct, frozen=True):
    """A release that bears what was asked. `label` and `catno` name up to three, `format` is in words.

    `url` is that of its page.
    """

    id: int
    url: str
    title: str | None
    artists: str
    label: str
    catno: str
    year: int | None
    country: str | None
    format: str
    matches: list[Match]


class Lookup(Struct, frozen=True):
    """What was found: the hits of a page, the best first. `next` is the cursor of the page behind, if there may be one.

    `readings` says as what the text was understood, `notice` why there may be more than is told here, `partial` that
    time ran out before all was seen.
    """

    text: str
    readings: list[Reading]
    hits: list[Hit]
    next: str | None
    notice: str | None
    partial: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether the same is found a moment later."""
        return self.notice is None and not self.partial


class _Found(NamedTuple):
    """A key that lies in a probe's range; `place` counts the probes from 1."""

    place: int
    key: str
    release: int


class _Written(Struct):
    """What is read of a release's document."""

    artists: list[WrittenArtist] | None = None
    formats: list[WrittenFormat] | None = None
    identifiers: list[WrittenIdentifier] | None = None
    labels: list[WrittenLabel] | None = None


class _Release(NamedTuple):
    id: int
    title: str | None
    year: int | None
    country: str | None
    written: _Written


_decode = msgspec.json.Decoder(_Written).decode


def look_up(
    context: Context,
    text: str,
    limit: int = 100,
    cursor: str | None = None,
    *,
    kind: Kind | None = None,
    prefixes: bool = True,
    seconds: float = math.inf,
) -> Lookup:
    """The releases that bear an identifier.

    Args:
        text: as somebody has typed or scanned it; of more than `LONGEST_TEXT` characters the first ones count.
        limit: how many identifiers at most; those of one release are one hit.
        cursor: `next` of the page before.
        kind: as which alone the text is to be read.
        prefixes: whether also identifiers that begin with it are hits.
        seconds: that it may take, where that is less than `BUDGET_S`.

    Raises:
        RefusedError: the cursor is none of this text.
    """
    text = sound(text[:LONGEST_TEXT])
    readings = [reading for reading in recognise(text) if kind in (None, reading.kind)]
    probes = probes_of(readings, prefixes=prefixes)
    begin = parse_place(cursor, probes)
    time, notice = TimeLimit(min(seconds, BUDGET_S)), None
    found, releases = list[_Found](), dict[int, _Release]()
    with context.connection() as connection:
        with time.within(connection):
            notice = _notice(connection)
            for some in _find(connection, probes, begin, limit + 1):
                found += some
                time.apply(connection)
        with time.within(connection):
            releases = _releases(connection, {one.release for one in found[:limit]})
    following = str(Place(*found[limit - 1])) if len(found) > limit else None
    hits = list(_hits(found[:limit], releases, probes, readings))
    return Lookup(text, readings, hits, following, notice, time.is_over)


def _notice(connection: Connection) -> str | None:
    row = connection.execute(_sql.state).fetchone()
    there, caught_up = row or (False, False)
    if not there:
        return "Identifiers are still being made of the documents: nothing, or not everything, is found by them yet."
    return None if caught_up else "Releases that changed last are not yet found by what is new in them."


def _find(connection: Connection, probes: Sequence[Probe], begin: Place | None, limit: int) -> Iterator[list[_Found]]:
    """What lies in the probes' ranges: first the keys that are looked for as they are, then beginnings."""
    exact = exact_keys(probes)
    for places, but in ((range(len(exact)), []), (range(len(exact), len(probes)), exact)):
        if limit:
            found = _find_some(connection, probes, places, begin, limit, but)
            limit -= len(found)
            yield found


def _find_some(
    connection: Connection, probes: Sequence[Probe], places: range, begin: Place | None, limit: int, but: list[str]
) -> list[_Found]:
    first = max(places.start, begin.probe - 1) if begin else places.start
    lows, after = [probe.low for probe in probes[first : places.stop]], [-1] * (places.stop - first)
    if not lows:
        return []
    if begin and first == begin.probe - 1:
        lows[0], after[0] = begin.key, begin.release
    highs = [probe.high for probe in probes[first : places.stop]]
    values = {"lows": lows, "after": after, "highs": highs, "but": but, "limit": limit}
    return [_Found(first + place, key, release) for place, key, release in connection.execute(_sql.find, values)]


def _releases(connection: Connection, ids: Iterable[int]) -> dict[int, _Release]:
    """Of releases what a hit shows."""
    rows = connection.execute(_sql.releases, {"ids": list(ids)}).fetchall() if ids else []
    return {row[0]: _Release(row[0], row[1], row[2], row[3], _decode(row[4])) for row in rows}


def _hits(
    found: Iterable[_Found], releases: Mapping[int, _Release], probes: Sequence[Probe], readings: Iterable[Reading]
) -> Iterator[Hit]:
    """A hit for each release that bears what was found of it; its document is what counts."""
    asked = {reading.kind: reading.form for reading in readings}
    matches: dict[int, list[Match]] = {}
    for one in found:
        if release := releases.get(one.release):
            kind, form = KIND_OF_LETTER[one.key[0]], one.key[1:]
            new = _matches(release.written, kind, form, probes[one.place - 1].how, asked[kind])
            matches.setdefault(one.release, []).extend(new)
    for number, some in matches.items():
        if some:
            yield _hit(releases[number], some[:_MATCHES])


def _matches(written: _Written, kind: Kind, form: str, how: How, asked: str) -> Iterator[Match]:
    """What a release bears in a normal form, of which no more than `LONGEST` characters are known."""
    for type_, value, description in _identifiers(written, kind):
        whole = normal(kind, value)
        if whole[:LONGEST] != form or (len(asked) > LONGEST and not whole.startswith(asked)):
            continue
        differs = how == "exact" and whole != asked
        yield Match(kind, type_, value, description, "prefix" if differs else how)


def _identifiers(written: _Written, kind: Kind) -> Iterator[tuple[str, str, str | None]]:
    """The type, value and description of what a release bears of a kind."""
    if kind == "catno":
        for label in written.labels or ():
            yield "Catalogue number", label.catno or "", label.name
    for identifier in written.identifiers or ():
        if kind_of(identifier.type) == kind:
            yield identifier.type or "Other", identifier.value or "", identifier.description


def _hit(release: _Release, matches: list[Match]) -> Hit:
    written = release.written
    labels = (written.labels or [])[:_LABELS]
    return Hit(
        release.id,
        record_address("release", release.id, release.title),
        release.title,
        artists_in_words(written.artists or ()),
        " / ".join(dict.fromkeys(plain_name(label.name) for label in labels if label.name)),
        ", ".join(dict.fromkeys(label.catno for label in labels if label.catno)),
        release.year,
        release.country,
        formats_in_words(written.formats or ()),
        matches,
    )
