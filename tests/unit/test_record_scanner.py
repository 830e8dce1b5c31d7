"""Cutting the stream: every record is found, wherever the chunks end, and nothing of the stream is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.extract.xml_stream.record_scanner import RecordScanner, ScannedPiece
from functions.runtime.entities import ENTITIES, SINGULAR, Entity

SPACE = b" \t\r\n"


def chunked(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def scanned(entity: Entity, data: bytes, size: int = 1 << 20, limit: int = 10**6) -> tuple[list[ScannedPiece], bool]:
    scan = RecordScanner(entity, limit)
    pieces = list(scan.pieces(chunked(data, size)))
    assert scan.stream_bytes == len(data)
    return pieces, scan.closed


def records(entity: Entity, data: str, size: int = 1 << 20) -> list[str]:
    pieces, closed = scanned(entity, data.encode(), size)
    assert closed
    assert not [piece for piece in pieces if piece.stray]
    return [piece.data.decode() for piece in pieces]


RECORDS = [
    '<release id="1"><released>1999</released></release>',
    '<release\n  id="2" status="Accepted"><title>&lt;release></title></release>',
    '<release id="3"/>',
    '<release id="4"><master_id>5</master_id></release>',
]


@pytest.mark.parametrize("size", range(1, 120))
def test_records_are_whole_at_chunks_of_every_size(size: int) -> None:
    data = "<releases>\n" + "\n".join(RECORDS) + "\n</releases>\n"
    assert records("releases", data, size) == RECORDS


@pytest.mark.parametrize("padding", [*range(4_070, 4_110), *range(8_170, 8_200)])
def test_records_are_whole_wherever_the_margin_ends(padding: int) -> None:
    first = f'<release id="0"><notes>{"n" * padding}</notes></release>'
    data = "<releases>" + "".join([first, *RECORDS]) + "</releases>"
    assert records("releases", data, 4_096) == [first, *RECORDS]


@pytest.mark.parametrize(
    "before",
    [
        "",
        "\ufeff",
        "<?xml version='1.0' encoding='UTF-8'?>\n",
        "\ufeff<?xml version='1.0'?>\r\n\r\n",
        "<!-- made by hand -->\n",
    ],
)
@pytest.mark.parametrize("between", ["", "\n", "\r\n", " \t\n\n ", "<!-- note -->\n", "<?note?>"])
@pytest.mark.parametrize("size", [1, 13, 10_000])
def test_what_stands_around_records_is_no_record(before: str, between: str, size: int) -> None:
    data = f"{before}<releases>{between}{between.join(RECORDS)}{between}</releases>\r\n \n"
    assert records("releases", data, size) == RECORDS


LABELS = [
    "<label><id>1</id><sublabels><label id='2'>Sub</label><label id='3'/>\n<label id='4'></label></sublabels></label>",
    "<label>\n <images><image/></images><id>5</id><sublabels><label>No id</label><label/><label /></sublabels></label>",
    "<label><id>6</id><sublabels/><parentLabel id='1'>One</parentLabel></label>",
    "<label><id>7</id></label>",
]


@pytest.mark.parametrize("size", [*range(1, 60), 10_000])
def test_sub_labels_are_no_records(size: int) -> None:
    assert records("labels", "<labels>" + "\n".join(LABELS) + "</labels>", size) == LABELS


def test_artists_and_releases_within_other_records_are_none() -> None:
    master = "<master id='1'><main_release>3</main_release><artists><artist><id>1</id></artist></artists></master>"
    assert records("masters", f"<masters>{master}</masters>") == [master]
    artist = "<artist><id>1</id><groups><name id='2'>x</name></groups></artist>"
    assert records("artists", f"<artists>{artist}{artist}</artists>") == [artist, artist]


@pytest.mark.parametrize("entity", ENTITIES)
def test_an_empty_root_has_no_records_and_is_whole(entity: Entity) -> None:
    assert scanned(entity, f"<{entity}>\n</{entity}>\n".encode()) == ([], True)


@pytest.mark.parametrize("data", [b"", b" \n", b"<releases>", b"<releases>\n", b"<?xml version='1.0'?>"])
def test_a_stream_without_its_closing_root_is_not_whole(data: bytes) -> None:
    assert scanned("releases", data) == ([], False)


def test_records_without_a_root_are_found_but_the_stream_is_not_whole() -> None:
    pieces, closed = scanned("releases", "\n".join(RECORDS).encode())
    assert [piece.data.decode() for piece in pieces] == RECORDS
    assert not closed


def test_another_root_is_stray() -> None:
    pieces, closed = scanned("releases", b"<masters><master id='1'></master></masters>")
    assert [(piece.at, piece.stray) for piece in pieces] == [(0, True)]
    assert not closed


def test_a_closing_root_with_bytes_behind_it_is_not_the_end() -> None:
    pieces, closed = scanned("releases", b"<releases><release id='1'></release></releases> and more")
    assert [piece.stray for piece in pieces] == [False, True]
    assert not closed


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_missing_end_tag_spoils_one_record_and_no_other(size: int) -> None:
    data = b"<artists><artist><id>1</id>\n<artist><id>2</id></artist>\n<artist><id>3</id></artists>"
    pieces, closed = scanned("artists", data, size)
    assert [piece.data for piece in pieces] == [
        b"<artist><id>1</id>",
        b"<artist><id>2</id></artist>",
        b"<artist><id>3</id>",
    ]
    assert closed


def test_sub_labels_that_do_not_end_spoil_one_record_and_no_other() -> None:
    bad = "<label><id>1</id><sublabels><label id='7'>x</label></label>"
    good = "<label><id>2</id><sublabels><label id='8'>y</label></sublabels></label>"
    pieces, closed = scanned("labels", f"<labels>{bad}\n{good}</labels>".encode())
    assert [piece.data.decode() for piece in pieces] == [bad, good]
    assert closed


@pytest.mark.parametrize("garbage", [b"words", b"<foo/>", b"<foo>x</foo>", b"& < >", b"</release>", b"\xff\xfe"])
@pytest.mark.parametrize("size", [1, 9, 10_000])
def test_garbage_between_records_is_stray_and_spoils_none(garbage: bytes, size: int) -> None:
    first, second = b"<release id='1'><a/></release>", b"<release id='2'></release>"
    data = b"<releases>" + first + b"\n" + garbage + b"\n" + second + b"</releases>"
    pieces, closed = scanned("releases", data, size)
    assert [piece.data for piece in pieces if not piece.stray] == [first, second]
    assert [piece.data.strip() for piece in pieces if piece.stray] == [garbage]
    assert closed


def test_garbage_before_the_first_record_is_stray() -> None:
    pieces, _ = scanned("releases", b"<releases>words<release id='1'></release></releases>")
    assert [piece.stray for piece in pieces] == [True, False]


def test_a_record_that_begins_with_words_is_one_and_takes_no_neighbour_along() -> None:
    found = ["<artist><id>1</id></artist>", "<artist>words<id>2</id></artist>", "<artist><id>3</id></artist>"]
    assert records("artists", f"<artists>{''.join(found)}</artists>") == found


@pytest.mark.parametrize("size", [1_000, 4_096, 5_000, 1 << 20])
def test_a_record_over_the_limit_is_stray_and_its_neighbours_are_not(size: int) -> None:
    first, last = b"<release id='1'></release>", b"<release id='3'></release>"
    long = b"<release id='2'>" + b"x" * 35_000 + b"</release>"
    pieces, closed = scanned("releases", b"<releases>" + first + long + last + b"</releases>", size, limit=10_000)
    assert [piece.data for piece in pieces if not piece.stray] == [first, last]
    assert b"".join(piece.data for piece in pieces if piece.stray) == long
    assert max(len(piece.data) for piece in pieces) <= 10_000
    assert closed


def test_a_long_record_is_not_looked_through_again_for_every_chunk() -> None:
    class Counted:
        """The pattern of a start tag, and how many bytes it was told to look through."""

        looked_through = 0

        def finditer(self, held: bytes, begin: int, end: int) -> Iterator[re.Match[bytes]]:
            self.looked_through += end - begin
            return pattern.finditer(held, begin, end)

    scan = RecordScanner("releases", 10**7)
    pattern, counted = scan._marks._start, Counted()
    scan._marks._start = counted  # type: ignore[assignment]
    record = b"<release id='1'>" + b"x" * 4_000_000 + b"</release>"
    assert [piece.data for piece in scan.pieces(chunked(record, 10_000))] == [record]
    assert counted.looked_through < 10 * len(record)


def test_a_stream_that_never_has_a_record_is_not_gathered_in_memory() -> None:
    scan, most = RecordScanner("releases", 10_000), 0
    for piece in scan.pieces(b"y" * 1_000 for _ in range(500)):
        most = max(most, len(piece.data))
    assert most <= 10_000


# ── any stream at all


class Stream(NamedTuple):
    entity: Entity
    data: bytes


words = st.text("abc é&<>/\n\t'\"", max_size=12)


def _elements(entity: Entity) -> st.SearchStrategy[str]:
    tag = SINGULAR[entity]
    whole = st.builds("<{0} id='{1}'><id>{1}</id><n>{2}</n></{0}>".format, st.just(tag), st.integers(0, 99), words)
    sub = st.builds("<{0}><id>{1}</id><sublabels><label id='3'/><label>{2}</label></sublabels></{0}>".format,
                    st.just(tag), st.integers(0, 99), words)  # fmt: skip
    broken = st.sampled_from([f"<{tag}>", f"</{tag}>", f"<{tag} ", f"<{tag}/>", "<sublabels>", f"<{entity}>", "<id>1"])
    return st.one_of(whole, whole, sub, words, broken, st.text("xyz", min_size=200, max_size=9_000))


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    entity = draw(st.sampled_from(ENTITIES))
    body = "".join(draw(st.lists(_elements(entity), max_size=12)))
    begin, end = draw(st.sampled_from([f"<{entity}>", ""])), draw(st.sampled_from([f"</{entity}>\n", ""]))
    return Stream(entity, f"{begin}{body}{end}".encode())


@settings(deadline=None, max_examples=150, database=None)
@given(streams(), st.integers(1, 6_000), st.sampled_from([10_000, 10**6]))
def test_a_stream_is_cut_alike_at_chunks_of_any_size(stream: Stream, size: int, limit: int) -> None:
    assert scanned(stream.entity, stream.data, size, limit) == scanned(stream.entity, stream.data, 1 << 20, limit)


@settings(deadline=None, max_examples=150, database=None)
@given(streams(), st.integers(1, 6_000))
def test_every_byte_is_in_one_piece_or_is_white_space_or_a_root_tag(stream: Stream, size: int) -> None:
    pieces, _ = scanned(stream.entity, stream.data, size)
    left, end = [], 0
    for piece in pieces:
        assert piece.at >= end, "pieces overlap or stand out of order"
        assert stream.data[piece.at : piece.at + len(piece.data)] == piece.data
        left.append(stream.data[end : piece.at])
        end = piece.at + len(piece.data)
    left.append(stream.data[end:])
    nothing = re.compile(rb"(?:\s|</?%b>)*" % stream.entity.encode())
    assert all(nothing.fullmatch(gap) for gap in left)
