"""What a file is by its first bytes: for the loader, and for verify, which shares no code with it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from functions.extract.split.file_type import barren, foreign, records_like, root_of
from infra.verify.unreadable import unreadable

XML = b"<?xml version='1.0' encoding='UTF-8'?>\n"
FOREIGN = {
    "html": (b"<!DOCTYPE html>\n<html><body><artist><id>1</id></artist></body></html>", "HTML"),
    "html after a comment": (b"\xef\xbb\xbf <!-- x --><HTML lang='en'><body/>", "HTML"),
    "utf-16": ("<artists><artist><id>1</id></artist></artists>".encode("utf-16"), "UTF-16"),
    "utf-16 without a mark": ("<artists/>".encode("utf-16-be"), "UTF-16"),
    "twice": (gzip.compress(b"<artists></artists>"), "twice"),
    "another entity": (XML + b"<releases><release id='1'><artists><artist><id>1</id></artist></artists>", "releases"),
    "another after all a prologue may have": (
        b"\xef\xbb\xbf\n" + XML + b"<!-- <artists> -->\n<!DOCTYPE labels [<!ENTITY a '>'>]>\n<labels>",
        "labels",
    ),
    "nothing": (b"", "empty"),
}
OURS = {
    "a dump": XML + b"<artists>\n<artist><id>1</id>",
    "without a declaration": b"<artists><artist><id>1</id>",
    "with a doctype and comments": XML + b"<!DOCTYPE artists SYSTEM 'x'><!-- <html> <releases> -->\n<artists a='>'>",
    "with another root": b"<discogs><artist><id>1</id>",
    "cut within": b"<artist><id>7</id>",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_no_dump_of_the_entity_is_known_by_its_first_bytes(name: str, tmp_path: Path) -> None:
    head, word = FOREIGN[name]
    assert word in str(foreign("artists", head))
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(head))
    assert unreadable("artists", path)


@pytest.mark.parametrize("name", OURS)
def test_what_may_be_a_dump_is_read(name: str, tmp_path: Path) -> None:
    assert foreign("artists", OURS[name]) is None
    path = tmp_path / "file"
    for data in (gzip.compress(OURS[name]), OURS[name]):
        path.write_bytes(data)
        assert unreadable("artists", path) is None


def test_archives_are_named() -> None:
    for magic, word in (
        (b"PK\x03\x04", "zip"),
        (b"BZh9", "bzip2"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
    ):
        assert word in str(foreign("labels", magic + b"rest"))


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        (b"<labels><Label><id>1</id></Label></labels>", "the file holds no <label>"),
        (b"<labels/>", "the file holds no <label>"),
        (b"<dump><record/></dump>", "the file holds no <label>, its root element is <dump>"),
        (b"Just a moment", "the file is no XML, it begins with 'Just a moment'"),
    ],
)
def test_a_file_without_a_record_is_described(head: bytes, sentence: str) -> None:
    assert barren("labels", head) == sentence


def test_a_root_has_a_name_or_there_is_none() -> None:
    assert [root_of(head) for head in (b" <a:b c='d'>", b"<!-- <a> -->", b"", b"text<a>")] == ["a:b", None, None, None]


def test_bytes_between_records_are_counted_as_the_records_that_they_look_like() -> None:
    assert records_like("labels", b"<Label><id>1</id></Label>\n<d:label id='2'/><labels><sublabel>") == 2
    assert records_like("releases", b"\xff\xfe rubbish") == 0
