"""The native engine cuts every stream where the lxml engine cuts it, and reads every file to the same end."""

from __future__ import annotations

import random
import threading
import zlib
from pathlib import Path
from typing import cast

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from functions.extract.parse.lxml_engine import LxmlEngine
from functions.runtime.entities import ENTITIES, SINGULAR, Entity
from tests.unit.engines import (
    NativeEngine,
    NativeFileReader,
    compressed,
    cut,
    cut_by_lxml,
    cut_by_native,
)
from tests.unit.odd_xml import damaged
from tests.unit.test_native_equal import GOLDENS, REGRESSIONS, examples, pieces_of

TRUNCATED = "the file ends in the middle of its compressed data"
DAMAGED = "the compressed data is damaged"
LIMIT = 10_000
#: XML that the native engine asks of its decompressor at a time.
STEP = 256 * 1024


def record(entity: Entity, number: int, padding: int = 0, *, odd: bool = False) -> bytes:
    """A small record; an odd one has its id where only a slow look finds it."""
    name, text = SINGULAR[entity], "n" * padding
    if entity in {"artists", "labels"}:
        fields = f"<id>{number}</id><profile>{text}</profile>"
        fields = f"<profile>{text}</profile><id>{number}</id>" if odd else fields
        return f"<{name}>{fields}</{name}>".encode()
    attributes = f"status='x' id='{number}'" if odd else f'id="{number}"'
    return f"<{name} {attributes}><notes>{text}</notes></{name}>".encode()


@st.composite
def streams(draw: st.DrawFn, entity: Entity) -> bytes:
    """A dump's XML, with odd things between the records, and damage done to some of it."""
    name = SINGULAR[entity]
    between = ["", "\n", " \n", "stray", "<!-- c -->", "<?p?>", f"<{name}", f"</{name}>", f"<{name}/>", "<", "\f"]
    between += ["<sublabels><label>x</label></sublabels>", "<sublabels>", f"<{name}\t>", f"<{name} a='b'/>"]
    start = draw(st.sampled_from(["", "\ufeff", "<?xml version='1.0'?>\n", "<!-- c -->", "junk", "\n"]))
    start += draw(st.sampled_from([f"<{entity}>", f"<{entity} a='1'>\n", "", f"<{entity}x>"]))
    parts = [start.encode()]
    paddings = st.sampled_from([0, 0, 10, 200, 3_900, 4_096, 9_900, LIMIT, LIMIT + 9_000, 3 * LIMIT])
    for number in range(draw(st.integers(0, 8))):
        made = record(entity, number, draw(paddings), odd=draw(st.booleans()))
        if draw(st.integers(0, 3)) == 0:
            made = damaged(made, random.Random(draw(st.integers(0, 2**32))))
        parts += [made, draw(st.sampled_from(between)).encode() * draw(st.integers(1, 3))]
    parts.append(draw(st.sampled_from([f"</{entity}>", f"</{entity}>\n \n", "", f"</{entity}>x"])).encode())
    return b"".join(parts)


@pytest.mark.parametrize("entity", ENTITIES)
def test_both_engines_cut_every_stream_alike(entity: Entity) -> None:
    @examples(80)
    @given(streams(entity), st.integers(1, 3), st.integers(1, 10_000))
    def check(xml: bytes, members: int, step: int) -> None:
        expected = cut_by_lxml(entity, xml, LIMIT)
        assume(expected == cut_by_lxml(entity, xml, LIMIT, step))
        assert cut_by_native(entity, compressed(xml, members), LIMIT) == expected

    check()


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_both_engines_cut_every_golden_alike(path: Path) -> None:
    entity, _ = pieces_of(path)
    xml = path.read_bytes()
    assert cut_by_native(entity, compressed(xml), 10**6) == cut_by_lxml(entity, xml, 10**6)


