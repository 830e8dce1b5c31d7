"""What is read off a listing of the public site."""

from __future__ import annotations

import pytest

from functions.extract.download.discogs_site import Listed, parse_listing, parse_size

PLAIN = b"""<html><body><h2>data/2026</h2><p><a href="http://www.discogs.com/developers/">API</a></p><pre>
   Last Modified               Size       Key
--------------------------------------------------------------
                                        <a href="?prefix=data%2F">../</a>
2026-04-01T08:54:10.000Z 83.9 MB <a href="?download=data%2F2026%2Fdiscogs_20260401_labels.xml.gz">labels</a>
2026-04-01T19:22:07.000Z 10.20 GB <a href="?download=data%2F2026%2Fdiscogs_20260401_releases.xml.gz">releases</a>
2026-04-01T19:22:20.000Z 388 B <a href="?download=data/2026/discogs_20260401_CHECKSUM.txt">CHECKSUM</a>
</pre></body></html>"""

TABLE = b"""<table><tr><th>Name<th>Size</tr>
<tr><td><a href="https://data.discogs.com/?download=data%2F2026%2Fdiscogs_20260401_labels.xml.gz"><b>labels</b></a>
<td>2026-04-01 08:54 <td>83,9 MiB</tr>
<tr><td><a href='/?x=1&amp;download=data%2F2026%2Fdiscogs_20260401_masters.xml.gz'>masters</a><td></tr></table>"""


def test_files_are_read_off_a_plain_listing_with_their_rounded_sizes() -> None:
    assert parse_listing(PLAIN) == {
        "discogs_20260401_labels.xml.gz": Listed("data/2026/discogs_20260401_labels.xml.gz", int(83.9 * 1024**2)),
        "discogs_20260401_releases.xml.gz": Listed("data/2026/discogs_20260401_releases.xml.gz", int(10.2 * 1024**3)),
        "discogs_20260401_CHECKSUM.txt": Listed("data/2026/discogs_20260401_CHECKSUM.txt", 388),
    }


def test_files_are_read_off_a_table_too() -> None:
    assert parse_listing(TABLE) == {
        "discogs_20260401_labels.xml.gz": Listed("data/2026/discogs_20260401_labels.xml.gz", int(83.9 * 1024**2)),
        "discogs_20260401_masters.xml.gz": Listed("data/2026/discogs_20260401_masters.xml.gz", 0),
    }


def test_a_name_that_two_links_lead_to_is_known_with_both_keys() -> None:
    link = b"<a href='?download=%b%%2Fdiscogs_20260401_labels.xml.gz'>x</a>"
    [listed] = parse_listing(b"".join(link % folder for folder in (b"2026", b"2026", b"old"))).values()
    assert (listed.key, listed.others) == (
        "2026/discogs_20260401_labels.xml.gz",
        ["old/discogs_20260401_labels.xml.gz"],
    )


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"   ",
        b"\xff\xfe\x00",
        b"Just a moment...",
        b"<html><body><a>no address</a><a href='?prefix=data%2F2026%2F'>2026/</a></body></html>",
        b"<a href='?download=..%2F..%2Fetc%2Fpasswd'>x</a>",
        b"<a href='?download=data%2F2026%2Fdiscogs_20261301_artists.xml.gz'>no month</a>",
        b"<a href='?download=data%2F2026%2Fdiscogs_20260401_artists.xml.gz%2F..'>x</a>",
        b"<!-- <a href='?download=data%2F2026%2Fdiscogs_20260401_artists.xml.gz'>x</a> -->",
    ],
)
def test_a_page_without_links_to_files_lists_none(page: bytes) -> None:
    assert parse_listing(page) == {}


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", 0),
        ("2026-04-01T11:25:31.000Z", 0),
        ("2026-04-01 11:25", 0),
        ("01 Apr 2026 11:25 -", 0),
        ("2026-04-01T11:25:31.000Z 1.5 kb", 1536),
        ("10.30 G", int(10.3 * 1024**3)),
        ("388 bytes", 388),
        ("0 B", 0),
    ],
)
def test_a_size_is_read_off_a_line(text: str, size: int) -> None:
    assert parse_size(text) == size
