"""Dumps and how they are named: `data/2026/discogs_20260401_artists.xml.gz` and `…_CHECKSUM.txt` beside it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from msgspec import Struct

from functions.runtime.addresses import scheme_of
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import SettingError, SourceError

_CHECKSUM = re.compile(r"discogs_(\d{8})_CHECKSUM\.txt")


class DumpFile(Struct, frozen=True):
    """One entity file of a dump.

    `location` is a path or an address of S3 or HTTP; `bytes` the compressed size, rounded on a site, 0 where unknown.
    """

    entity: Entity
    name: str
    location: str
    sha256: str
    bytes: int


class Dump(Struct, frozen=True):
    """A complete dump: its CHECKSUM file is there. `missing` names entities without a file.

    `source` is as it may be shown: without passwords and signatures, which the files' locations hold.
    `unreadable` names folders of the source that could not be looked into. Of a `sample` the first records of each file
    are there: nothing is removed for what it lacks.
    """

    date: dt.date
    source: str
    synthetic: bool
    files: list[DumpFile]
    unreadable: list[str] = []
    sample: bool = False

    @property
    def missing(self) -> list[Entity]:
        """Entities that this dump has no file of."""
        present = {file.entity for file in self.files}
        return [entity for entity in ENTITIES if entity not in present]

    @property
    def bytes(self) -> int:
        """Compressed size of all files."""
        return sum(file.bytes for file in self.files)


def is_remote(location: str) -> bool:
    """Whether a file has to be brought here first."""
    return scheme_of(location) in {"s3", "http", "https"}


def file_name(date: dt.date, entity: Entity) -> str:
    """The name of an entity's file."""
    return f"discogs_{date:%Y%m%d}_{entity}.xml.gz"


def checksum_name(date: dt.date) -> str:
    """The name of the CHECKSUM file, published last."""
    return f"discogs_{date:%Y%m%d}_CHECKSUM.txt"


def synthetic_name(date: dt.date) -> str:
    """The name of the mark by which generated data is known."""
    return f"discogs_{date:%Y%m%d}_SYNTHETIC.json"


def sample_name(date: dt.date) -> str:
    """The name of the mark by which a sample is known."""
    return f"discogs_{date:%Y%m%d}_SAMPLE.json"


def parse_dump_date(text: str) -> dt.date:
    """`20260401` as a date.

    Raises:
        SettingError: it is no such date.
    """
    try:
        return dt.datetime.strptime(text, "%Y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError as error:
        raise SettingError(f"{text!r} is no dump: give its date, as in 20260401.") from error


def pick_dump(names: Iterable[str], wanted: dt.date | None, source: str) -> dt.date:
    """The wanted dump, or the newest, among those whose CHECKSUM file is there.

    Raises:
        SourceError: no complete dump is there, or not the wanted one.
    """
    complete = set()
    for name in names:
        match = _CHECKSUM.fullmatch(name)
        if match:
            with suppress(SettingError):  # a name with digits that are no date is no dump's
                complete.add(parse_dump_date(match[1]))
    if wanted and wanted not in complete:
        others = ", ".join(f"{date:%Y%m%d}" for date in sorted(complete)) or "none"
        raise SourceError(
            f"{source} has no complete dump {wanted:%Y%m%d}: {checksum_name(wanted)} is not there (complete: {others})."
        )
    if not complete:
        raise SourceError(f"{source} has no complete dump: no discogs_YYYYMMDD_CHECKSUM.txt is there.")
    return wanted or max(complete)


def refuse_doubled(date: dt.date, places: Mapping[str, Sequence[str]]) -> None:
    """Refuse a dump of which one file is there twice: nobody can say which of them is meant.

    Args:
        places: where the files are, by name.

    Raises:
        SettingError: a file of the dump is in two places; the sentence names both.
    """
    marks = [checksum_name(date), synthetic_name(date), sample_name(date)]
    names = [*marks, *(file_name(date, entity) for entity in ENTITIES)]
    for name in names:
        if len(places.get(name, ())) > 1:
            first, second, *_ = places[name]
            raise SettingError(f"{name} is there twice, as {first} and as {second}: name the folder of one of them.")
