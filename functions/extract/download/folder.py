"""The files of dumps below a folder, at any depth. Links are followed, each folder is read once."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from functions.runtime.errors import SourceError

_PREFIX = "discogs_"


class Found(Struct, frozen=True):
    """What a folder holds: the paths of each file by its name, and what could not be looked into."""

    paths: dict[str, list[Path]]
    unreadable: list[str]

    def size(self, name: str) -> int:
        """Bytes of the first file of a name.

        Raises:
            SourceError: it cannot be looked at.
        """
        try:
            return self.paths[name][0].stat().st_size
        except OSError as error:
            raise SourceError(f"{self.paths[name][0]} cannot be read: {error.strerror}.") from error


def dump_files(root: Path) -> Found:
    """Every file below a folder whose name begins as those of dumps do; one that two links lead to counts once."""
    paths: defaultdict[str, list[Path]] = defaultdict(list)
    unreadable: list[str] = []
    for path in _files(root, unreadable):
        same = paths[path.name]
        if not any(path.samefile(other) for other in same):
            same.append(path)
    return Found(dict(sorted(paths.items())), sorted(unreadable))


def _files(root: Path, unreadable: list[str]) -> Iterator[Path]:
    def note(error: OSError) -> None:
        unreadable.append(f"{error.filename} ({error.strerror})")

    known = set()
    for folder, inner, files in os.walk(root, onerror=note, followlinks=True):
        identity = _identity(folder)
        if identity is None or identity in known:
            inner.clear()
            continue
        known.add(identity)
        inner.sort()
        for name in sorted(files):
            path = Path(folder) / name
            if path.is_symlink() and not path.exists():
                unreadable.append(f"{path} (a link that leads nowhere)")
            elif name.startswith(_PREFIX) and path.is_file():
                yield path


def _identity(folder: str) -> tuple[int, int] | None:
    try:
        status = Path(folder).stat()
    except OSError:  # it went meanwhile
        return None
    return status.st_dev, status.st_ino
