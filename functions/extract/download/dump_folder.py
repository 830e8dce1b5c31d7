"""The folder of fetched dumps: each file has its line in a CHECKSUM file beside it, so that the folder is a source."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from functions.extract.download.checksums import parse_checksums
from functions.extract.download.dump import checksum_name, parse_dump_date, sample_name, synthetic_name
from functions.runtime.stores.fsync import sync, sync_open

_DATE = re.compile(r"discogs_(\d{8})_")


def write_checksum(path: Path, sha256: str, *, synthetic: bool, sample: bool = False) -> None:
    """Write down the checksum of a fetched file, whether its data was generated, and whether it is a sample.

    Lines are only ever appended, whole, for several processes fetch at once; the last one of a file counts.
    """
    date = _date_of(path)
    checksums = path.with_name(checksum_name(date))
    text = checksums.read_text(encoding="utf-8") if checksums.exists() else ""
    if parse_checksums(text, checksums.name).get(path.name) != sha256:
        with checksums.open("a", encoding="utf-8") as file:
            file.write("\n" * bool(text and not text.endswith("\n")) + f"{sha256}  {path.name}\n")
            sync_open(file)
    _mark(path.with_name(synthetic_name(date)), is_there=synthetic)
    _mark(path.with_name(sample_name(date)), is_there=sample)
    sync(path.parent)


def _mark(path: Path, *, is_there: bool) -> None:
    if is_there:
        path.touch()
    else:
        path.unlink(missing_ok=True)


def _date_of(path: Path) -> dt.date:
    match = _DATE.match(path.name)
    assert match is not None  # noqa: S101 - the ledger lists files of dumps only
    return parse_dump_date(match[1])
