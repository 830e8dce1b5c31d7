"""The lxml engine: what makes a document, what does not, and what is counted."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import Any, get_args, get_type_hints
from xml.sax.saxutils import escape, quoteattr

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.documents.columns import year_of
from functions.documents.ndjson import read_lines
from functions.extract.parse.lxml_engine import line_of
from functions.extract.parse.lxml_parser import BadRecord, Parser
from functions.extract.records.record import RECORD_TYPE, Artist, Credit, Release, Track
from functions.extract.records.xml_mapping import BadNumber, integer, truth
from functions.runtime.entities import ENTITIES, Entity


def parsed(entity: Entity, xml: str | bytes) -> Any:
    return Parser(entity).parse(xml if isinstance(xml, bytes) else xml.encode())


def reason(entity: Entity, xml: str | bytes) -> str:
    with pytest.raises(BadRecord) as caught:
        parsed(entity, xml)
    assert caught.value.detail
    return caught.value.reason


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), (" \t\r\n-7\n", -7), ("007", 7), ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63))],
)
def test_an_integer_is_digits_with_white_space_around(text: str, number: int) -> None:
    assert integer(text) == number


@pytest.mark.parametrize(
    "text", ["", " ", "-", "+1", "1.0", "1 2", "1_000", "٣", "²", "--1", "\u00a01", "9223372036854775808", "1" * 5_000]
)
def test_anything_else_is_no_integer(text: str) -> None:
    with pytest.raises(BadNumber):
        integer(text)


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("false", False), ("True", "True"), ("1", "1"), ("?", "?")]
)
def test_only_true_and_false_are_truth_values(text: str, value: object) -> None:
    assert truth(text) == value
    assert type(truth(text)) is type(value)


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<artist><id>1</id><name>a & b</name></artist>", "not-well-formed"),
        ("<artist><id>1</id><name>a", "not-well-formed"),
        ("<artist><id>1</id></artist><artist/>", "not-well-formed"),
        ("<artist><id>1</id><name>\x0b</name></artist>", "not-well-formed"),
        ("<artist><id>1</id><name>&#11;</name></artist>", "not-well-formed"),
        ("<artist><id>1</id><name>&#xFFFF;</name></artist>", "not-well-formed"),
        (f"<artist><id>1</id><name>&#{'9' * 5_000};</name></artist>", "not-well-formed"),
        (f"<artist><id>1</id><name>&#0;&#{'0' * 5_000}8;</name></artist>", "not-well-formed"),
        ("<artist><id>1</id><name>\0</name>", "not-well-formed"),
        ("<label><id>1</id></label>", "not-well-formed"),
        ("<artist xmlns='urn:x'><id>1</id></artist>", "not-well-formed"),
        ("", "not-well-formed"),
        (b"<artist><id>1</id><name>\xff</name></artist>", "not-utf-8"),
        (b"<artist><id>1</id><name>\xc0\x80</name></artist>", "not-utf-8"),
        ("<artist><name>N</name></artist>", "no-id"),
        ("<artist><id></id></artist>", "no-id"),
        ("<artist><id>one</id></artist>", "bad-number"),
        ("<artist><id>1</id><aliases><name id='x'>A</name></aliases></artist>", "bad-number"),
        ("<artist><id>1</id><members><id>x</id><name>A</name></members></artist>", "bad-number"),
    ],
)
def test_what_makes_no_document_says_why(xml: str | bytes, expected: str) -> None:
    assert reason("artists", xml) == expected


@pytest.mark.parametrize(
    "record",
    [
        "<release id='1'><country>~</country></release>",
        "<release id='1'><genres><genre>Rock</genre><genre>~</genre></genres></release>",
        "<release id='1'><styles><style>~</style></styles></release>",
        "<release id='1'><formats><format name='~' qty='1'/></formats></release>",
    ],
)
def test_a_name_is_no_longer_than_any_index_takes(record: str) -> None:
    assert parsed("releases", record.replace("~", "坂" * 500))
    assert reason("releases", record.replace("~", "坂" * 501)) == "too-long"


def sub_tracks(depth: int) -> str:
    inner = "<track><title>t</title></track>"
    for _ in range(depth):
        inner = f"<track><sub_tracks>{inner}</sub_tracks></track>"
    return f"<release id='1'><tracklist>{inner}</tracklist></release>"


def test_sub_tracks_nest_as_deep_as_can_be_but_not_for_ever() -> None:
    release = parsed("releases", sub_tracks(20))
    depth, track = 0, release.tracklist[0]
    while track.sub_tracks:
        depth, track = depth + 1, track.sub_tracks[0]
    assert (depth, track.title) == (20, "t")
    assert reason("releases", sub_tracks(40)) == "too-deep"
    assert reason("releases", sub_tracks(5_000)) in {"too-deep", "not-well-formed"}
    assert reason("releases", "<release id='1'>" + "<x>" * 5_000) == "not-well-formed"


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY e "expanded">',
        '<!ENTITY e SYSTEM "file:///etc/hostname">',
        '<!ENTITY f "ffffffffff"><!ENTITY e "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;">',
        '<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;',
    ],
)
def test_entities_are_never_resolved(declaration: str) -> None:
    xml = f"<!DOCTYPE artist [{declaration}]><artist><id>1</id><name>&e;</name></artist>"
    try:
        document = parsed("artists", xml)
    except BadRecord as error:
        assert error.reason == "not-well-formed"  # noqa: PT017
    else:
        assert document == Artist(id=1)


def test_comments_and_instructions_are_no_part_of_a_text() -> None:
    parser = Parser("artists")
    xml = b"<artist><!-- a --><id>1</id><name>a<!-- b -->c<?d e?>f</name><urls><!-- g --><url>u</url></urls></artist>"
    assert parser.parse(xml) == Artist(id=1, name="acf", urls=["u"])
    assert not parser.drift


def test_line_ends_are_line_feeds_save_where_a_reference_says_otherwise() -> None:
    assert parsed("artists", "<artist><id>1</id><name>a\r\nb\rc&#13;d</name></artist>").name == "a\nb\nc\rd"


def test_drift_is_counted_over_all_records_and_does_not_grow_for_ever() -> None:
    parser = Parser("artists")
    for number in range(500):
        parser.parse(f"<artist><id>1</id><x{number}/></artist>".encode())
    assert parser.drift["other names"] == 300
    assert len(parser.drift) == 201
    assert sum(parser.drift.values()) == 500


@pytest.mark.parametrize(
    ("entity", "xml", "names"),
    [
        ("releases", "<release id='1'><tracklist><track foo='1'/></tracklist></release>", {"track@foo"}),
        ("releases", "<release id='1'><tracklist><track><mood>x</mood></track></tracklist></release>", {"track/mood"}),
        ("releases", "<release id='1'><tracklist><song/></tracklist></release>", {"tracklist/song"}),
        ("releases", "<release id='1'><title lang='de'>T</title></release>", {"title@lang"}),
        ("releases", "<release id='1'><title>T<b>x</b></title></release>", {"title/b"}),
        ("releases", "<release id='1'><formats>x<format name='CD'/></formats></release>", {"formats text"}),
        ("releases", "<release id='1'><genres><genre>a</genre></genres><genres><genre>b</genre></genres></release>",
         {"release/genres repeated"}),
        ("releases", "<release id='1'><empty/><empty2></empty2></release>", {"release/empty", "release/empty2"}),
        ("artists", "<artist><id>1</id><id>2</id></artist>", {"artist/id repeated"}),
        ("labels", "<label><id>1</id><parentLabel id='2' x='3'>P</parentLabel></label>", {"parentLabel@x"}),
        ("artists", "<artist><id>1</id><members><id>26</id><name id='3'>n</name></members></artist>",
         {"members/id contradicted"}),
        ("artists", "<artist><id>1</id><groups><id>26</id><name id='026'>n</name></groups></artist>", set()),
        ("artists", "<artist><id>1</id><aliases><id x='1'>26</id><name>n</name></aliases></artist>", {"id@x"}),
        ("artists", "<artist id='2'><id>1</id></artist>", {"artist@id"}),
        ("artists", "<artist><id>1</id><urls><url x='1'>u<b/>v</url></urls></artist>", {"url@x", "url/b", "url text"}),
        ("masters", "<master id='1'><id>2</id></master>", {"master/id"}),
        ("releases", "<release id='1'><formats><format name='CD'><name>LP</name></format></formats></release>",
         {"format/name"}),
        ("releases", ("<release id='1'><master_id is_main_release='true'>1</master_id>"
         "<master_id is_main_release='false'>2</master_id></release>"),
         {"release/master_id repeated", "master_id@is_main_release repeated"}),
    ],
)  # fmt: skip
def test_what_is_not_in_the_model_is_named(entity: Entity, xml: str, names: set[str]) -> None:
    parser = Parser(entity)
    parser.parse(xml.encode())
    assert set(parser.drift) == names


# ── the model


def _fields(struct: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = struct.__struct_fields__
    return names


def test_the_fields_of_every_struct_are_in_alphabetical_order() -> None:
    structs = {kind for kind in vars(__import__("functions.extract.records.record", fromlist=["*"])).values()
               if isinstance(kind, type) and issubclass(kind, msgspec.Struct)}  # fmt: skip
    assert len(structs) > 10
    assert all(list(_fields(struct)) == sorted(_fields(struct)) for struct in structs)


TEXTS = ("", "x", "ä坂\u2028", '"\\\n\t\r\x7f', "</a>", "true", "0")
NUMBERS = (0, 1, -1, 2**63 - 1, -(2**63))


def made_up(hint: Any, dice: Random, depth: int = 0) -> Any:
    """Any value that a field of the model may hold."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint(**{name: made_up(kind, dice, depth + 1) for name, kind in get_type_hints(hint).items()})
    if getattr(hint, "__origin__", None) is list:
        return [made_up(get_args(hint)[0], dice, depth) for _ in range(dice.randint(0, 2))]
    if kinds := get_args(hint):
        return made_up(type(None) if depth > 4 else dice.choice(kinds), dice, depth)
    return dice.choice({str: TEXTS, int: NUMBERS, bool: (True, False)}.get(hint, (None,)))


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("seed", range(25))
def test_what_is_written_reads_back_and_is_canonical(entity: Entity, seed: int) -> None:
    record = made_up(RECORD_TYPE[entity], Random(seed))
    data = msgspec.json.encode(record)
    assert msgspec.json.decode(data, type=RECORD_TYPE[entity]) == record
    assert data == msgspec.json.encode(msgspec.json.decode(data), order="sorted")
    (document,) = read_lines(line_of(entity, record))
    assert (document.id, document.data) == (record.id, data)


