"""Where dumps come from: a folder, a bucket in S3, or a site. One question: which files has the wanted dump?"""

from __future__ import annotations

import datetime as dt
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from functions.extract.download.checksums import decode_checksums, parse_checksums
from functions.extract.download.dump import (
    Dump,
    DumpFile,
    checksum_name,
    file_name,
    pick_dump,
    refuse_doubled,
    sample_name,
    synthetic_name,
)
from functions.extract.download.folder import Found, dump_files
from functions.runtime.addresses import check_address, scheme_of
from functions.runtime.entities import ENTITIES
from functions.runtime.errors import SettingError, SourceError
from functions.runtime.masking import mask
from functions.runtime.named_places import place_errors, resolved_path
from functions.runtime.settings import Settings
from functions.runtime.stores.bucket import s3_client, s3_errors

#: How often a listing is asked for again, and for how long a connection is waited for: a person waits for the answer.
_S3_RETRIES, _S3_CONNECT_S = 1, 4.0

#: The name of the public site as a source.
SITE = "discogs"


def find_dump(settings: Settings, source: str, wanted: dt.date | None = None) -> Dump:
    """The wanted, or the newest, complete dump of a source.

    Args:
        source: a folder (the dump's files at any depth), `s3://bucket/prefix`, `discogs` for the public site, or the
            address of a site like it.

    Raises:
        SettingError: the source is empty, neither a folder that can be read nor an address, or has a file twice.
        SourceError: there is no such dump, or a file has no checksum.
        StoreUnavailable: the source does not answer now.
    """
    if not source.removeprefix("file://").strip():
        raise SettingError("The source is empty: give a folder, s3://bucket/prefix, or discogs.")
    scheme = scheme_of(source)
    if scheme not in {"", "file"}:
        check_address("The source", source, ("s3", "http", "https"), host=scheme != "s3")
    if source == SITE or scheme in {"http", "https"}:
        return _on_site(settings, settings.site_url if source == SITE else source, wanted)
    if scheme == "s3":
        return _in_s3(settings, source, wanted)
    return _in_folder(source.removeprefix("file://"), wanted)


def _on_site(settings: Settings, site: str, wanted: dt.date | None) -> Dump:
    from functions.extract.download.discogs_site import find_on_site  # its HTTP client is imported where it is used

    found = find_on_site(settings, site, wanted)
    return _dump(found.date, mask(site), found.sizes, found.addresses.__getitem__, found.checksums)


def _in_folder(source: str, wanted: dt.date | None) -> Dump:
    root = resolved_path(source)
    with place_errors(Path(source)):
        os.listdir(root)  # noqa: PTH208 - whether it may be looked into, and is a folder
    found = dump_files(root)
    date = _picked(found, wanted, str(root))
    refuse_doubled(date, {name: [str(path) for path in paths] for name, paths in found.paths.items()})
    sizes = {name: found.size(name) for name in found.paths if name.startswith(f"discogs_{date:%Y%m%d}_")}
    checksums = _read(found.paths[checksum_name(date)][0])
    return _dump(date, str(root), sizes, lambda name: str(found.paths[name][0]), checksums, found.unreadable)


def _picked(found: Found, wanted: dt.date | None, source: str) -> dt.date:
    try:
        return pick_dump(found.paths, wanted, source)
    except SourceError as error:
        if not found.unreadable:
            raise
        raise SourceError(f"{error} Not looked into: {listed(found.unreadable)}.") from error


def _read(path: Path) -> str:
    try:
        return decode_checksums(path.read_bytes())
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error


def _in_s3(settings: Settings, source: str, wanted: dt.date | None) -> Dump:
    parts = urlsplit(source)
    if not parts.netloc:
        raise SettingError(f"{source} names no bucket: give s3://bucket/prefix.")
    bucket, client = parts.netloc, s3_client(settings, retries=_S3_RETRIES, connect=_S3_CONNECT_S)
    keys, sizes = _s3_listing(client, bucket, parts.path.strip("/"))
    date = pick_dump(keys, wanted, source)
    refuse_doubled(date, {name: [f"s3://{bucket}/{key}" for key in found] for name, found in keys.items()})
    with s3_errors(checksum_name(date)):
        body = client.get_object(Bucket=bucket, Key=keys[checksum_name(date)][0])["Body"].read()
    return _dump(date, mask(source), sizes, lambda name: f"s3://{bucket}/{keys[name][0]}", decode_checksums(body))


def _s3_listing(client: Any, bucket: str, prefix: str) -> tuple[dict[str, list[str]], dict[str, int]]:
    keys: defaultdict[str, list[str]] = defaultdict(list)
    sizes: dict[str, int] = {}
    with s3_errors(f"s3://{bucket}/{prefix}"):
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/" if prefix else "")
        for page in pages:
            for entry in page.get("Contents", ()):
                name = entry["Key"].rpartition("/")[2]
                keys[name].append(entry["Key"])
                sizes[name] = entry["Size"]
    return keys, sizes


def listed(names: Iterable[str], most: int = 3) -> str:
    """Names for a sentence, not more than a few."""
    names = list(names)
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _dump(
    date: dt.date,
    source: str,
    sizes: Mapping[str, int],
    location: Callable[[str], str],
    checksums: str,
    unreadable: Iterable[str] = (),
) -> Dump:
    sums = parse_checksums(checksums, checksum_name(date))
    files = []
    for entity in ENTITIES:
        name = file_name(date, entity)
        if name not in sizes:
            continue
        if name not in sums:
            raise SourceError(
                f"{name} is there, but {checksum_name(date)} has no line for it: the dump is not complete."
            )
        files.append(DumpFile(entity, name, location(name), sums[name], sizes[name]))
    if not files:
        raise SourceError(f"{source} has a CHECKSUM file of {date:%Y%m%d} and none of the files that it names.")
    return Dump(date, source, synthetic_name(date) in sizes, files, list(unreadable), sample_name(date) in sizes)
