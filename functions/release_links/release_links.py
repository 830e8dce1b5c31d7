"""The links of a release: whom it names, as what, and in which roles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

import msgspec

from functions.projection.roles import roles_of
from functions.release_links.role_categories import mask_of
from functions.runtime.entities import Entity

#: As what a release names somebody, as a number in a row.
MAIN, APPEARS, CREDITED, LABEL, COMPANY = range(5)

#: Between two roles, or two catalogue numbers; where one of them has a line break itself, a blank stands for it.
BETWEEN: Final = "\n"

Row = tuple[Any, ...]
#: Characters of a text that is remembered: a long one is nearly always the only one of its kind.
_LONGEST_REMEMBERED: Final = 200

#: Who is named: id, kind, categories and roles.
_Link = tuple[int, int, int, str | None]


class _Named(msgspec.Struct, gc=False):
    id: int = 0
    catno: str | None = None
    entity_type_name: str | None = None
    role: str | None = None


class _Track(msgspec.Struct, gc=False):
    artists: list[_Named] = []
    extraartists: list[_Named] = []
    sub_tracks: list[_Track] = []


class _Release(msgspec.Struct, gc=False):
    artists: list[_Named] = []
    companies: list[_Named] = []
    extraartists: list[_Named] = []
    labels: list[_Named] = []
    master_id: int = 0
    tracklist: list[_Track] = []


_decode = msgspec.json.Decoder(_Release).decode


def rows_of(_entity: Entity, record: int, data: str, year: int | None) -> dict[str, list[Row]]:
    """A row for each artist, label and company that a release names, once as each kind; id 0 names nobody.

    An artist of the release is not listed as appearing on a track of it, too.
    """
    release = _decode(data)
    tracks = _all_tracks(release.tracklist)
    master, known = release.master_id if release.master_id > 0 else None, year or 0
    main = dict.fromkeys([named.id for named in release.artists])
    appear = dict.fromkeys([named.id for track in tracks for named in track.artists])
    found: list[_Link] = [(number, MAIN, 0, None) for number in main]
    found += [(number, APPEARS, 0, None) for number in appear if number not in main]
    found += _credits(release, tracks)
    found += _with_texts(LABEL, [(label.id, label.catno) for label in release.labels])
    found += _with_texts(COMPANY, [(company.id, company.entity_type_name) for company in release.companies])
    rows: list[Row] = [
        (number, record, master, kind, known, categories, roles)
        for number, kind, categories, roles in found
        if number > 0
    ]
    return {"release_links": rows}


def _all_tracks(tracks: list[_Track]) -> list[_Track]:
    """Tracks that name anybody, and their sub-tracks, however deep."""
    found: list[_Track] = []
    for track in tracks:
        if track.artists or track.extraartists:
            found.append(track)
        if track.sub_tracks:
            found += _all_tracks(track.sub_tracks)
    return found


def _credits(release: _Release, tracks: list[_Track]) -> Iterator[_Link]:
    texts: dict[int, list[str]] = {}
    for extra in [release.extraartists, *[track.extraartists for track in tracks]]:
        for credit in extra:
            if credit.id in texts:
                texts[credit.id].append(credit.role or "")
            else:
                texts[credit.id] = [credit.role or ""]
    for number, written in texts.items():
        is_short = len(written) == 1 and len(written[0]) <= _LONGEST_REMEMBERED
        roles, categories = _remembered(written[0]) if is_short else _shown(written)
        yield number, CREDITED, categories, roles


def _shown(texts: Iterable[str]) -> tuple[str | None, int]:
    """The roles in the texts of somebody's credits, and their categories."""
    roles = roles_of(dict.fromkeys(texts))
    return _joined(roles), mask_of(roles)


@lru_cache(20_000)
def _remembered(text: str) -> tuple[str | None, int]:
    """Of the one text that most have: the same few again and again."""
    return _shown((text,))


def _joined(texts: Iterable[str]) -> str | None:
    return BETWEEN.join([text.replace(BETWEEN, " ") for text in texts]) or None


def _with_texts(kind: int, named: list[tuple[int, str | None]]) -> Iterator[_Link]:
    """What each is named with, every text once and in the order of the release."""
    if len(named) == 1:
        [(number, text)] = named
        yield number, kind, 0, _joined([text]) if text else None
        return
    texts: dict[int, dict[str, None]] = {}
    for number, text in named:
        found = texts.setdefault(number, {})
        if text:
            found[text] = None
    for number, found in texts.items():
        yield number, kind, 0, _joined(found)