xml_text = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=15)
credit = st.builds(Credit, id=st.none() | st.integers(0, 99), name=st.none() | xml_text, role=st.none() | xml_text)
credits_ = st.none() | st.lists(credit.filter(lambda made: made != Credit()), min_size=1, max_size=3)
track = st.builds(Track, title=xml_text, artists=credits_, extraartists=credits_)
release = st.builds(
    Release,
    id=st.integers(0, 2**63 - 1),
    title=st.none() | xml_text,
    status=st.none() | xml_text,
    artists=credits_,
    genres=st.none() | st.lists(xml_text, min_size=1, max_size=3),
    tracklist=st.none() | st.lists(track, min_size=1, max_size=3),
)


def _leaf(tag: str, value: object) -> str:
    return "" if value is None else f"<{tag}>{escape(str(value))}</{tag}>"


def _credits_xml(tag: str, made: list[Credit] | None) -> str:
    def one(entry: Credit) -> str:
        fields = "".join(_leaf(name, getattr(entry, name)) for name in ("id", "name", "role"))
        return f"<artist>{fields}</artist>"

    return f"<{tag}>{''.join(map(one, made))}</{tag}>" if made else ""


def _release_xml(made: Release) -> str:
    status = f" status={quoteattr(made.status)}" if made.status else ""
    genres = "".join(_leaf("genre", genre) for genre in made.genres or ())
    tracks = "".join(
        f"<track>{_leaf('title', item.title)}{_credits_xml('artists', item.artists)}"
        f"{_credits_xml('extraartists', item.extraartists)}</track>"
        for item in made.tracklist or ()
    )
    return (
        f'<release{status} id="{made.id}">{_credits_xml("artists", made.artists)}{_leaf("title", made.title)}'
        f"<genres>{genres}</genres><tracklist>{tracks}</tracklist></release>"
    )