def test_both_engines_cut_what_once_set_them_apart_alike() -> None:
    """`tests/fuzz_native.py` keeps here what it finds: one stream a file, its entity the file name's first word."""
    for path in REGRESSIONS.glob("*.stream"):
        entity, xml = cast("Entity", path.stem.split("-")[0]), path.read_bytes()
        assert cut_by_native(entity, compressed(xml), 20_000) == cut_by_lxml(entity, xml, 20_000)


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_stream_of_many_steps_is_cut_alike(entity: Entity) -> None:
    """Records across every border of the steps in which the native engine asks for XML."""
    chance = random.Random(1)
    records = [record(entity, number, chance.randint(0, 5_000), odd=number % 500 == 7) for number in range(2_000)]
    xml = b"<%b>\n" % entity.encode() + b"\n".join(records) + b"\n</%b>\n" % entity.encode()
    found = cut_by_native(entity, compressed(xml, 3), 10**6, records=100, size=10**6)
    assert found == cut_by_lxml(entity, xml, 10**6)
    assert [number for number, *_ in found.records] == list(range(2_000))
    assert not found.rejected


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_start_tag_across_the_border_of_a_step_is_seen(entity: Entity) -> None:
    head = b"<%b>" % entity.encode()
    for shift in range(-40, 3):
        first = record(entity, 1, STEP - len(head) - len(record(entity, 1)) + shift)
        xml = head + first + record(entity, 2) + b"</%b>" % entity.encode()
        found = cut_by_native(entity, compressed(xml), 10**6)
        assert [(number, data) for number, _, _, data in found.records] == [(1, first), (2, record(entity, 2))]
        assert found.closed


@pytest.mark.parametrize(
    ("entity", "start"),
    [
        ("releases", '<release id="1" id="2">'),
        ("releases", """<release id="1" status="x id='5'">"""),
        ("releases", """<release id="1" status='x id="5" '/>"""),
        ("releases", "<release id='1'>"),
        ("releases", '<release  id="1">'),
        ("releases", '<release id=" 1">'),
        ("releases", '<release id="01">'),
        ("releases", '<release id="1">'),
        ("releases", '<release id="9223372036854775807">'),
        ("releases", '<release id="9223372036854775808">'),
        ("releases", '<release id="-1">'),
        ("releases", '<release id="">'),
        ("releases", '<release id="1"<'),
        ("releases", '<release ids="1">'),
        ("masters", "<master>"),
        ("masters", '<master id="5" x>'),
        ("artists", "<artist><images/><id>1</id>"),
        ("artists", "<artist>\n<images> </images>\f<id>1</id>"),
        ("artists", "<artist><images></images><name/><images></images><id>1</id>"),
        ("artists", "<artist><name>n</name><id>1</id>"),
        ("artists", "<artist x='1'><id>1</id>"),
        ("artists", "<artist><id> 1</id>"),
        ("artists", "<artist><id>1</id><id>2</id>"),
        ("artists", "<artist><id>1"),
        ("labels", "<label><id>1</id><sublabels><label>x</label>"),
        ("labels", "<label><name>a</name><id>99999999999999999999999999</id>"),
    ],
)
def test_both_engines_see_the_same_id(entity: Entity, start: str) -> None:
    name = SINGULAR[entity]
    xml = f"<{entity}>{start}<name>x</name></{name}><{name} id='7'><id>7</id></{name}></{entity}>".encode()
    assert cut_by_native(entity, compressed(xml), LIMIT) == cut_by_lxml(entity, xml, LIMIT)


@pytest.mark.parametrize("padding", [0, 1, 100, 300_000])
def test_several_members_and_zeros_behind_them_are_one_stream(padding: int) -> None:
    xml = b"<artists>" + b"".join(record("artists", number) for number in range(100)) + b"</artists>"
    file = compressed(xml[:50]) + bytes(padding) + compressed(xml[50:]) + bytes(padding)
    assert cut_by_native("artists", file, 10**6) == cut_by_lxml("artists", xml, 10**6)


def test_a_file_that_ends_early_is_cut_alike_wherever_it_ends(tmp_path: Path) -> None:
    chance = random.Random(2)
    xml = b"<releases>" + b"".join(record("releases", n, chance.randint(0, 90)) for n in range(300)) + b"</releases>"
    file = compressed(xml, 2)
    for end in [*range(30), *range(30, len(file), 41), len(file) - 1]:
        assert_read_alike(tmp_path, file[:end], TRUNCATED)


@pytest.mark.parametrize("file", [b"plain text, no gzip", compressed(b"<releases>") + b"rubbish behind the end"])
def test_what_is_no_gzip_is_no_damage_to_either(tmp_path: Path, file: bytes) -> None:
    assert_read_alike(tmp_path, file, None)


