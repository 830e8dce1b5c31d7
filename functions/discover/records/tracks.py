"""A tracklist line by line: headings, tracks, index tracks and their sub-tracks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from functions.discover.records.credits import RoleCredits, by_role
from functions.discover.records.names import Named, credited
from functions.extract.records.record import Track

TrackKind = Literal["heading", "track", "index", "sub-track"]


class TrackLine(Struct, frozen=True):
    """A line of a tracklist. An `index` track has the lines of kind `sub-track` that follow it."""

    kind: TrackKind
    position: str
    title: str
    artists: list[Named]
    duration: str
    credits: list[RoleCredits]


def track_lines(tracklist: Iterable[Track] | None) -> list[TrackLine]:
    """The lines of a tracklist in its order.

    A heading has neither position nor length, beside tracks that have: where none has, all are tracks.
    """
    tracks = list(tracklist or ())
    are_told_apart = any(track.position or track.duration for track in tracks)
    return [line for track in tracks for line in _lines(track, are_told_apart=are_told_apart)]


def _lines(track: Track, *, are_told_apart: bool) -> Iterator[TrackLine]:
    if track.sub_tracks:
        yield _line("index", track)
        for sub_track in track.sub_tracks:
            yield _line("sub-track", sub_track)
    else:
        is_heading = are_told_apart and not (track.position or track.duration)
        yield _line("heading" if is_heading else "track", track)


def _line(kind: TrackKind, track: Track) -> TrackLine:
    return TrackLine(
        kind,
        track.position or "",
        track.title or "",
        credited(track.artists),
        track.duration or "",
        by_role(track.extraartists),
    )
