"""What a backup says of itself, written last: a backup without it is none.

A folder has it in `linernotes.json`. A file has it behind what pg_dump wrote, with its length at the very end, where
PostgreSQL's tools do not look: both can be restored with them alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from functions.runtime.errors import SettingError, SourceError
from functions.runtime.named_places import place_errors, refuse_dangling
from functions.runtime.stores.fsync import sync, sync_open

FORMAT = 1
_NAME = "linernotes.json"
_MARK = b"linernotes-backup"
_TAIL = len(_MARK) + 12
_PIECE = 1 << 20

#: Told what is being done, how much of it is, and of how much.
Show = Callable[[str, int, int], None]


class Sum(msgspec.Struct, frozen=True):
    """The size and SHA-256 of one file of a backup."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is in a backup.

    Attributes:
        dump: the newest dump that was loaded.
        synthetic: whether its data is generated; None for empty stores.
        migrations: the form of its tables, by the names of the migrations applied.
        postgres: major version of the server it was made of.
        rows: of each table that holds records.
        indexes: how many are built at the restore.
        database_bytes: of disk that the database took, and will take.
        files: every file of the backup by its name; that of a single file is empty.
    """

    format: int = FORMAT
    made_at: dt.datetime
    dump: dt.date | None
    synthetic: bool | None
    migrations: list[str]
    postgres: int
    rows: dict[str, int]
    indexes: int
    database_bytes: int
    files: dict[str, Sum] = {}

    @property
    def bytes(self) -> int:
        """Size of the backup."""
        return sum(each.bytes for each in self.files.values())


def seal(place: Path, manifest: Manifest, show: Show) -> Manifest:
    """Make a backup whole: add the sums of its files, and write the manifest to disk."""
    sizes = {path: path.stat().st_size for path in _files(place)}
    sums = _sums(sizes, "check sums", show)
    manifest = msgspec.structs.replace(manifest, files={_name(place, path): each for path, each in sums.items()})
    text = msgspec.json.encode(manifest, order="deterministic")
    if place.is_dir():
        _write(place / _NAME, "wb", msgspec.json.format(text, indent=2) + b"\n")
        sync(place)
    else:
        _write(place, "ab", text + _MARK + b"%012d" % len(text))
    return manifest


def read_manifest(place: Path) -> Manifest:
    """The manifest of a backup.

    Raises:
        SettingError: there is nothing of that name.
        SourceError: it is no backup, or none that is whole.
    """
    refuse_dangling(place)
    if not place.exists():
        raise SettingError(f"{place} is not there: give the file or folder that `linernotes backup` made.")
    try:
        with place_errors(place):
            os.listdir(place) if place.is_dir() else place.open("rb").close()  # noqa: PTH208 - whether it may be read
        text = (place / _NAME).read_bytes() if place.is_dir() else _end_of(place)
        return msgspec.json.decode(text, type=Manifest)
    except (FileNotFoundError, msgspec.DecodeError) as error:
        raise SourceError(
            f"{place} is no whole backup: it is cut off, or was not made by `linernotes backup`. Nothing was restored."
        ) from error


def check_files(place: Path, manifest: Manifest, show: Show) -> None:
    """Compare a backup with its manifest: sizes first, then every byte.

    Raises:
        SourceError: a file is missing, cut off or altered.
    """
    found = {place / name if name else place: wanted for name, wanted in manifest.files.items()}
    for path, wanted in found.items():
        size = path.stat().st_size if path.exists() else 0
        if size < wanted.bytes or (size > wanted.bytes and path != place):
            raise SourceError(f"{path} has {size:,} bytes and not {wanted.bytes:,}: nothing was restored.")
    sums = _sums({path: wanted.bytes for path, wanted in found.items()}, "check sums", show)
    for path, wanted in found.items():
        if sums[path] != wanted:
            raise SourceError(
                f"{path} was altered since the backup was made (its SHA-256 differs): nothing was restored."
            )


def _files(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]


def _name(place: Path, path: Path) -> str:
    return "" if path == place else str(path.relative_to(place))


def _sums(sizes: dict[Path, int], what: str, show: Show) -> dict[Path, Sum]:
    """The sums of the first bytes of each file."""
    done, total, sums = 0, sum(sizes.values()), {}
    for path, size in sizes.items():
        digest, left = hashlib.sha256(), size
        with path.open("rb") as file:
            while piece := file.read(min(_PIECE, left)):
                digest.update(piece)
                left -= len(piece)
                done += len(piece)
                show(what, done, total)
        sums[path] = Sum(size, digest.hexdigest())
    return sums


def _end_of(path: Path) -> bytes:
    """The manifest of a single file; nothing that can be decoded when there is none."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL))
        mark, length = (tail := file.read(_TAIL))[:-12], tail[-12:]
        if mark != _MARK or not length.isdigit() or int(length) > size - _TAIL:
            return b""
        file.seek(size - _TAIL - int(length))
        return file.read(int(length))


def _write(path: Path, mode: str, content: bytes) -> None:
    with path.open(mode) as file:
        file.write(content)
        os.fchmod(file.fileno(), 0o600)
        sync_open(file)
