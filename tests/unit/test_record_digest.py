"""A record's id read from its bytes, and the digest of those bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.extract.parse.lxml_parser import Parser
from functions.extract.records import record_digest
from functions.extract.records.record_digest import raw_digest, record_id, signed
from functions.runtime.entities import Entity


@pytest.mark.parametrize(
    ("entity", "record", "expected"),
    [
        ("releases", b"<release id='12'>", 12),
        ("releases", b'<release status="Accepted" id="12" >', 12),
        ("releases", b"<release\n\tid = ' 0012\n'/>", 12),
        ("releases", b"<release grid='7' id='12'>", 12),
        ("releases", b"<release id='9223372036854775807'>", 2**63 - 1),
        ("releases", b"<release id='0'>", 0),
        ("releases", b"<release id='9223372036854775808'>", None),
        ("releases", b"<release id='-12'>", None),
        ("releases", b"<release id='1.5'>", None),
        ("releases", b"<release id=''>", None),
        ("releases", b"<release grid='7'>", None),
        ("releases", b"<release><id>12</id></release>", None),
        ("masters", b"<master id='3'><main_release>4</main_release>", 3),
        ("artists", b"<artist><id>5</id><name>unfinished", 5),
        ("artists", b"<artist>\n <id> 5 </id></artist>", 5),
        ("artists", b"<artist><images><image uri='x'/></images>\n<id>5</id></artist>", 5),
        ("artists", b"<artist><images/><id>5</id></artist>", 5),
        ("artists", b"<artist><name>N</name><id>5</id></artist>", 5),
        ("artists", b"<artist><members><id>4</id></members><id>5</id></artist>", 5),
        ("artists", b"<artist><members><id>4</id></members></artist>", None),
        ("artists", b"<artist><id>x</id></artist>", None),
        ("artists", b"<artist><name>N & M</name><id>5</id></artist>", 5),
        ("artists", b"<artist><name>N & M</name><members><id>4</id></members><id>5</id></artist>", None),
        ("artists", b"<artist><!-- <id>4</id> --><name>N & M</name><id>5</id></artist>", 5),
        ("artists", b"<artist><id>&#53;</id></artist>", 5),
        ("releases", b'<release note="a>b" id="5">', 5),
        ("releases", b'<release note="id=\'4\'" id="5">', 5),
        ("releases", b"<release note=\" id='4'\">", None),
        ("releases", b"<release id='&#53;'>", 5),
        ("labels", b"<label><name>L</name><sublabels><label id='9'>x</label></sublabels><id>6</id></label>", 6),
        ("labels", b"<label><name>L</name><sublabels><label id='9'>x</label></sublabels></label>", None),
    ],
)
def test_an_id_is_read_where_the_record_states_it(entity: Entity, record: bytes, expected: int | None) -> None:
    assert record_id(entity, record) == expected


@pytest.mark.parametrize("entity", ["artists", "releases"])
def test_thousands_of_digits_are_no_id(entity: Entity) -> None:
    digits = b"1" * 5_000
    assert record_id("releases", b"<release id='%b'></release>" % digits) is None
    assert record_id("artists", b"<artist><id>%b</id></artist>" % digits) is None
    assert record_id("artists", b"<artist><name/><id>%b</id></artist>" % digits) is None


def test_an_unusual_order_resolves_no_entities() -> None:
    record = b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><artist><name>&e;</name><id>&e;</id></artist>"
    assert record_id("artists", record) is None


@settings(deadline=None, max_examples=200, database=None)
@given(st.integers(0, 2**63 - 1), st.sampled_from(["artists", "labels", "masters", "releases"]))
def test_the_id_of_the_bytes_is_the_id_of_the_document(number: int, entity: Entity) -> None:
    tag = entity.removesuffix("s")
    inner = f"<{tag} id='{number}'/>" if entity in {"masters", "releases"} else f"<{tag}><id>{number}</id></{tag}>"
    assert record_id(entity, inner.encode()) == Parser(entity).parse(inner.encode()).id == number


def test_a_digest_changes_with_the_bytes_and_with_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = raw_digest(b"<release id='1'/>")
    assert digest == raw_digest(b"<release id='1'/>")
    assert digest != raw_digest(b"<release id='1' />")
    monkeypatch.setattr(record_digest, "PARSER_VERSION", record_digest.PARSER_VERSION + 1)
    assert digest != raw_digest(b"<release id='1'/>")


@given(st.integers(0, 2**64 - 1))
def test_a_digest_fits_a_bigint(number: int) -> None:
    assert -(2**63) <= signed(number) < 2**63
    assert signed(number) % 2**64 == number
