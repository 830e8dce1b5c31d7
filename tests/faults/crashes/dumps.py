"""Three months of about forty records: among them are changes, removals, returns, stubs, duplicates and damage."""

from __future__ import annotations

from pathlib import Path

from functions.runtime.entities import Entity
from tests.integration.pipeline import APRIL, JUNE, MAY, artist, label, master, write_dump

Records = dict[Entity, list[str | bytes]]


def write_months(folder: Path) -> Path:
    """Write April, May and June into one folder."""
    for date, records in ((APRIL, _april()), (MAY, _may()), (JUNE, _june())):
        write_dump(folder, date, records)
    return folder


def _april() -> Records:
    releases = [_release(number) for number in range(1, 17)]
    releases.insert(9, _release(3, style="Second of its id"))
    return {
        "artists": [_artist(number) for number in range(1, 11)],
        "labels": [_label(number) for number in range(1, 6)],
        "masters": [_master(number) for number in range(1, 6)],
        "releases": [*releases, "<release id='17'><title>not well formed</title></releas></release>"],
    }


def _may() -> Records:
    """Artist 9, label 5, master 4 and releases 15 and 16 are gone; some have changed."""
    artists = {number: _artist(number) for number in range(1, 9)} | {2: _artist(2, group=4)}
    releases = {number: _release(number) for number in range(1, 15)} | {5: _release(5, by=7, style="Dub")}
    return {
        "artists": list(artists.values()),
        "labels": [_label(number) for number in range(1, 5)],
        "masters": [_master(number) for number in (1, 2, 3, 5)],
        "releases": [*releases.values(), "<release id='17'><title>not well formed</title></releas></release>"],
    }


def _june() -> Records:
    """Artist 9, master 4 and release 15 are back, one of them changed; what was damaged is whole, and the reverse."""
    artists = {number: _artist(number) for number in (1, 3, 4, 5, 6, 8, 9, 11)} | {4: _artist(4, group=0)}
    releases = {number: _release(number) for number in range(2, 16)}
    releases |= {15: _release(15, by=6, style="Dub"), 17: _release(17), 18: _release(18, style="Ska")}
    releases |= {6: _release(6, style="Ska"), 12: "<release id='12'><title>broken</title></releas></release>"}
    return {
        "artists": list(artists.values()),
        "labels": [_label(1), _label(2, parent=0), _label(3), _label(6)],
        "masters": [_master(1), _master(2, genre="Pop"), _master(3), _master(4)],
        "releases": list(releases.values()),
    }


def _artist(number: int, group: int | None = None) -> str:
    groups = number % 7 + 3 if group is None else group
    more = f"<groups><name id='{groups}'>G</name></groups>" if groups else ""
    return artist(number, f"{more}<aliases><name id='{number % 5 + 20}'>A</name></aliases>")


def _label(number: int, parent: int | None = None) -> str:
    parent = number % 3 + 4 if parent is None else parent
    return label(number, f"<parentLabel id='{parent}'>P</parentLabel>" if parent else "")


def _master(number: int, genre: str = "Rock") -> str:
    return master(
        number,
        f"<artists><artist><id>{number}</id><name>A</name></artist></artists><year>{1970 + number}</year>"
        f"<genres><genre>{genre}</genre></genres><styles><style>Indie</style></styles>",
    )


def _release(number: int, by: int | None = None, style: str = "") -> str:
    return (
        f"<release id='{number}'><artists><artist><id>{by or number % 10 + 1}</id><name>A</name></artist></artists>"
        f"<title>Release {number}</title><labels><label name='L' catno='R {number}' id='{number % 5 + 1}'/></labels>"
        f"<extraartists><artist><id>{number % 4 + 6}</id><name>E</name><role>Producer, Mixed By</role></artist>"
        f"</extraartists><genres><genre>{'Rock' if number % 3 else 'Jazz'}</genre></genres>"
        f"<styles><style>{style or ('Indie', 'Bop', 'Punk')[number % 3]}</style></styles>"
        f"<master_id>{number % 5 + 1}</master_id><tracklist><track><title>T</title><artists><artist>"
        f"<id>{number % 6 + 5}</id><name>T</name></artist></artists></track></tracklist></release>"
    )
