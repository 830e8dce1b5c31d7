"""The comparison of stores with dumps that have something wrong: quirks, what stays, and what is still found."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from functions.runtime.entities import Entity
from infra.verify.document import canonical
from tests.integration.verify.reports import compared, kinds, only
from tests.integration.verify.stores import DUMP, RECORDS, Filled, documents_of, write_dump

#: These stores are filled by hand, and nobody counts in them.
PROFILES = {"profiles that are still being made": 1}


def with_records(tmp_path: Path, entity: Entity, *more: str, ending: str | None = None) -> Path:
    records = {**RECORDS, entity: [*RECORDS[entity], *more]}
    return write_dump(tmp_path / "other", records, {entity: ending} if ending is not None else None)


def put_aside(filled: Filled, entity: Entity, id_: int | None, at: int = 0, length: int = 1) -> None:
    filled.sql(
        "INSERT INTO quarantine (dump, entity, stream_at, record_id, reason, detail, bytes, size, run)"
        " VALUES (%s, %s, %s, %s, '', '', %s, %s, 1)",
        DUMP,
        entity,
        at,
        id_,
        b"x" * length,
        length,
    )


@pytest.mark.parametrize(
    "damaged",
    [
        "<artist><id>9</id><name>a & b</name></artist>",
        "<artist><id>9</id><name>\x01</name></artist>",
        "<artist><id>9</id><name>\udcff</name></artist>",
        "<artist><id>9</id><aliases><name id='x'>B.</name></aliases></artist>",
        "<artist><id>1</id><name>A second of this id</name></artist>",
    ],
)
def test_a_damaged_record_is_a_quirk_when_the_quarantine_has_it(filled: Filled, tmp_path: Path, damaged: str) -> None:
    dump = with_records(tmp_path, "artists", damaged)
    id_ = 9 if "<id>9<" in damaged else 1
    assert f"artist {id_} at byte" in only(compared(filled, dump), "quarantine_missing")
    put_aside(filled, "artists", id_)
    report = compared(filled, dump)
    assert report.equal
    assert report.quirks["quarantined"] == 1


def test_the_row_of_a_damaged_record_stays_and_the_graph_must_show_it(filled: Filled, tmp_path: Path) -> None:
    dump = with_records(tmp_path, "artists", "<artist><id>9</id><name>&</name></artist>")
    put_aside(filled, "artists", 9)
    filled.insert_rows({"artists": [{"id": 9, "name": "Before", "groups": [{"id": 3}]}]})
    assert kinds(compared(filled, dump)) == {"missing_node": 1, "missing_edge": 1}
    filled.cypher("MATCH (g:Artist {id: 3}) CREATE (:Artist {id: 9, name: 'Before'})-[:MEMBER_OF]->(g)")
    assert compared(filled, dump).equal


def test_bytes_between_records_are_looked_for_by_their_place(filled: Filled, tmp_path: Path) -> None:
    dump = with_records(tmp_path, "labels", "<lab><id>8</id></lab>")
    assert "label without a known id at byte" in only(compared(filled, dump), "quarantine_missing")
    put_aside(filled, "labels", None, at=200, length=200)
    assert compared(filled, dump).equal


def test_a_file_that_is_not_whole_and_that_its_load_took_for_whole_is_a_difference(
    filled: Filled, tmp_path: Path
) -> None:
    dump = with_records(tmp_path, "labels", ending="")
    assert compared(filled, dump).equal
    filled.sql(
        "INSERT INTO runs (kind, dump, source, entities, state) VALUES ('load', %s, '', '{labels}', 'done')", DUMP
    )
    filled.sql("INSERT INTO files (run, entity, name, state, whole) SELECT id, 'labels', 'l', 'split', true FROM runs")
    try:
        assert "labels.xml.gz is not whole" in only(compared(filled, dump), "not_whole")
        filled.sql("UPDATE files SET whole = false")
        assert compared(filled, dump).equal
    finally:
        filled.sql("DELETE FROM files")
        filled.sql("DELETE FROM runs")


def test_rows_stay_where_the_file_is_missing_and_the_graph_must_show_them(filled: Filled, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "other", {entity: RECORDS[entity] for entity in RECORDS if entity != "labels"})
    report = compared(filled, dump)
    assert report.equal
    assert report.quirks == {"labels: file missing or not whole": 1, "rows kept beyond the dump": 2} | PROFILES
    filled.cypher("MATCH (:Label {id: 6})-[e:SUBLABEL_OF]->() DELETE e")
    assert kinds(compared(filled, dump)) == {"missing_edge": 1}


def test_a_kept_row_is_compared_with_itself(filled: Filled, dump: Path) -> None:
    filled.sql('UPDATE labels SET data = data || \'{"profile": "altered"}\' WHERE id = 6')
    assert kinds(compared(filled, dump, entities=["artists", "masters", "releases"])) == {"hash": 1}


@pytest.mark.parametrize("data", ["[]", '{"name": "No id"}', '{"id": 7}', '{"id": 6, "parentLabel": [1]}'])
def test_a_kept_row_that_holds_no_document_is_found(filled: Filled, dump: Path, data: str) -> None:
    filled.sql("UPDATE labels SET data = %s::jsonb WHERE id = 6", data)
    assert kinds(compared(filled, dump, entities=["artists"]))["value"] == 1


def test_a_number_beyond_any_float_is_found(filled: Filled, dump: Path) -> None:
    filled.sql("UPDATE labels SET data = data || jsonb_build_object('id', 10::numeric ^ 400) WHERE id = 6")
    assert kinds(compared(filled, dump)) == {"value": 1}


@pytest.mark.parametrize("ending", ["", "<release id='103'><title>cut"])
def test_rows_stay_where_the_file_is_cut_off(filled: Filled, tmp_path: Path, ending: str) -> None:
    filled.insert_rows({"releases": [{"id": 102}]})
    filled.cypher("CREATE (:Release {id: 102})")
    assert compared(filled, with_records(tmp_path, "releases", ending=ending)).equal


def test_a_record_missing_from_a_file_that_is_cut_off_is_still_found(filled: Filled, tmp_path: Path) -> None:
    filled.sql("DELETE FROM releases WHERE id = 101")
    filled.sql("DELETE FROM release_facts WHERE id = 101")
    assert kinds(compared(filled, with_records(tmp_path, "releases", ending=""))) == {"missing_row": 1}


def test_ids_that_do_not_ascend_are_no_difference(filled: Filled, tmp_path: Path) -> None:
    records = {entity: list(reversed(texts)) for entity, texts in RECORDS.items()}
    assert compared(filled, write_dump(tmp_path / "other", records)).equal


def test_a_text_that_the_model_has_no_place_for_is_found(filled: Filled, tmp_path: Path) -> None:
    text = "<label><id>7</id><name>New</name><mood colour='blue'>glad</mood></label>"
    dump = with_records(tmp_path, "labels", text)
    filled.fill(documents_of(dump))
    report = compared(filled, dump)
    assert kinds(report) == {"lost_text": 2}
    assert report.differences["lost_text"].examples[0] == ('label 7: "glad" at /label/mood is not in its document.')


def test_a_text_that_a_load_has_noted_as_drift_is_a_named_quirk(filled: Filled, tmp_path: Path) -> None:
    dump = with_records(tmp_path, "labels", "<label><id>7</id><name>New</name><mood colour='blue'>glad</mood></label>")
    filled.fill(documents_of(dump))
    filled.sql(
        """INSERT INTO events (kind, detail) VALUES ('drift-unknown', '{"entity": "labels", "name": "label/mood"}')"""
    )
    report = compared(filled, dump)
    assert report.equal
    assert report.quirks["texts without a place in the model"] == 2


def test_characters_that_postgresql_refuses_are_a_named_quirk(filled: Filled, tmp_path: Path) -> None:
    dump = with_records(tmp_path, "labels", "<label><id>7</id><name>a&#0;b\0c&#xD800;</name></label>")
    documents = documents_of(dump)
    assert documents["labels"][-1] == {"id": 7, "name": "a\ufffdb\ufffdc\ufffd"}
    filled.fill(documents)
    report = compared(filled, dump)
    assert report.equal
    assert report.quirks == {"characters replaced": 3} | PROFILES


def test_the_hash_is_that_of_canonical_json(filled: Filled, dump: Path) -> None:
    written = '{"id":6,"name":"Sub","parentLabel":{"id":5,"name":"One Little Indian"}}'
    assert canonical(documents_of(dump)["labels"][1]) == written.encode()
    filled.sql("UPDATE labels SET hash = %s WHERE id = 6", hashlib.sha256(written.encode()).hexdigest())
    assert compared(filled, dump).equal
