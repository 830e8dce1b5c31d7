"""Dumps of three records an entity, built by code, with one thing wrong or unusual in each."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

from functions.runtime.entities import ENTITIES, Entity

SEPTEMBER, OCTOBER = "20260901", "20261001"

Records = dict[Entity, list[str]]
Build = Callable[[Path], None]


def artist(number: int, name: str = "") -> str:
    return f"<artist><id>{number}</id><name>{name or f'Artist {number}'}</name></artist>"


def label(number: int, more: str = "", name: str = "") -> str:
    return f"<label><id>{number}</id><name>{name or f'Label {number}'}</name>{more}</label>"


def master(number: int) -> str:
    return (
        f'<master id="{number}"><main_release>{number}</main_release>'
        f"<artists><artist><id>1</id><name>Artist 1</name></artist></artists>"
        f"<genres><genre>Electronic</genre></genres><year>1999</year><title>Master {number}</title></master>"
    )


def release(number: int, artist: int = 1) -> str:
    return (
        f'<release id="{number}"><artists><artist><id>{artist}</id><name>A</name></artist></artists>'
        f"<title>Release {number}</title><genres><genre>Electronic</genre></genres>"
        f"<styles><style>Techno</style></styles><country>Sweden</country><released>1999-03-00</released></release>"
    )


def records() -> Records:
    """Three of each."""
    makers: dict[Entity, Callable[[int], str]] = {
        "artists": artist,
        "labels": label,
        "masters": master,
        "releases": release,
    }
    return {entity: [make(number) for number in (1, 2, 3)] for entity, make in makers.items()}


def document(entity: Entity, texts: Iterable[str]) -> str:
    """The XML of a file."""
    body = "\n".join(texts)
    return f"<{entity}>\n{body}\n</{entity}>\n"


def place(folder: Path, date: str = SEPTEMBER) -> Path:
    """Where the files of a dump lie."""
    return folder / "data" / date[:4]


def name_of(entity: Entity, date: str = SEPTEMBER) -> str:
    return f"discogs_{date}_{entity}.xml.gz"


def write(folder: Path, files: dict[Entity, bytes], date: str = SEPTEMBER, line: str = "{sha256}  {name}") -> None:
    """Write the files of a dump, and a CHECKSUM file of such lines."""
    place(folder, date).mkdir(parents=True, exist_ok=True)
    lines = []
    for entity, content in files.items():
        name = name_of(entity, date)
        (place(folder, date) / name).write_bytes(content)
        lines.append(line.format(sha256=hashlib.sha256(content).hexdigest(), name=name))
    (place(folder, date) / f"discogs_{date}_CHECKSUM.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def compressed(given: Records) -> dict[Entity, bytes]:
    """The files of these records."""
    return {entity: gzip.compress(document(entity, given[entity]).encode(), mtime=0) for entity in ENTITIES}


def with_records(date: str = SEPTEMBER, **changed: list[str]) -> Build:
    """A dump whose entities have other records than three plain ones."""

    def build(folder: Path) -> None:
        write(folder, compressed(records() | cast("dict[Entity, list[str]]", changed)), date)

    return build


def with_artists(content: bytes) -> Build:
    """A dump whose file of artists has this content, whatever it is."""

    def build(folder: Path) -> None:
        write(folder, compressed(records()) | {"artists": content})

    return build


def with_xml(text: str, encoding: str = "utf-8") -> Build:
    """A dump whose file of artists holds this text."""
    return with_artists(gzip.compress(text.encode(encoding), mtime=0))


def with_checksums(line: str) -> Build:
    """A dump whose CHECKSUM file has such lines."""

    def build(folder: Path) -> None:
        write(folder, compressed(records()), line=line)

    return build


def changed_checksums(change: Callable[[str], str]) -> Build:
    """A dump whose CHECKSUM file was edited."""

    def build(folder: Path) -> None:
        write(folder, compressed(records()))
        path = place(folder) / f"discogs_{SEPTEMBER}_CHECKSUM.txt"
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    return build


def with_linked_year(folder: Path) -> None:
    """The year's folder is a symbolic link to one that lies elsewhere."""
    elsewhere = folder.with_name(f"{folder.name}-elsewhere")
    write(elsewhere, compressed(records()))
    (folder / "data").mkdir(parents=True)
    place(folder).symlink_to(place(elsewhere))


def with_same_name_twice(folder: Path) -> None:
    """Two copies of a dump, one of them damaged."""
    write(folder, compressed(records()))
    write(folder / "old", compressed(records()))
    path = place(folder / "old") / name_of("artists")
    path.write_bytes(path.read_bytes()[:-4])
