"""Today's public site: an HTML listing for each year, and links of the form `?download=data%2F2026%2F<name>`."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import lxml.etree
import lxml.html
from msgspec import Struct

from functions.extract.download.checksums import decode_checksums, parse_checksums
from functions.extract.download.dump import checksum_name, pick_dump, refuse_doubled
from functions.extract.download.http_source import LOOK_S, Absent, SiteClient, open_client, read
from functions.extract.download.retry_policy import DownloadRetry, download_retry
from functions.runtime.errors import SourceError
from functions.runtime.settings import Settings

#: Years that are looked at for the newest dump, this one first. In January the newest is last year's.
_YEARS = 3

_NAME = re.compile(r"discogs_20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])_[A-Za-z]+\.(?:xml\.gz|txt|json)")
_SIZE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:([KMGT])(?:i?B)?|B(?:ytes)?)\b", re.IGNORECASE)
_UNIT = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


class Listed(Struct, frozen=True):
    """A file of a listing. `bytes` is rounded, as the listing shows it, or 0 where it does not.

    `others` are further keys that the page links to under the same name.
    """

    key: str
    bytes: int
    others: list[str] = []


class SiteDump(Struct, frozen=True):
    """A complete dump of the site: address and rounded size of each of its files by name, and its CHECKSUM file."""

    date: dt.date
    addresses: dict[str, str]
    sizes: dict[str, int]
    checksums: str


def find_on_site(
    settings: Settings,
    site: str,
    wanted: dt.date | None = None,
    *,
    year: int | None = None,
    retry: DownloadRetry | None = None,
) -> SiteDump:
    """The wanted dump of the site, or the newest whose CHECKSUM file and every file that it names are there.

    Two requests as a rule: the site shuts out for an hour who asks often.

    Args:
        settings: the User-Agent and the patience.
        site: its address.
        wanted: the date of a dump.
        year: the year to begin with, now.
        patience: the rules of waiting, from the settings if absent.

    Raises:
        SettingError: the site has a file of the dump under two keys.
        SourceError: there is no such dump, or the site refuses this machine.
        StoreUnavailable: the site does not answer now.
    """
    retry = retry or download_retry(settings)
    newest = wanted.year if wanted else year or dt.datetime.now(dt.UTC).year
    names: list[str] = []
    with open_client(settings, connect=LOOK_S) as client:
        for each in range(newest, newest - (1 if wanted else _YEARS), -1):
            listed = _listing(client, site, each, retry)
            found = _newest(client, site, listed, wanted, retry)
            if found:
                return found
            names += listed
    pick_dump(names, wanted, site)
    raise SourceError(f"{site} has no dump of which every file is there yet.")


def _listing(client: SiteClient, site: str, year: int, retry: DownloadRetry) -> dict[str, Listed]:
    address = _ask(site, "prefix", f"data/{year}/")
    try:
        return parse_listing(read(client, address, retry, page=True))
    except Absent:  # the year has only begun
        return {}


def parse_listing(page: bytes) -> dict[str, Listed]:
    """The files that a page links to, by name."""
    try:
        document = lxml.html.document_fromstring(page)
    except lxml.etree.ParserError:  # an empty page
        return {}
    files: dict[str, Listed] = {}
    for link in document.iter("a"):
        for key in parse_qs(urlsplit(link.get("href", "").strip()).query).get("download", ()):
            name = key.rpartition("/")[2]
            if _NAME.fullmatch(name):
                found = Listed(key, parse_size(_line_of(link).replace(name, " ")))
                known = files.setdefault(name, found)
                if key not in {known.key, *known.others}:
                    known.others.append(key)
    return files


def parse_size(text: str) -> int:
    """The size that a line of a listing shows (`2026-04-01T11:25:31.000Z  578.4 MB`), in bytes; 0 for none."""
    found = _SIZE.search(text)
    return 0 if found is None else int(float(found[1].replace(",", ".")) * _UNIT[(found[2] or "").upper()])


def _newest(
    client: SiteClient, site: str, listed: dict[str, Listed], wanted: dt.date | None, retry: DownloadRetry
) -> SiteDump | None:
    names = set(listed)
    while any(name.endswith("_CHECKSUM.txt") for name in names):
        date = pick_dump(names, wanted, site)
        refuse_doubled(date, {name: [file.key, *file.others] for name, file in listed.items()})
        checksums = checksum_name(date)
        text = decode_checksums(read(client, _address(site, listed[checksums]), retry))
        if wanted or set(parse_checksums(text, checksums)) <= set(listed):
            return _site_dump(site, listed, date, text)
        names.discard(checksums)
    return None


def _site_dump(site: str, listed: dict[str, Listed], date: dt.date, checksums: str) -> SiteDump:
    own = {name: file for name, file in listed.items() if name.startswith(f"discogs_{date:%Y%m%d}_")}
    addresses = {name: _address(site, file) for name, file in own.items()}
    return SiteDump(date, addresses, {name: file.bytes for name, file in own.items()}, checksums)


def _address(site: str, file: Listed) -> str:
    """Only the key is taken from a page, never an address."""
    return _ask(site, "download", file.key)


def _ask(site: str, name: str, value: str) -> str:
    """The address of a site, which may have a query of its own, with a question."""
    return f"{site}{'&' if urlsplit(site).query else '?'}{name}={quote(value, safe='')}"


def _line_of(link: Any) -> str:
    """The text around a link: its table row or list item, or its line where lines are plain."""
    for parent in link.iterancestors("tr", "li"):
        return str(parent.text_content())
    before = link.getprevious()
    lead = link.getparent().text if before is None else before.tail
    return f"{(lead or '').rpartition(chr(10))[2]} {(link.tail or '').partition(chr(10))[0]}"
