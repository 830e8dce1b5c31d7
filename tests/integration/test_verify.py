"""The comparison finds every way in which the stores can differ from the dump, and nothing where they do not."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.runtime.entities import Entity
from functions.runtime.settings import Settings
from infra.verify import Report, verify
from infra.verify.document import canonical
from tests.integration.verify_stores import DUMP, RECORDS, Filled, documents_of, write_dump


@pytest.fixture(scope="module")
def both(settings: Settings) -> Iterator[Filled]:
    filled = Filled(settings)
    yield filled
    filled.close()


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return write_dump(tmp_path / "dump")


@pytest.fixture
def filled(both: Filled, dump: Path) -> Filled:
    both.fill(documents_of(dump))
    return both


def compared(filled: Filled, dump: Path, **options: Any) -> Report:
    return verify(filled.settings, dump, DUMP, **options)


def kinds(report: Report) -> dict[str, int]:
    return {kind: difference.count for kind, difference in report.differences.items() if difference.count}


def only(report: Report, kind: str) -> str:
    """The sentence of the one difference, which must be of this kind."""
    assert kinds(report) == {kind: 1}
    assert not report.equal
    (sentence,) = report.differences[kind].examples
    return sentence


# ── equal


def test_stores_that_hold_the_dump_are_equal_to_it(filled: Filled, dump: Path) -> None:
    report = compared(filled, dump)
    assert kinds(report) == {}
    assert report.equal
    assert {name: report.checked[name] for name in ("artists", "labels", "masters", "releases", "rows", "stubs")} == {
        "artists": 4,
        "labels": 2,
        "masters": 2,
        "releases": 2,
        "rows": 10,
        "stubs": 1,
    }
    assert report.checked["edges"] == 24


def test_several_processes_find_the_same_as_one(filled: Filled, dump: Path) -> None:
    filled.sql("UPDATE releases SET title = 'Other' WHERE id = 100")
    here, there = (compared(filled, dump, processes=number) for number in (0, 2))
    assert here == there
    assert kinds(there) == {"column": 1}


# ── rows


def test_a_value_altered_under_an_intact_hash_is_found(filled: Filled, dump: Path) -> None:
    filled.sql("UPDATE releases SET data = jsonb_set(data, '{tracklist,0,title}', '\"Other\"') WHERE id = 100")
    assert only(compared(filled, dump), "value") == (
        'release 100: data.tracklist[0].title is "Other", expected "Human Behaviour".'
    )


@pytest.mark.parametrize(("path", "value"), [("{id}", "100.0"), ("{is_main_release}", '"true"'), ("{country}", "44")])
def test_a_value_of_another_type_is_found(filled: Filled, dump: Path, path: str, value: str) -> None:
    filled.sql(f"UPDATE releases SET data = jsonb_set(data, '{path}', '{value}') WHERE id = 100")  # noqa: S608
    assert kinds(compared(filled, dump)) == {"value": 1}


def test_a_value_too_many_and_one_too_few_are_found(filled: Filled, dump: Path) -> None:
    filled.sql("UPDATE artists SET data = data || '{\"extra\": []}' WHERE id = 1")
    filled.sql("UPDATE artists SET data = data - 'aliases' WHERE id = 2")
    report = compared(filled, dump)
    assert kinds(report) == {"value": 2}
    assert any("data.extra is [], expected absent" in sentence for sentence in report.differences["value"].examples)


def test_another_order_within_a_list_is_found(filled: Filled, dump: Path) -> None:
    filled.sql("UPDATE masters SET data = jsonb_set(data, '{styles}', '[\"Downtempo\", \"House\"]') WHERE id = 10")
    assert kinds(compared(filled, dump)) == {"value": 2}


def test_a_hash_that_is_not_the_documents_is_found(filled: Filled, dump: Path) -> None:
    filled.sql("UPDATE labels SET hash = repeat('0', 64) WHERE id = 5")
    assert only(compared(filled, dump), "hash").startswith("label 5: the hash is 0000")


@pytest.mark.parametrize(
    ("entity", "change"),
    [
        ("artists", "name = 'Other'"),
        ("labels", "name = NULL"),
        ("masters", "title = 'Other'"),
        ("masters", "year = 1994"),
        ("releases", "year = NULL"),
        ("releases", "country = 'US'"),
        ("releases", "genres = '{}'"),
        ("releases", "styles = '{House,House}'"),
    ],
)
def test_a_wrong_column_is_found(filled: Filled, dump: Path, entity: str, change: str) -> None:
    filled.sql(f"UPDATE {entity} SET {change} WHERE id IN (1, 5, 10, 100)")  # noqa: S608
    assert kinds(compared(filled, dump)) == {"column": 1}


def test_the_year_follows_the_dump_of_the_row(filled: Filled, dump: Path) -> None:
    """1993 is no year yet for a row that last changed in 1990: column and node then have none."""
    filled.sql("UPDATE releases SET dump = '1990-01-01', year = NULL WHERE id = 100")
    filled.cypher("MATCH (r:Release {id: 100}) REMOVE r.year")
    assert compared(filled, dump).equal


def test_a_missing_row_is_found(filled: Filled, dump: Path) -> None:
    filled.sql("DELETE FROM masters WHERE id = 11")
    assert only(compared(filled, dump), "missing_row") == "master 11 has no row."


def test_an_extra_row_is_found(filled: Filled, dump: Path) -> None:
    filled.insert_rows({"artists": [{"id": 77, "name": "Nobody"}]})
    assert only(compared(filled, dump), "extra_row") == "artist 77 has a row, but the dump does not have it."


def test_a_tombstone_for_a_record_of_the_dump_is_found(filled: Filled, dump: Path) -> None:
    filled.sql("INSERT INTO tombstones VALUES ('labels', 5, 'x', '2026-01-01', '2026-02-01', '{}')")
    assert only(compared(filled, dump), "tombstone") == "label 5 has a tombstone, but its table has it."


def test_a_tombstone_for_a_removed_record_is_no_difference(filled: Filled, dump: Path) -> None:
    filled.sql("INSERT INTO tombstones VALUES ('labels', 7, 'x', '2026-01-01', '2026-02-01', '{}')")
    assert compared(filled, dump).equal


# ── edges


@pytest.mark.parametrize(
    "edge",
    [
        "(:Release {id: 100})-[e:BY]->(:Artist {id: 1})",
        "(:Master {id: 10})-[e:BY]->(:Artist {id: 1})",
        "(:Artist {id: 3})-[e:APPEARS_ON]->(:Release {id: 100})",
        "(:Artist {id: 2})-[e:CREDITED_ON]->(:Release {id: 100})",
        "(:Release {id: 100})-[e:ON]->(:Label {id: 6})",
        "(:Release {id: 100})-[e:DERIVED_FROM]->(:Master {id: 10})",
        "(:Release {id: 101})-[e:IS]->(:Style {name: 'Indie'})",
        "(:Master {id: 10})-[e:IS]->(:Genre {name: 'Electronic'})",
        "(:Artist {id: 1})-[e:MEMBER_OF]->(:Artist {id: 3})",
        "(:Artist {id: 1})-[e:ALIAS_OF]->(:Artist {id: 2})",
        "(:Label {id: 6})-[e:SUBLABEL_OF]->(:Label {id: 5})",
        "(:Style {name: 'House'})-[e:PART_OF]->(:Genre {name: 'Electronic'})",
    ],
)
def test_a_missing_edge_of_each_type_is_found(filled: Filled, dump: Path, edge: str) -> None:
    filled.cypher(f"MATCH {edge} DELETE e")
    assert only(compared(filled, dump), "missing_edge").endswith("is missing.")


@pytest.mark.parametrize(
    "edge",
    [
        "(:Release {id: 101})-[:BY]->(:Artist {id: 1})",
        "(:Release {id: 100})-[:BY]->(:Artist {id: 1})",
        "(:Release {id: 100})-[:ON {catno: 'TPLP 31'}]->(:Label {id: 5})",
        "(:Artist {id: 4})-[:CREDITED_ON {roles: []}]->(:Release {id: 101})",
        "(:Artist {id: 4})-[:ALIAS_OF]->(:Artist {id: 4})",
        "(:Label {id: 5})-[:SUBLABEL_OF]->(:Label {id: 6})",
        "(:Style {name: 'Indie'})-[:PART_OF]->(:Genre {name: 'Rock'})",
        "(:Style {name: 'House'})-[:PART_OF]->(:Genre {name: 'Electronic'})",
        "(:Artist {id: 194})-[:MEMBER_OF]->(:Artist {id: 3})",
        "(:Artist {id: 4})-[:BY]->(:Artist {id: 1})",
        "(:Master {id: 10})-[:DERIVED_FROM]->(:Master {id: 11})",
        "(:Artist {id: 1})-[:BY]->(:Release {id: 100})",
        "(:Genre {name: 'Rock'})-[:PART_OF]->(:Genre {name: 'Pop'})",
    ],
)
def test_an_extra_edge_is_found_parallel_or_misplaced_or_at_a_stub(filled: Filled, dump: Path, edge: str) -> None:
    start, end = edge.split("-[", 1)[0], edge.rsplit("->", 1)[1]
    middle = edge[len(start) : -len(end)]
    left, right = start.replace("(", "(a", 1), end.replace("(", "(b", 1)
    filled.cypher(f"MATCH {left} MATCH {right} CREATE (a){middle}(b)")
    only(compared(filled, dump), "extra_edge")


@pytest.mark.parametrize(
    ("edge", "change"),
    [
        ("(:Artist {id: 2})-[e:CREDITED_ON]->(:Release {id: 100})", "e.roles = ['Mixed By', 'Producer']"),
        ("(:Artist {id: 2})-[e:CREDITED_ON]->(:Release {id: 100})", "e.roles = ['Producer', 'Mixed By', 'Bass']"),
        ("(:Release {id: 100})-[e:ON]->(:Label {id: 5})", "e.catno = 'TPLP 32'"),
        ("(:Release {id: 100})-[e:BY]->(:Artist {id: 1})", "e.position = 1"),
    ],
)
def test_a_wrong_edge_property_is_found(filled: Filled, dump: Path, edge: str, change: str) -> None:
    filled.cypher(f"MATCH {edge} SET {change}")
    only(compared(filled, dump), "edge_property")


def test_the_sentence_about_an_edge_names_both_ends_and_the_properties(filled: Filled, dump: Path) -> None:
    filled.cypher("MATCH (:Release {id: 100})-[e:ON]->(:Label {id: 6}) SET e.catno = 'X'")
    assert only(compared(filled, dump), "edge_property") == (
        '(Release 100)-[:ON {"catno":"X"}]->(Label 6) should be {"catno":""}.'
    )


# ── nodes and stubs


@pytest.mark.parametrize(
    ("node", "change"),
    [
        ("(n:Release {id: 100})", "n.year = 1994"),
        ("(n:Release {id: 101})", "n.country = 'US'"),
        ("(n:Artist {id: 4})", "n.name = 'Somebody'"),
        ("(n:Master {id: 11})", "n.year = 0"),
        ("(n:Master {id: 10})", "n.title = 1"),
    ],
)
def test_a_wrong_node_property_is_found(filled: Filled, dump: Path, node: str, change: str) -> None:
    filled.cypher(f"MATCH {node} SET {change}")
    only(compared(filled, dump), "node_property")


def test_a_missing_node_is_found(filled: Filled, dump: Path) -> None:
    filled.cypher("MATCH (n:Artist {id: 4}) DELETE n")
    assert only(compared(filled, dump), "missing_node") == "(Artist 4) is missing."


def test_an_extra_node_is_found(filled: Filled, dump: Path) -> None:
    filled.cypher("CREATE (:Label {id: 99, name: 'Nobody'})")
    assert only(compared(filled, dump), "extra_node") == "(Label 99) has no record, and nothing refers to it."


def test_a_node_without_an_id_is_found(filled: Filled, dump: Path) -> None:
    filled.cypher("CREATE (:Label {name: 'Nobody'})")
    assert kinds(compared(filled, dump)) == {"extra_node": 1}


def test_a_node_of_a_strange_label_is_found(filled: Filled, dump: Path) -> None:
    filled.cypher("CREATE (:Stray {id: 1})")
    assert only(compared(filled, dump), "extra_node") == '1 nodes have the label "Stray".'


@pytest.mark.parametrize(("label", "name"), [("Genre", "1"), ("Style", "Nothing")])
def test_a_genre_or_style_that_no_record_names_is_found(filled: Filled, dump: Path, label: str, name: str) -> None:
    filled.cypher(f"CREATE (:{label} {{name: $name}})", name=name)
    only(compared(filled, dump), "extra_node")


def test_a_missing_style_is_found_with_its_edges(filled: Filled, dump: Path) -> None:
    filled.cypher("MATCH (n:Style {name: 'Indie'}) DETACH DELETE n")
    assert kinds(compared(filled, dump)) == {"missing_node": 1, "missing_edge": 1}


def test_a_stub_mark_on_a_record_is_found(filled: Filled, dump: Path) -> None:
    filled.cypher("MATCH (n:Artist {id: 1}) SET n.stub = true")
    assert only(compared(filled, dump), "wrong_stub") == "(Artist 1) is marked as a stub, but the record exists."


def test_a_missing_stub_is_found_with_the_edge_to_it(filled: Filled, dump: Path) -> None:
    filled.cypher("MATCH (n:Artist {id: 194}) DETACH DELETE n")
    assert kinds(compared(filled, dump)) == {"wrong_stub": 1, "missing_edge": 1}


def test_a_stub_that_nothing_refers_to_is_found(filled: Filled, dump: Path) -> None:
    filled.cypher("CREATE (:Master {id: 12, stub: true})")
    assert only(compared(filled, dump), "wrong_stub") == "(Master 12) has no record, and nothing refers to it."


@pytest.mark.parametrize("change", ["n.name = 'Various'", "n.stub = false"])
def test_a_stub_that_is_more_or_less_than_one_is_found(filled: Filled, dump: Path, change: str) -> None:
    filled.cypher(f"MATCH (n:Artist {{id: 194}}) SET {change}")
    assert "(Artist 194) has no record, but its node holds" in only(compared(filled, dump), "wrong_stub")


@pytest.mark.parametrize("change", ["MATCH (n:Linernotes) DELETE n", "CREATE (:Linernotes {identity: 'a second'})"])
def test_none_or_two_meta_nodes_are_found(filled: Filled, dump: Path, change: str) -> None:
    filled.cypher(change)
    only(compared(filled, dump), "meta_node")


# ── dumps with something wrong


def with_records(tmp_path: Path, entity: Entity, *more: str, ending: str | None = None) -> Path:
    records = {**RECORDS, entity: [*RECORDS[entity], *more]}
    return write_dump(tmp_path / "other", records, {entity: ending} if ending is not None else None)


def put_aside(filled: Filled, entity: Entity, id_: int | None, at: int = 0, length: int = 1) -> None:
    filled.sql(
        "INSERT INTO quarantine (dump, entity, stream_at, record_id, reason, detail, bytes, run)"
        " VALUES (%s, %s, %s, %s, '', '', %s, 1)",
        DUMP,
        entity,
        at,
        id_,
        b"x" * length,
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


def test_rows_stay_where_the_file_is_missing_and_the_graph_must_show_them(filled: Filled, tmp_path: Path) -> None:
    dump = write_dump(tmp_path / "other", {entity: RECORDS[entity] for entity in RECORDS if entity != "labels"})
    report = compared(filled, dump)
    assert report.equal
    assert report.quirks == {"labels: file missing or not whole": 1, "rows kept beyond the dump": 2}
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


def test_characters_that_postgresql_refuses_are_a_named_quirk(filled: Filled, tmp_path: Path) -> None:
    dump = with_records(tmp_path, "labels", "<label><id>7</id><name>a&#0;b\0c&#xD800;</name></label>")
    documents = documents_of(dump)
    assert documents["labels"][-1] == {"id": 7, "name": "a\ufffdb\ufffdc\ufffd"}
    filled.fill(documents)
    report = compared(filled, dump)
    assert report.equal
    assert report.quirks == {"characters replaced": 3}


def test_the_hash_is_that_of_canonical_json(filled: Filled, dump: Path) -> None:
    written = '{"id":6,"name":"Sub","parentLabel":{"id":5,"name":"One Little Indian"}}'
    assert canonical(documents_of(dump)["labels"][1]) == written.encode()
    filled.sql("UPDATE labels SET hash = %s WHERE id = 6", hashlib.sha256(written.encode()).hexdigest())
    assert compared(filled, dump).equal
