"""The comparison finds every way in which the graph can differ from the dump."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.verify.reports import compared, kinds, only
from tests.integration.verify.stores import Filled

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
