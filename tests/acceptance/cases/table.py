"""The table: how each dump is made, and what loading and verifying it has to come to."""

from __future__ import annotations

import gzip
from typing import NamedTuple

from tests.acceptance.cases.dumps import (
    OCTOBER,
    Build,
    artist,
    changed_checksums,
    document,
    label,
    release,
    with_artists,
    with_checksums,
    with_linked_year,
    with_records,
    with_same_name_twice,
    with_xml,
)
from tests.acceptance.cases.odd_records import LARGEST, REJECTED, odd_records

ARTISTS = [artist(number) for number in (1, 2, 3)]
RELEASES = [release(number) for number in (1, 2, 3)]
XML = document("artists", ARTISTS)


class Case(NamedTuple):
    """One row.

    Attributes:
        builds: the dumps that are loaded, one after the other; what follows is of the last one.
        code: exit code of `load`.
        state: of the run; empty where none begins.
        rows: of artists, labels, masters and releases afterwards.
        rejected: pieces in quarantine; -1 where their number is nobody's business.
        reason: what `quarantine list` says of one of them.
        sentences: what `load` has to say, each somewhere in its text.
        unread: the entity that `verify` cannot read and does not call equal.
        other: a dump that differs from what was loaded, as `verify` has to notice.
        is_of_records: whether it depends on how records are cut and parsed: the gate takes it with both engines.
    """

    builds: tuple[Build, ...]
    code: int = 0
    state: str = "done"
    rows: tuple[int, int, int, int] = (3, 3, 3, 3)
    rejected: int = 0
    reason: str = ""
    sentences: tuple[str, ...] = ()
    unread: str = ""
    other: Build | None = None
    is_of_records: bool = False


def refused(build: Build, sentence: str) -> Case:
    """A file of artists that is none: the rest is loaded."""
    return Case((build,), code=3, rows=(0, 3, 3, 3), sentences=(sentence,), unread="artists")


def last_label(name: str, number: int = 3) -> str:
    """A label whose sublabels begin less than 64 bytes before the end of its file."""
    return label(number, '<sublabels><label id="2">B</label></sublabels>', name)


CASES: dict[str, Case] = {
    "a reference above 2^31 in the second month": Case(
        (with_records(), with_records(OCTOBER, releases=[*RELEASES, release(4, artist=3_000_000_000)])),
        rows=(3, 3, 3, 4),
    ),
    "a record above 2^31 in the second month": Case(
        (with_records(), with_records(OCTOBER, artists=[*ARTISTS, artist(3_000_000_000), artist(LARGEST)])),
        rows=(5, 3, 3, 3),
    ),
    "sublabels just before the end": Case(
        (with_records(labels=[label(1), label(2), label(4), last_label("Old name")]),),
        rows=(3, 4, 3, 3),
        other=with_records(labels=[label(1), label(2), last_label("New name")]),
        is_of_records=True,
    ),
    "a year folder that is a link": Case((with_linked_year,)),
    "one name in two folders": Case(
        (with_same_name_twice,), code=2, state="", rows=(0, 0, 0, 0), sentences=("data/2026", "old/data/2026")
    ),
    "two documents in one file": Case(
        (with_xml(document("artists", ARTISTS[:2]) + document("artists", [artist(3), artist(4)])),),
        rows=(4, 3, 3, 3),
        is_of_records=True,
    ),
    "a line break after the compressed data": Case((with_artists(gzip.compress(XML.encode(), mtime=0) + b"\r\n"),)),
    "odd records": Case(
        (with_records(**odd_records()),),  # type: ignore[arg-type]
        rows=(10, 5, 3, 10),
        rejected=REJECTED,
        reason="[/b]",
        is_of_records=True,
    ),
    "a document type": Case((with_xml('<?xml version="1.0"?>\n<!DOCTYPE artists [ <!ENTITY a "b"> ]>\n' + XML),)),
    "a comment after the root": Case((with_xml(XML + "<!-- made by hand -->\n"),)),
    "an empty root": refused(with_xml("<artists/>"), "holds no <artist>"),
    "checksums of ./name": Case((with_checksums("{sha256}  ./{name}"),)),
    "checksums of folder/name": Case((with_checksums("{sha256} *data/2026/{name}"),)),
    "checksums behind a byte order mark": Case((changed_checksums(lambda text: "\ufeff" + text),)),
    "checksums with a comment": Case((changed_checksums(lambda text: f"# made by hand\n{text}; and this\n"),)),
    "plain XML under a .gz name": Case((with_artists(XML.encode()),)),
    "UTF-16": refused(with_xml('<?xml version="1.0" encoding="UTF-16"?>\n' + XML, "utf-16"), "UTF-16"),
    "a page of HTML": refused(with_xml("<!DOCTYPE html><html><body><h1>403 Forbidden</h1></body></html>"), "HTML"),
    "compressed twice": refused(
        with_artists(gzip.compress(gzip.compress(XML.encode(), mtime=0), mtime=0)), "compressed twice"
    ),
    "another entity": refused(with_xml(document("labels", [label(1), label(2)])), "labels"),
    "no byte at all": refused(with_artists(b""), "empty"),
    "thousands of records without an id": Case(
        (with_records(), with_records(OCTOBER, artists=[f"<artist><name>A{n}</name></artist>" for n in range(3_000)])),
        code=4,
        state="stopped",
        sentences=("artists", "--accept-"),
        rejected=-1,
        reason="no-id",
        is_of_records=True,
    ),
}
