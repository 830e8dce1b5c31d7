"""The cutter finds every record, and loses no neighbour of a damaged one."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from functions.runtime.entities import Entity
from infra.verify.gunzip import Gunzip
from infra.verify.record_splitter import RecordSplitter


def cut(entity: Entity, xml: str, step: int = 7, longest: int = 10_000) -> tuple[list[tuple[str, str]], bool]:
    """(kind, text) of each piece, and whether the root was closed; fed a few bytes at a time."""
    cutter, data = RecordSplitter(entity, longest), xml.encode()
    pieces = [piece for at in range(0, len(data), step) for piece in cutter.feed(data[at : at + step])]
    pieces += cutter.finish()
    assert all(data[piece.at :].startswith(piece.data) for piece in pieces)
    return [(piece.kind, piece.data.decode()) for piece in pieces], cutter.closed


@pytest.mark.parametrize("step", [1, 7, 1_000])
@pytest.mark.parametrize("between", ["", "\n", " \r\n ", "<!-- note -->", "<?note?>"])
def test_records_are_cut_at_their_closing_tags_wherever_the_chunks_end(step: int, between: str) -> None:
    records = [
        "<release id='1'><released>1999</released></release>",
        "<release id='2'/>",
        "<release\nid='3'></release >",
    ]
    xml = f"<?xml version='1.0'?>{between}<releases>{between}{between.join(records)}{between}</releases>\n"
    assert cut("releases", xml, step) == ([("record", record) for record in records], True)


@pytest.mark.parametrize("step", [1, 5, 1_000])
def test_sub_labels_are_no_records_though_they_have_the_tag(step: int) -> None:
    records = [
        "<label><id>1</id><sublabels><label id='2'>Sub</label><label id='3'/></sublabels></label>",
        "<label><images><image/></images><id>2</id><sublabels><label>Old form</label><label/></sublabels></label>",
        "<label><id>3</id><sublabels/><parentLabel id='1'>One</parentLabel></label>",
    ]
    xml = "<labels>" + "\n".join(records) + "</labels>"
    assert cut("labels", xml, step) == ([("record", record) for record in records], True)


def test_artists_of_a_master_are_no_masters() -> None:
    record = "<master id='1'><artists><artist><id>1</id></artist></artists></master>"
    assert cut("masters", f"<masters>{record}</masters>") == ([("record", record)], True)


def test_a_record_without_its_end_leaves_the_next_one_whole() -> None:
    pieces, closed = cut("artists", "<artists><artist><id>1</id>\n<artist><id>2</id></artist></artists>")
    assert pieces == [("record", "<artist><id>1</id>"), ("record", "<artist><id>2</id></artist>")]
    assert closed


def test_a_label_whose_sub_labels_do_not_end_leaves_the_next_one_whole() -> None:
    xml = "<labels><label><id>1</id><sublabels><label id='7'>x</label></label>\n<label><id>2</id></label></labels>"
    pieces, closed = cut("labels", xml)
    assert [text[:16] for _, text in pieces] == ["<label><id>1</id", "<label><id>2</id"]
    assert pieces[1] == ("record", "<label><id>2</id></label>")
    assert closed


def test_a_last_record_without_its_end_does_not_take_the_root_with_it() -> None:
    for entity, tag in (("artists", "artist"), ("labels", "label")):
        pieces, closed = cut(entity, f"<{entity}><{tag}><id>1</id></{entity}>")  # type: ignore[arg-type]
        assert pieces == [("record", f"<{tag}><id>1</id>")]
        assert closed


def test_what_lies_between_records_is_a_piece_of_its_own() -> None:
    pieces, _ = cut(
        "releases", "<releases><release id='1'/>junk\n<releas id='2'></release>\n<release id='3'/></releases>"
    )
    assert pieces == [
        ("record", "<release id='1'/>"),
        ("stray", "junk\n<releas id='2'></release>"),
        ("record", "<release id='3'/>"),
    ]


@pytest.mark.parametrize("rest", ["<release id='2'><title>cut", "<release id='2'></rel"])
def test_a_file_that_ends_in_a_record_has_a_tail_and_no_end(rest: str) -> None:
    assert cut("releases", f"<releases><release id='1'/>{rest}") == (
        [("record", "<release id='1'/>"), ("tail", rest)],
        False,
    )


def test_a_record_that_never_ends_is_given_up_at_the_limit() -> None:
    xml = "<releases><release id='1'>" + "x" * 500 + "<release id='2'/></releases>"
    pieces, closed = cut("releases", xml, longest=100)
    assert [kind for kind, _ in pieces] == ["long", *["stray"] * 5, "record"]
    assert max(len(text) for _, text in pieces) == 100
    assert closed


def test_an_empty_root_is_whole() -> None:
    assert cut("masters", "<masters>\n</masters>") == ([], True)


def test_all_members_of_a_gzip_file_are_read(tmp_path: Path) -> None:
    path = tmp_path / "two.gz"
    path.write_bytes(gzip.compress(b"one") + b"\0" * 9 + gzip.compress(b"two"))
    stream = Gunzip(path)
    assert b"".join(stream) == b"onetwo"
    assert stream.sound
    assert stream.read == stream.size


def test_a_truncated_gzip_gives_what_there_is(tmp_path: Path) -> None:
    path = tmp_path / "cut.gz"
    content = bytes(range(256)) * 4
    path.write_bytes(gzip.compress(content)[:-12])
    stream = Gunzip(path)
    assert content.startswith(b"".join(stream))
    assert not stream.sound


def test_a_file_that_is_no_gzip_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "no.gz"
    path.write_bytes(b"<releases/>")
    stream = Gunzip(path)
    assert list(stream) == [b"<releases/>"]
    assert stream.sound


def test_an_empty_file_is_unsound(tmp_path: Path) -> None:
    path = tmp_path / "empty.gz"
    path.write_bytes(b"")
    stream = Gunzip(path)
    assert list(stream) == []
    assert not stream.sound


@pytest.mark.parametrize("rest", [b"\n", b"\x1f", b"rubbish" * 100_000, b"\0\0\n"])
@pytest.mark.parametrize("size", [3, 256 * 1024 - 23, 300_000])
def test_what_follows_the_last_member_is_passed_over_and_counted(tmp_path: Path, size: int, rest: bytes) -> None:
    path = tmp_path / "more.gz"
    content = random.Random(size).randbytes(size)
    path.write_bytes(gzip.compress(content) + rest)
    stream = Gunzip(path)
    assert b"".join(stream) == content
    assert (stream.sound, stream.passed_over, stream.read) == (True, len(rest.lstrip(b"\0")), stream.size)
