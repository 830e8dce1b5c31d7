"""The files of a generated dump: names, gzip members, checksums and the mark that says it is generated."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import msgspec
from isal import isal_zlib
from msgspec import Struct

from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import RefusedError, SourceError
from functions.runtime.named_places import place_errors, refuse_dangling
from infra.synth.damage import LATER

GENERATOR: Final = "linernotes synth"
_LEVEL: Final = 1
_GZIP: Final = 31  # window bits of zlib for a gzip header
_BLOCK: Final = 1 << 20
#: XML bytes after which a new gzip member begins: real files have had several.
_FIRST_MEMBER, _MEMBER = 1 << 16, 1 << 26


class Marker(Struct, frozen=True, kw_only=True):
    """`discogs_<date>_SYNTHETIC.json`: marks generated data and holds what the next month is made from."""

    generator: str = GENERATOR
    dump: str
    seed: int
    releases: int  # of the first month
    grown: int  # releases ever made, gone ones included
    damage: bool
    made_from: str | None = None
    removed: dict[Entity, list[int]] = {}


class EntityFacts(Struct, frozen=True):
    records: int
    xml_bytes: int
    gz_bytes: int


class Summary(Struct, frozen=True):
    """What was written: `entities` counts the records in each file, damaged ones and duplicates included."""

    dump: str
    folder: str
    entities: dict[Entity, EntityFacts]
    changes: dict[Entity, dict[str, int]] | None = None

    @property
    def records(self) -> int:
        return sum(facts.records for facts in self.entities.values())


def dump_folder(root: Path, dump: str) -> Path:
    """Where the files of a dump lie below the root of a source."""
    return root / "data" / dump[:4]


def file_name(dump: str, what: str) -> str:
    """`discogs_20260901_CHECKSUM.txt` for `CHECKSUM.txt`."""
    return f"discogs_{dump}_{what}"


def entity_file(root: Path, dump: str, entity: Entity) -> Path:
    return dump_folder(root, dump) / file_name(dump, f"{entity}.xml.gz")


class EntityWriter:
    """Writes one entity file, record by record; a context manager, after which `facts` and `sha256` are final."""

    def __init__(self, path: Path, entity: Entity) -> None:
        self.path, self.entity = path, entity
        self.records = self._xml = self._gz = 0
        self._limit = _FIRST_MEMBER
        self._buffer: list[bytes] = [f"<{entity}>\n".encode()]
        self._size = len(self._buffer[0])
        self._late: deque[tuple[int, bytes]] = deque()
        self._hash = hashlib.sha256()
        self._member = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _GZIP)

    def __enter__(self) -> EntityWriter:
        self._file = self.path.open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()
        self._file.close()

    def write(self, record: bytes) -> None:
        """Adds a record (without its line end)."""
        self._add(record)
        while self._late and self._late[0][0] <= self.records:
            self._add(self._late.popleft()[1])

    def write_later(self, record: bytes) -> None:
        """Adds a record after the next few: a duplicate."""
        self._late.append((self.records + LATER, record))

    @property
    def facts(self) -> EntityFacts:
        return EntityFacts(self.records, self._xml, self._gz)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def _add(self, record: bytes) -> None:
        self._buffer += (record, b"\n")
        self._size += len(record) + 1
        self.records += 1
        if self._size >= min(_BLOCK, self._limit):
            self._flush()

    def _flush(self) -> None:
        block = b"".join(self._buffer)
        self._store(self._member.compress(block))
        self._xml += len(block)
        self._buffer, self._size = [], 0
        if self._xml >= self._limit:
            self._store(self._member.flush())
            self._member = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _GZIP)
            self._limit = self._xml + _MEMBER

    def _finish(self) -> None:
        while self._late:
            self._add(self._late.popleft()[1])
        self._buffer.append(f"</{self.entity}>\n".encode())
        self._flush()
        self._store(self._member.flush())

    def _store(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)
        self._gz += len(data)


def write_checksums(root: Path, dump: str, sums: Mapping[Entity, str]) -> None:
    """Writes the CHECKSUM file, which marks the dump complete."""
    lines = (f"{sums[entity]}  {file_name(dump, f'{entity}.xml.gz')}\n" for entity in ENTITIES if entity in sums)
    (dump_folder(root, dump) / file_name(dump, "CHECKSUM.txt")).write_text("".join(lines), encoding="utf-8")


def clear_checksums(root: Path, dump: str) -> None:
    """Makes the folder, and takes away the CHECKSUM of an earlier dump of that name: it is about to be written over.

    Raises SettingError if the root is a link that leads nowhere.
    """
    folder = dump_folder(root, dump)
    refuse_dangling(root)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("CHECKSUM.txt", "changes.json"):
        (folder / file_name(dump, name)).unlink(missing_ok=True)


def write_json(root: Path, dump: str, what: str, content: Any) -> None:
    data = msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
    (dump_folder(root, dump) / file_name(dump, what)).write_bytes(data)


def is_synthetic(folder: Path, dump: str) -> bool:
    """Whether a dump is generated. `folder` is the root of a source, or the folder that the files lie in."""
    name = file_name(dump, "SYNTHETIC.json")
    return (folder / name).is_file() or (dump_folder(folder, dump) / name).is_file()


def refuse_later(root: Path, dump: str) -> None:
    """Raises RefusedError if a root holds a later generated month: it would no longer follow from `dump`."""
    for path in _marks(root):
        month = path.name.split("_")[1]
        if month > dump:
            raise RefusedError(f"{root} holds the later generated month {month}: remove it, or name another folder.")


def _marks(root: Path) -> list[Path]:
    return sorted(root.glob("data/*/discogs_*_SYNTHETIC.json"))


def latest_marker(root: Path) -> Marker:
    """The marker of the newest generated dump below a root.

    Raises SourceError if there is none, or none that can be read, SettingError if the root cannot be looked into.
    """
    with place_errors(root):
        os.listdir(root)  # noqa: PTH208 - a place that cannot be looked into holds no marks either
    paths = _marks(root)
    if not paths:
        raise SourceError(f"{root} holds no dump made by `linernotes synth`; make one first, or name its root folder.")
    try:
        return msgspec.json.decode(paths[-1].read_bytes(), type=Marker)
    except msgspec.DecodeError as error:
        raise SourceError(f"{paths[-1]} cannot be read as the mark of a generated dump: {error}.") from error
