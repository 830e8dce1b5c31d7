"""The first records of each file of a dump, as a small dump of their own: a first look at real records within a minute.

A file is read no further than its records take, and inflated and cut on the way; the connection is closed then.
A sample is marked, and its files lack the closing root tag: nobody takes it for a whole dump, with the mark or without.
"""

from __future__ import annotations

import dataclasses
import gzip
import shutil
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

from functions.extract.download.dump import Dump, DumpFile, is_remote
from functions.extract.download.dump_folder import write_checksum
from functions.extract.download.fetch import opener, sha256_of
from functions.extract.download.retry_policy import DownloadRetry, download_retry
from functions.extract.xml_stream.inflate import GZIP_MAGIC, InflationLimit
from functions.extract.xml_stream.record_scanner import RecordScanner
from functions.runtime.entities import Entity
from functions.runtime.errors import SourceError, SourceUnavailable, StoreUnavailable
from functions.runtime.named_places import place_errors
from functions.runtime.settings import Settings
from functions.runtime.stores.fsync import rename_durably, sync

_CHUNK = 64 * 1024
_SHOWN_EVERY = 100
_INFLATED = 1024 * 1024
#: zlib's number for gzip's header and checksum.
_GZIP = 31
#: Somebody waits for the sample: fewer tries than of a file that takes an hour.
_TRIES = 3

#: Called with the name of a file, how many of its records are here, and how many are wanted.
Show = Callable[[str, int, int], None]


def fetch_sample(settings: Settings, dump: Dump, records: int, show: Show, retry: DownloadRetry | None = None) -> Path:
    """The folder of a sample of a dump, which is a source as any other; what is there already is not fetched again.

    Args:
        settings: the home that it is put into, and how to reach S3 and the site.
        dump: of which files.
        records: how many of each file; all of a file that has fewer.
        show: told of the records that are here.
        retry: the rules of waiting; those of the settings with three tries if absent.

    Raises:
        SourceError: a file is not there, this machine is refused, or what comes is no dump.
        SettingError: the home cannot be written to.
        StoreUnavailable: a file cannot be had now.
    """
    folder = Path(settings.home) / "samples" / f"{dump.date:%Y%m%d}-{records}"
    if folder.exists():
        return folder
    beside = folder.with_suffix(".partial")
    rules = retry or dataclasses.replace(download_retry(settings), tries=_TRIES)
    with place_errors(folder):
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        for file in dump.files:
            target = beside / file.name
            _patiently(partial(_fetch, settings, dump, file, target, records, show), rules)
            sync(target)
            write_checksum(target, sha256_of(target, lambda *_: None), synthetic=dump.synthetic, sample=True)
        rename_durably(beside, folder)
    return folder


def first_records(
    chunks: Iterable[bytes], entity: Entity, records: int, settings: Settings, *, has_end: bool = True
) -> Iterator[bytes]:
    """The first records of a file, as they stand in it, of its compressed bytes as they come.

    Raises:
        SourceUnavailable: the file breaks off before so many, and before its closing root tag, which has to be there.
        SourceError: it is damaged, or inflates without end.
    """
    scanner = RecordScanner(entity, settings.max_record_bytes)
    found = 0
    pieces = (piece.data for piece in scanner.pieces(_inflated(chunks, settings.max_inflation)) if not piece.stray)
    for data in islice(pieces, records):
        found += 1
        yield data
    if found < records and has_end and not scanner.closed:
        raise SourceUnavailable(f"The file of {entity} broke off after {found:,} records.")


def _patiently(fetch: Callable[[], None], retry: DownloadRetry) -> None:
    failures = 0
    while True:
        try:
            fetch()
        except StoreUnavailable as error:
            failures += 1
            retry.wait(error, failures)
        else:
            return


def _fetch(settings: Settings, dump: Dump, file: DumpFile, target: Path, records: int, show: Show) -> None:
    with (
        _chunks(settings, file.location) as chunks,
        target.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as out,
    ):
        out.write(f"<{file.entity}>\n".encode())
        found = first_records(chunks, file.entity, records, settings, has_end=not dump.sample)
        for number, data in enumerate(found, start=1):
            out.write(data + b"\n")
            if number % _SHOWN_EVERY == 0:
                show(file.name, number, records)
    show(file.name, records, records)


@contextmanager
def _chunks(settings: Settings, location: str) -> Iterator[Iterable[bytes]]:
    """The bytes of a file from its start, as many as are asked for."""
    if is_remote(location):
        with opener(settings, location) as open_at, open_at(0) as answer:
            yield answer.chunks
        return
    try:
        file = Path(location).open("rb")  # noqa: SIM115
    except OSError as error:
        raise SourceError(f"{location} cannot be read: {error.strerror}.") from error
    with file:
        yield iter(partial(file.read, _CHUNK), b"")


def _inflated(chunks: Iterable[bytes], ratio: float) -> Iterator[bytes]:
    """The XML of a `.xml.gz` file as it comes, several members included; one that is not compressed as it is."""
    limit, taken, given = InflationLimit(ratio), 0, 0
    for piece, read in _members(chunks):
        taken, given = taken + read, given + len(piece)
        if given > limit.most(taken):
            raise SourceError(f"The file inflates to more than {given // 10**6:,} MB: it is no dump.")
        yield piece


def _members(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """Inflated pieces, each with the number of compressed bytes that came since the one before."""
    member, is_plain, begun = zlib.decompressobj(_GZIP), False, False
    for chunk in filter(None, chunks):
        read, rest = len(chunk), chunk
        is_plain, begun = is_plain or not (begun or chunk.startswith(GZIP_MAGIC[:1])), True
        if is_plain:
            yield chunk, read
            continue
        while rest:
            if member.eof:
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                if not GZIP_MAGIC.startswith(rest[: len(GZIP_MAGIC)]):
                    return  # a line break, or a signature
                member = zlib.decompressobj(_GZIP)
            try:
                piece = member.decompress(rest, _INFLATED)
            except zlib.error as error:
                raise SourceError(f"The compressed data is damaged: {error}.") from error
            yield piece, read
            read, rest = 0, member.unconsumed_tail or member.unused_data
