"""What the graph has of a record's edges set beside what its document calls for."""

from __future__ import annotations

from typing import Any

from functions.load_graph.edge_diff import OwnedEdge, differences

ROW: dict[str, Any] = {
    "id": 1,
    "by": [10, 11],
    "genres": ["Rock"],
    "styles": [],
    "on": [{"id": 20, "catno": "A 1"}, {"id": 20, "catno": "A 2"}],
    "credited_on": [{"id": 10, "roles": ["Bass", "Drums"]}],
}
EDGES: list[OwnedEdge] = [
    ("BY", "Artist", 10, None, None),
    ("BY", "Artist", 11, None, None),
    ("IS", "Genre", "Rock", None, None),
    ("ON", "Label", 20, "A 1", None),
    ("ON", "Label", 20, "A 2", None),
    ("CREDITED_ON", "Artist", 10, None, ["Bass", "Drums"]),
]


def plain(found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {kind: rows for kind, rows in found.items() if rows}


def test_where_all_is_there_nothing_differs() -> None:
    found = differences([ROW], {1: EDGES})
    assert (plain(found.added), plain(found.dropped), found.roles, found.targets()) == ({}, {}, [], {})


def test_of_a_record_without_edges_all_are_added_and_their_targets_named_once() -> None:
    found = differences([ROW, {"id": 2, "by": [11, 12]}], {})
    assert found.added["by"] == [{"id": 1, "to": [10, 11]}, {"id": 2, "to": [11, 12]}]
    assert found.added["on"] == [{"id": 1, "to": ROW["on"]}]
    assert "styles" not in found.added
    assert found.dropped == {}
    assert found.targets() == {"Artist": [10, 11, 12], "Genre": ["Rock"], "Label": [20]}


def test_only_what_differs_is_added_and_dropped() -> None:
    changed = {**ROW, "by": [11, 12], "styles": ["Dub"], "on": [{"id": 20, "catno": "A 2"}, {"id": 21, "catno": "A 1"}]}
    found = differences([changed], {1: EDGES})
    assert plain(found.added) == {
        "by": [{"id": 1, "to": [12]}],
        "styles": [{"id": 1, "to": ["Dub"]}],
        "on": [{"id": 1, "to": [{"id": 21, "catno": "A 1"}]}],
    }
    assert plain(found.dropped) == {
        "by": [{"id": 1, "to": [10]}],
        "on": [{"id": 1, "to": [{"id": 20, "catno": "A 1"}]}],
    }
    assert found.roles == []


def test_some_of_what_differs_is_so_many_edges_of_any_kind() -> None:
    changed = {**ROW, "by": [12, 13], "genres": [], "credited_on": [{"id": 10, "roles": []}]}
    found = differences([changed, {"id": 2, "by": [11, 12]}], {1: EDGES})
    assert found.edges == 2 + 1 + 2 + 2 + 1
    some = found.first(4)
    assert (plain(some.dropped), plain(some.added), some.roles) == (
        {"by": [{"id": 1, "to": [10, 11]}], "genres": [{"id": 1, "to": ["Rock"]}]},
        {"by": [{"id": 1, "to": [12]}]},
        [],
    )
    assert some.targets() == {"Artist": [12]}
    whole = found.first(found.edges)
    assert (plain(whole.dropped), plain(whole.added), whole.roles) == (
        plain(found.dropped),
        plain(found.added),
        found.roles,
    )


def test_a_genre_and_a_style_of_one_name_are_two() -> None:
    found = differences([{"id": 1, "styles": ["Rock"]}], {1: [("IS", "Genre", "Rock", None, None)]})
    assert plain(found.added) == {"styles": [{"id": 1, "to": ["Rock"]}]}
    assert plain(found.dropped) == {"genres": [{"id": 1, "to": ["Rock"]}]}


def test_roles_that_differ_in_anything_are_set() -> None:
    swapped = [{"id": 10, "roles": ["Drums", "Bass"]}]
    found = differences([{**ROW, "credited_on": swapped}], {1: EDGES})
    assert found.roles == [{"id": 1, "to": swapped}]
    assert (plain(found.added), plain(found.dropped)) == ({}, {})


def test_a_record_that_is_gone_owns_none() -> None:
    found = differences([{"id": 1}], {1: EDGES})
    assert plain(found.added) == {}
    assert found.dropped["by"] == [{"id": 1, "to": [10, 11]}]
    assert found.dropped["on"] == [{"id": 1, "to": [{"id": 20, "catno": "A 1"}, {"id": 20, "catno": "A 2"}]}]
    assert sorted(found.dropped) == ["by", "credited_on", "genres", "on"]