@settings(deadline=None, max_examples=100, database=None)
@given(release)
def test_a_release_written_as_xml_is_read_as_it_was(made: Release) -> None:
    parser = Parser("releases")
    assert parser.parse(_release_xml(made).encode()) == made
    assert not parser.drift


# ── the year


@pytest.mark.parametrize(
    ("released", "year"),
    [
        ("1969", 1969), ("1969-00", 1969), ("1969-00-00", 1969), ("1999-03-00", 1999), ("1969-09-26", 1969),
        ("1860", 1860), ("1859", None), ("2027", 2027), ("2028-01-01", None), ("0400-01-01", None), ("0000", None),
        ("", None), ("1969-9", None), ("1969-09-2", None), ("1969-09-26-1", None), ("c. 1969", None), (" 1969", None),
        ("1969\n", None), ("١٩٦٩", None), ("19691", None), ("1969/09", None), ("69", None), ("?", None),
    ],
)  # fmt: skip
def test_the_year_of_a_release_is_that_of_its_date_if_it_can_be(released: str, year: int | None) -> None:
    line = line_of("releases", Release(id=1, released=released))
    (document,) = read_lines(line)
    assert year_of(document.columns, dt.date(2026, 4, 1)) == year


@pytest.mark.parametrize(
    ("stated", "year"),
    [(0, None), (197, None), (338, None), (1859, None), (1860, 1860), (2027, 2027), (2028, None), (2**62, None)],
)
def test_the_year_of_a_master_is_its_own_if_it_can_be(stated: int, year: int | None) -> None:
    (document,) = read_lines(line_of("masters", RECORD_TYPE["masters"](id=1, year=stated)))  # type: ignore[call-arg]
    assert year_of(document.columns, dt.date(2026, 4, 1)) == year


def test_a_line_feed_in_a_text_ends_no_line() -> None:
    lines = line_of("artists", Artist(id=1, name="a\nb\rc\u2028d\u0085e")) + line_of("artists", Artist(id=2))
    assert [document.columns.name for document in read_lines(lines)] == ["a\nb\rc\u2028d\u0085e", None]
