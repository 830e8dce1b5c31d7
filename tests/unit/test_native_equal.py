"""The native engine makes of every record what the lxml engine makes of it, byte for byte."""

from __future__ import annotations

import random
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.extract.parse.lxml_engine import LxmlEngine
from functions.extract.records.part_index import PartIndex
from functions.extract.records.xml_mapping import SHAPES
from functions.extract.xml_stream.record_scanner import RecordScanner
from functions.runtime.entities import ENTITIES, Entity
from tests.unit.engines import DERANDOMIZE, NativeEngine, parsed_by_lxml, parsed_by_native, part
from tests.unit.odd_xml import TOKENS, WRONG_BYTES, damaged, records

GOLDENS = sorted((Path(__file__).parent / "goldens").glob("*.xml"))
REGRESSIONS = Path(__file__).parent / "regressions"


def examples(count: int) -> settings:
    return settings(max_examples=count, deadline=None, derandomize=DERANDOMIZE)


def assert_equal(entity: Entity, cases: list[bytes]) -> int:
    """Both engines on these records; the number of those that the native one left to the other."""
    native, undecided = parsed_by_native(entity, cases)
    assert native == parsed_by_lxml(entity, cases)
    return undecided


def pieces_of(path: Path) -> tuple[Entity, list[bytes]]:
    xml = path.read_bytes()
    entity = cast("Entity", xml[1 : xml.index(b">")].decode())
    return entity, [piece.data for piece in RecordScanner(entity, 10**6).pieces([xml]) if piece.data]


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_both_engines_agree_on_every_golden(path: Path) -> None:
    assert_equal(*pieces_of(path))


def test_both_engines_agree_on_what_once_set_them_apart() -> None:
    """`tests/fuzz_native.py` keeps here what it finds: one record a file, its entity the file name's first word."""
    for path in REGRESSIONS.glob("*.record"):
        assert_equal(cast("Entity", path.stem.split("-")[0]), [path.read_bytes()])


@pytest.mark.parametrize("entity", ENTITIES)
def test_both_engines_agree_on_plain_records_and_the_native_one_decides_them_all(entity: Entity) -> None:
    @examples(60)
    @given(st.lists(records(entity, plain=True), min_size=1, max_size=3))
    def check(cases: list[bytes]) -> None:
        assert assert_equal(entity, cases) == 0

    check()


@pytest.mark.parametrize("entity", ENTITIES)
def test_both_engines_agree_on_odd_records(entity: Entity) -> None:
    @examples(100)
    @given(st.lists(records(entity, plain=False), min_size=1, max_size=3))
    def check(cases: list[bytes]) -> None:
        assert_equal(entity, cases)

    check()


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_both_engines_agree_on_damaged_goldens(path: Path) -> None:
    entity, originals = pieces_of(path)

    @examples(20)
    @given(st.integers(0, 2**32))
    def check(seed: int) -> None:
        chance = random.Random(seed)
        assert_equal(entity, [damaged(original, chance) for original in originals])

    check()


@pytest.mark.parametrize("token", [*(token.encode() for token in TOKENS), *WRONG_BYTES])
def test_every_odd_token_is_judged_alike_wherever_it_stands(token: bytes) -> None:
    frame = (
        b'<release id="1"><labels><label name="a"/></labels><genres><genre>b</genre></genres><title>t</title></release>'
    )
    places = [at for at in range(len(frame) + 1) if frame[at - 1 : at + 1] not in (b"le", b"el", b"re")]
    assert_equal("releases", [frame[:at] + token + frame[at:] for at in places])


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_are_one_line_feed_in_a_text_and_one_blank_in_an_attribute(line_end: str) -> None:
    record = '<release id="1"><labels><label name="a~b\tc&#10;d&#13;e"/></labels>~<notes>a~~b\t&#13;~</notes></release>'
    assert assert_equal("releases", [record.replace("~", line_end).encode()]) == 0


@pytest.mark.parametrize("depth", [0, 1, 7, 8, 9, 31, 32, 33, 40])
def test_deep_nesting_is_judged_alike(depth: int) -> None:
    inner = "<sub_tracks><track><title>t</title>" * depth + "</track></sub_tracks>" * depth
    record = f'<release id="1"><tracklist><track>{inner}</track></tracklist></release>'
    undecided = assert_equal("releases", [record.encode()])
    assert undecided == (depth > 8)


@pytest.mark.parametrize(("name", "undecided"), [("c" * 500, 0), ("c" * 501, 1), ("坂" * 200, 1), ("坂" * 501, 1)])
@pytest.mark.parametrize(
    "place",
    [
        "<country>~</country>",
        "<genres><genre>~</genre></genres>",
        "<styles><style>Dub</style><style>~</style></styles>",
        "<formats><format name='~'/></formats>",
    ],
)
def test_names_of_pages_are_judged_alike(name: str, undecided: int, place: str) -> None:
    record = f"<release id='1'>{place.replace('~', name)}</release>"
    assert assert_equal("releases", [record.encode()]) == undecided
    assert assert_equal("releases", [f"<release id='1'><notes>{name}</notes></release>".encode()]) == 0


def test_nesting_without_end_overflows_no_stack() -> None:
    record = b'<release id="1"><tracklist><track>' + b"<sub_tracks><track>" * 100_000
    assert_equal("releases", [record])


def test_a_record_of_many_tracks_is_read() -> None:
    track = "<track><position>A1</position><title>T &amp; t</title><duration>1:00</duration></track>"
    record = f'<release id="1"><title>t</title><tracklist>{track * 100_000}</tracklist></release>'.encode()
    assert assert_equal("releases", [record]) == 0


def test_undecided_records_leave_their_place_to_the_lxml_engine() -> None:
    good, odd = b"<artist><id>1</id></artist>", b"<artist><id>1</id><mood/></artist>"
    for pattern in ([odd], [odd, good], [good, odd], [odd, odd], [good, odd, good, odd, good]):
        assert assert_equal("artists", pattern) == pattern.count(odd)
    assert NativeEngine().decide("artists", *part("artists", [])) == ([b""], [])


def test_another_id_than_the_expected_one_is_left_to_the_lxml_engine() -> None:
    record = b"<artist><id>5</id></artist>"
    index = PartIndex(ids=[6], raw=[0], lengths=[len(record)], places=[0])
    assert NativeEngine().decide("artists", index, record) == ([b"", b""], [0])
    assert NativeEngine().parse("artists", index, record) == LxmlEngine().parse("artists", index, record)


@pytest.mark.parametrize("lengths", [[1], [28], [2**63], [27, 1]])
def test_lengths_that_do_not_fit_the_part_are_refused(lengths: list[int]) -> None:
    index = PartIndex(ids=[5] * len(lengths), raw=[], lengths=lengths, places=[])
    with pytest.raises(ValueError, match="do not add up"):
        NativeEngine().decide("artists", index, b"<artist><id>5</id></artist>")


@pytest.mark.parametrize("entity", ENTITIES)
def test_an_element_of_each_kind_is_decided_by_the_native_engine(entity: Entity) -> None:
    """Should the model grow beyond what the description to the native engine can say, this fails."""
    shape = SHAPES[entity]
    start = f'<{shape.name} id="1">' if "id" in shape.attributes else f"<{shape.name}><id>1</id>"
    leaves = [tag for tag in shape.leaves if tag != "id"]
    body = "".join(f"<{tag}>1</{tag}>" for tag in leaves)
    body += "".join(f"<{tag}><{item}>x</{item}></{tag}>" for tag, (_, item) in shape.texts.items())
    assert assert_equal(entity, [f"{start}{body}</{shape.name}>".encode()]) == 0
