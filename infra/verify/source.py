"""The files of one dump: found by name at any depth, and checked against the dump's CHECKSUM file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import SourceError


def files_of(source: Path | Iterable[Path], dump: date) -> dict[Entity, Path]:
    """The entity files of a dump; an entity without a file is left out.

    Args:
        source: a folder searched at any depth, or the files themselves (a CHECKSUM file may be among them).
        dump: the date in the files' names.

    Raises:
        SourceError: no file of this dump, two files of one name, or a file that differs from its checksum.
    """
    paths = sorted(_below(source) if isinstance(source, Path) else source)
    found = {entity: path for entity in ENTITIES if (path := _one(paths, f"discogs_{dump:%Y%m%d}_{entity}.xml.gz"))}
    if not found:
        raise SourceError(f"{source} holds no file named discogs_{dump:%Y%m%d}_<entity>.xml.gz.")
    sums = _checksums(path for path in paths if path.name == f"discogs_{dump:%Y%m%d}_CHECKSUM.txt")
    for path in found.values():
        _check(path, sums)
    return found


def _below(root: Path) -> Iterator[Path]:
    """Every file below a folder; links are followed, and each folder is looked into once."""
    known = set()
    for folder, inner, names in os.walk(root, followlinks=True):
        place = Path(folder).resolve()
        if place in known:
            inner.clear()
        else:
            known.add(place)
            yield from (Path(folder) / name for name in names)


def _one(paths: list[Path], name: str) -> Path | None:
    same = [path for path in paths if path.name == name]
    if len(same) > 1:
        raise SourceError(f"{same[0]} and {same[1]} have the same name: say which folder to read.")
    return same[0] if same else None


def _checksums(files: Iterable[Path]) -> dict[str, str]:
    """File name → SHA-256, from lines `<sha256> name`, `<sha256>  name` or `<sha256> *name`, folders left out."""
    lines = (line.split() for file in files for line in file.read_text(encoding="utf-8-sig").splitlines())
    return {Path(words[1].lstrip("*")).name: words[0].lower() for words in lines if len(words) == 2}


def _check(path: Path, sums: dict[str, str]) -> None:
    expected = sums.get(path.name)
    if expected is None:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        raise SourceError(f"{path} has SHA-256 {found}, its CHECKSUM file says {expected}: fetch it again.")