def assert_read_alike(folder: Path, file: bytes, problem: str | None) -> None:
    path = folder / "dump.xml.gz"
    path.write_bytes(file)
    readings = [engine.read(path, "releases", 10**6) for engine in (NativeEngine(), LxmlEngine())]
    native, lxml = (cut(list(reading), closed=reading.closed, problem=reading.problem) for reading in readings)
    assert native == lxml
    assert native.problem == problem


def test_damage_ends_the_stream_for_both_at_nearly_the_same_place(tmp_path: Path) -> None:
    """The two decompressors notice it a step of 32 KiB apart at most; nothing before that is lost."""
    xml = b"<releases>" + b"".join(record("releases", n, n % 90) for n in range(5_000)) + b"</releases>"
    chance = random.Random(3)
    for _ in range(40):
        file = bytearray(compressed(xml))
        file[chance.randrange(20, len(file))] ^= 1 << chance.randrange(8)
        path = tmp_path / "dump.xml.gz"
        path.write_bytes(file)
        readings = [engine.read(path, "releases", 10**6) for engine in (NativeEngine(), LxmlEngine())]
        native, lxml = (cut(list(reading), closed=reading.closed, problem=reading.problem) for reading in readings)
        assert native.problem == lxml.problem
        shorter = min(len(native.records), len(lxml.records)) - 1
        assert native.records[:shorter] == lxml.records[:shorter]
        assert abs(len(native.records) - len(lxml.records)) < 1_500


def test_an_empty_file_is_not_whole() -> None:
    found = cut_by_native("releases", b"", LIMIT)
    assert (found.records, found.rejected, found.closed, found.problem) == ([], [], False, TRUNCATED)


def test_a_file_that_is_not_there_is_the_same_error_to_both(tmp_path: Path) -> None:
    for path in (tmp_path / "none.xml.gz", tmp_path):
        errors = []
        for engine in (NativeEngine(), LxmlEngine()):
            with pytest.raises(OSError, match=r".+") as caught:
                list(engine.read(path, "releases", LIMIT))
            errors.append((type(caught.value), caught.value.errno, caught.value.strerror))
        assert errors[0] == errors[1]


def test_a_reading_that_is_let_go_ends_its_thread(tmp_path: Path) -> None:
    path = tmp_path / "dump.xml.gz"
    path.write_bytes(compressed(b"<releases>" + b"".join(record("releases", n) for n in range(50_000))))
    before = len(list(Path("/proc/self/task").iterdir()))
    for _ in range(20):
        next(iter(NativeFileReader(path, "releases", LIMIT, 100, 10_000)))
    waited = threading.Event()
    for _ in range(100):
        if len(list(Path("/proc/self/task").iterdir())) <= before:
            return
        waited.wait(0.05)
    pytest.fail("threads of readings that are gone still run")


def test_endless_white_space_in_a_tag_takes_no_endless_time() -> None:
    xml = b"<releases>" + record("releases", 1) + b"<artist" + b" " * 5_000_000
    for entity in ("artists", "labels"):
        assert cut_by_native(entity, compressed(xml), 10**6).problem is None


@pytest.mark.parametrize("rubbish", [b"<?", b"<!--", b"<!-- -->x", b"<artist", b"</artist>", b"<sublabels>"])
def test_rubbish_takes_no_endless_time_in_either_engine(rubbish: bytes) -> None:
    xml = b"<artists>" + rubbish * 100_000 + b"</artists>"
    assert cut_by_native("artists", compressed(xml), 10**7) == cut_by_lxml("artists", xml, 10**7)


def test_a_file_that_grows_a_thousandfold_stays_small_in_memory(tmp_path: Path) -> None:
    packer = zlib.compressobj(9, wbits=31)
    path = tmp_path / "bomb.xml.gz"
    with path.open("wb") as file:
        for _ in range(300):
            file.write(packer.compress(b" " * 1_000_000))
        file.write(packer.flush())
    reading = NativeFileReader(path, "releases", 10**6)
    before = peak()
    assert not [batch for batch in reading if batch.index.ids]
    assert peak() - before < 30_000


def peak() -> int:
    """The most memory this process ever had, in KiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])
