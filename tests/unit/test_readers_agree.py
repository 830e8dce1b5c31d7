"""The loader, with both engines, and the comparison follow one rule of what a record is: docs/data-model.md has it.

`LINERNOTES_FUZZ_SECONDS` makes the search for a stream that sets them apart longer.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from functions.extract.parse.lxml_engine import LxmlEngine
from functions.runtime.entities import ENTITIES, Entity
from tests.unit.engines import DERANDOMIZE, NativeEngine, compressed
from tests.unit.odd_streams import odd_stream
from tests.unit.readers import Read, by_comparison, by_engine, by_loader

MEMBERS = "<members><id>7</id><name/><name>n</name></members>"
ELEMENTS = "<sublabels><label><id>6</id></label></sublabels>"
_SECONDS = float(os.environ.get("LINERNOTES_FUZZ_SECONDS", "0"))


def read(folder: Path, entity: Entity, xml: bytes, limit: int = 1_000_000, step: int = 1 << 20) -> Read:
    """What all readers make of a stream, after they agreed."""
    path = folder / "dump.xml.gz"
    path.write_bytes(compressed(xml))
    found = by_loader(entity, xml, limit)
    assert by_loader(entity, xml, limit, step) == found, xml
    assert by_engine(LxmlEngine(), entity, path, limit) == found, xml
    assert by_engine(NativeEngine(), entity, path, limit) == found, xml
    assert by_comparison(entity, xml, limit) == found, xml
    assert by_comparison(entity, xml, limit, step) == found, xml
    return found


@pytest.mark.parametrize(
    ("entity", "xml", "ids", "whole"),
    [
        ("releases", "<releases><release id='1'/></releases>\n<releases><release id='2'/></releases>", [1, 2], True),
        ("releases", "<releases><release id='1'/><release id='-2'/></releases>", [1], False),
        ("releases", "<releases><release id='9223372036854775808'/></releases>", [], False),
        ("releases", "<releases><release note='a>b' id='3'/></releases>", [3], True),
        ("releases", "<releases><release note=\" id='4' \" id='3'/></releases>", [3], True),
        ("releases", "<releases><release id='&#51;'/></releases>", [3], True),
        ("releases", "<releases><release id='3'></release ></releases>", [3], True),
        ("releases", "<releases><release id='3'>&</release></releases>", [], True),
        ("releases", "<releases><release x id='3'>&</release></releases>", [], False),
        ("releases", "<!DOCTYPE releases [<!ENTITY a 'b'>]><releases><release id='3'/></releases>", [3], True),
        ("artists", "<artists><artist>text<id>13</id></artist></artists>", [13], True),
        ("artists", "<artists><artist><name>n</name><id>13</id></artist></artists>", [13], True),
        ("artists", "<artists><artist><name>&</name><id>13</id></artist></artists>", [], True),
        ("artists", "<artists><artist><!-- <id>4</id> --><id>5</id></artist></artists>", [5], True),
        ("artists", "<artists><artist><id>5</id><id>x</id></artist></artists>", [5], True),
        ("artists", "<artists><artist><id>5</id><urls><x>u</x><url>v</url></urls></artist></artists>", [5], True),
        ("artists", f"<artists><artist><id>5</id>{MEMBERS}</artist></artists>", [5], True),
        ("artists", "<artists/>", [], True),
        ("labels", f"<labels><label><id>5</id>{ELEMENTS}</label></labels>", [5], True),
        ("labels", "<labels><label><id>5</id><sublabels><label>x</label><label><id>6</id></label></labels>", [6], True),
        ("labels", "<labels><label><id>5</id></label><label/></labels>", [5], False),
        ("masters", "<masters><master id='1'></masters>", [], True),
        ("masters", "<masters><master id='1'><title>t</title></master><!-- <master id='2'/> --></masters>", [1], True),
    ],
)  # fmt: skip
def test_what_is_a_record(tmp_path: Path, entity: Entity, xml: str, ids: list[int], whole: bool) -> None:  # noqa: FBT001
    found = read(tmp_path, entity, xml.encode(), step=3)
    assert (found.ids, found.whole) == (ids, whole)


@pytest.mark.parametrize("padding", range(120))
def test_the_last_label_is_whole_however_near_the_end_its_sub_labels_begin(padding: int) -> None:
    sub = f"<sublabels><label id='2'>{'b' * padding}</label></sublabels>"
    last = f"<label><id>3</id><name>{'n' * (padding % 7)}</name>{sub}</label>"
    xml = f"<labels><label><id>1</id></label>{last}</labels>".encode()
    for reader in (by_loader, by_comparison):
        found = reader("labels", xml, step=13)
        assert (found.ids, found.whole) == ([1, 3], True)


def test_a_file_that_ends_at_any_byte_is_read_alike(tmp_path: Path) -> None:
    xml = (
        b"<labels>\n<label><id>1</id><name>a</name></label>\n<label><id>3</id><name>Old</name><sublabels><label id='2'>"
        b"Birdy</label><label>x</label></sublabels></label><!-- c -->\n</labels>\n"
    )
    for end in range(len(xml) + 1):
        found = read(tmp_path, "labels", xml[:end], step=17)
        assert found.whole == (end >= len(xml) - 1)


@pytest.mark.parametrize("entity", ENTITIES)
def test_odd_streams_are_read_alike(tmp_path: Path, entity: Entity) -> None:
    chance = random.Random(entity if DERANDOMIZE else None)
    until, count = time.monotonic() + _SECONDS / len(ENTITIES), 0
    while count < 60 or time.monotonic() < until:
        limit = chance.choice([3_000, 10_000, 1_000_000])
        read(tmp_path, entity, odd_stream(entity, chance), limit, chance.randint(1, 900))
        count += 1
