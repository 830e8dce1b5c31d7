"""The comparison's own reading of a record, against documents written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from functions.runtime.entities import Entity
from infra.verify.document import Damaged, canonical, document_of, repaired, tree_of
from infra.verify.lost_text import is_noted, lost_texts


def read(entity: Entity, xml: str | bytes) -> Any:
    return document_of(entity, tree_of(repaired(xml if isinstance(xml, bytes) else xml.encode())[0]))


def losses(entity: Entity, xml: str) -> tuple[list[tuple[str, str]], dict[str, int]]:
    record = tree_of(xml.encode())
    lost, quirks = lost_texts(record, document_of(entity, record))
    return [tuple(one) for one in lost], dict(quirks)  # type: ignore[misc]


def test_both_forms_of_an_artist_make_the_same_document() -> None:
    today = (
        "<artist><id>2</id><name>Mr. James Barth &amp; A.D.</name><realname>Cari &amp; Alexi</realname>"
        "<urls><url>https://a.example</url></urls><namevariations><name>Mr Barth</name></namevariations>"
        "<aliases><name id='2470'>Puente Latino</name></aliases>"
        "<members><name id='26'>Alexi Delano</name><name id='27'>Cari Lekebusch</name></members></artist>"
    )
    in_2020 = (
        "<artist><images/><id>2</id><name>Mr. James Barth &amp; A.D.</name><realname>Cari &amp; Alexi</realname>"
        "<profile/><urls><url>https://a.example</url><url/></urls>"
        "<namevariations><name>Mr Barth</name></namevariations>"
        "<aliases><id>2470</id><name>Puente Latino</name></aliases><groups><name/></groups>"
        "<members><id>26</id><name id='26'>Alexi Delano</name><id>27</id><name id='27'>Cari Lekebusch</name></members>"
        "</artist>"
    )
    expected = {
        "id": 2,
        "name": "Mr. James Barth & A.D.",
        "realname": "Cari & Alexi",
        "urls": ["https://a.example"],
        "namevariations": ["Mr Barth"],
        "aliases": [{"id": 2470, "name": "Puente Latino"}],
        "members": [{"id": 26, "name": "Alexi Delano"}, {"id": 27, "name": "Cari Lekebusch"}],
    }
    assert read("artists", today) == expected
    assert read("artists", in_2020) == expected
    assert losses("artists", in_2020) == ([], {"ids interleaved with names": 2})


def test_a_label_keeps_its_parent_and_its_sub_labels_apart() -> None:
    xml = (
        "<label><id>5</id><name>Svek</name><contactinfo>Box 1&#13;\nStockholm</contactinfo>"
        "<parentLabel id='9'>Goldhead</parentLabel>"
        "<sublabels><label id='6'>Birdy</label><label/><label>Unnumbered</label></sublabels></label>"
    )
    assert read("labels", xml) == {
        "id": 5,
        "name": "Svek",
        "contactinfo": "Box 1\r\nStockholm",
        "parentLabel": {"id": 9, "name": "Goldhead"},
        "sublabels": [{"id": 6, "name": "Birdy"}, {"name": "Unnumbered"}],
    }


def test_a_release_with_everything() -> None:
    xml = (
        "<release id='1' status='Accepted'><images>"
        "<image type='primary' uri='' uri150='' width='600' height='450'/></images>"
        "<artists><artist><id>1</id><name>A</name><anv/><join>,</join><role/><tracks/></artist></artists>"
        "<title> T </title>"
        "<labels><label name='Svek' catno='SK032' id='5'/></labels><series><series name='S' catno='1' id='7'/></series>"
        "<extraartists><artist><name>No id</name><role>Bass [5-string]</role><tracks>A1, B2</tracks>"
        "</artist></extraartists>"
        f"<formats><format name='Vinyl' qty='1{'0' * 62}1' text=''><descriptions><description>12\"</description>"
        "<description/></descriptions></format></formats><genres><genre>Electronic</genre></genres><styles/>"
        "<country>Sweden</country><released>1999-03-00</released><notes/><data_quality>Correct</data_quality>"
        "<master_id is_main_release='true'>0</master_id><tracklist><track><position>A</position><title>Index</title>"
        "<duration/><sub_tracks><track><position>A.1</position><artists><artist><id>2</id></artist></artists></track>"
        "</sub_tracks></track><track><title/></track></tracklist>"
        "<identifiers><identifier type='Barcode' value='' description='Text'/></identifiers>"
        "<videos><video src='https://v' duration='0' embed='false'><title>V</title></video>"
        "<video src='https://w' embed='maybe'/></videos>"
        "<companies><company><id>0</id><name>C</name><catno/><entity_type>23</entity_type>"
        "<entity_type_name>Recorded At</entity_type_name><resource_url>https://c</resource_url></company></companies></release>"
    )
    assert read("releases", xml) == {
        "id": 1,
        "status": "Accepted",
        "images": [{"type": "primary", "width": "600", "height": "450"}],
        "artists": [{"id": 1, "name": "A", "join": ","}],
        "title": " T ",
        "labels": [{"name": "Svek", "catno": "SK032", "id": 5}],
        "series": [{"name": "S", "catno": "1", "id": 7}],
        "extraartists": [{"name": "No id", "role": "Bass [5-string]", "tracks": "A1, B2"}],
        "formats": [{"name": "Vinyl", "qty": f"1{'0' * 62}1", "descriptions": ['12"']}],
        "genres": ["Electronic"],
        "country": "Sweden",
        "released": "1999-03-00",
        "data_quality": "Correct",
        "master_id": 0,
        "is_main_release": True,
        "tracklist": [{"position": "A", "title": "Index", "sub_tracks": [{"position": "A.1", "artists": [{"id": 2}]}]}],
        "identifiers": [{"type": "Barcode", "description": "Text"}],
        "videos": [
            {"src": "https://v", "duration": "0", "embed": False, "title": "V"},
            {"src": "https://w", "embed": "maybe"},
        ],
        "companies": [
            {"id": 0, "name": "C", "entity_type": "23", "entity_type_name": "Recorded At", "resource_url": "https://c"}
        ],
    }
    assert losses("releases", xml) == ([], {})


def test_numbers_are_integers_of_64_bits_whatever_white_space_surrounds_them() -> None:
    xml = "<master id=' 9223372036854775807'><main_release>\n-01 </main_release><year>0</year></master>"
    assert read("masters", xml) == {"id": 2**63 - 1, "main_release": -1, "year": 0}
    assert losses("masters", xml) == ([], {"integers rewritten": 2})


@pytest.mark.parametrize(
    ("entity", "xml", "reason"),
    [
        ("masters", "<master id='9223372036854775808'/>", "not an integer"),
        ("masters", "<master id='1'><year>19x3</year></master>", "not an integer"),
        ("masters", "<master id='１'/>", "not an integer"),
        ("masters", "<master id=''><title>T</title></master>", "no id"),
        ("artists", "<artist><name>A</name></artist>", "no id"),
        ("artists", "<artist><id>1</id><name>a & b</name></artist>", "not well-formed"),
        ("artists", "<artist><id>1</id><name>&nbsp;</name></artist>", "not well-formed"),
        ("artists", "<artist><id>1</id><name>&#8;</name></artist>", "not well-formed"),
        ("artists", b"<artist><id>1</id><name>\xff</name></artist>", "not well-formed"),
        ("artists", b"<artist><id>1</id><name>\xed\xa0\x80</name></artist>", "not well-formed"),
    ],
)
def test_what_no_document_comes_from_is_damaged(entity: Entity, xml: str | bytes, reason: str) -> None:
    with pytest.raises(Damaged, match=reason):
        read(entity, xml)


def test_nul_and_surrogates_are_replaced_and_counted() -> None:
    xml = b"<label><id>1</id><name>\0&#0;&#x00;&#55296;&#57343;&#xdFFF;|&#57344;&#55295;&#48;</name></label>"
    repaired_xml, count = repaired(xml)
    assert count == 6
    assert document_of("labels", tree_of(repaired_xml))["name"] == "\ufffd" * 6 + "|\ue000\ud7ff0"


def test_texts_that_no_field_takes_are_lost_with_their_place() -> None:
    xml = "<release id='1' mood='glad'>stray<title>T<b>bold</b>tail</title><artists>x</artists></release>"
    assert set(losses("releases", xml)[0]) == {
        ("/release@mood", "glad"),
        ("/release", "stray"),
        ("/release/title/b", "bold"),
        ("/release/title", "tail"),
        ("/release/artists", "x"),
    }


def test_a_text_lost_once_is_found_though_it_occurs_elsewhere() -> None:
    assert losses("labels", "<label><id>1</id><name>A</name><name>A</name></label>")[0] == [("/label/name", "A")]


def test_canonical_json_is_sorted_dense_and_not_escaped() -> None:
    assert canonical({"name": "坂本龍一\t\x7f", "id": 1}) == '{"id":1,"name":"坂本龍一\\t\x7f"}'.encode()


@pytest.mark.parametrize(
    ("place", "note"),
    [
        ("/release@note", "release@note"),
        ("/release/title", "release/title repeated"),
        ("/release/title", "title text"),
        ("/label/sublabels/label/name", "sublabels/name"),
        ("/label/mood@colour", "label/mood"),
        ("/artist/id", "artist@id"),
        ("/release/title@{http://a.example/b}lang", "title@{http://a.example/b}lang"),
        ("/artist/aliases/id", "aliases/id contradicted"),
        ("/release/anything", "other names"),
    ],
)
def test_a_note_of_drift_tells_of_what_is_lost(place: str, note: str) -> None:
    assert is_noted(place, ["release/nothing", note])


@pytest.mark.parametrize("note", ["release@title", "release/titles", "title/b", "track/title2", "replaced characters"])
def test_a_note_of_something_else_does_not(note: str) -> None:
    assert not is_noted("/release/titl", [note])
    assert not is_noted("/release@titl", [note])
