"""What the comparison expects of the graph, written out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from functions.runtime.entities import Entity
from infra.verify.edges import edges_of, part_of, properties_of, year_of
from infra.verify.roles import roles_of

DUMP = date(2026, 4, 1)


def drawn(entity: Entity, document: dict[str, Any]) -> list[str]:
    edges = edges_of(entity, document)
    assert set(edges.values()) <= {1}
    arrows = ((edge, "->" if edge.outgoing else "<-") for edge in edges)
    return sorted(f"{arrow}{edge.type} {edge.label} {edge.key} {edge.properties.decode()}" for edge, arrow in arrows)


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("Producer [Additional, Vocal], Mixed By", {"Producer", "Mixed By"}),
        ("Bass", {"Bass"}),
        ("", set()),
        ("[All Tracks By]", set()),
        (" Bass ,, Bass, Drums ", {"Bass", "Drums"}),
        ("Producer [a [b], c], Mixed By", {"Producer", "Mixed By"}),
        ("Producer [never closed, Mixed By", {"Producer"}),
        ("Producer], Mixed By", {"Producer]", "Mixed By"}),
    ],
)
def test_roles_are_split_at_commas_outside_brackets(text: str, roles: set[str]) -> None:
    assert roles_of(text) == roles


def test_the_edges_of_an_artist_are_those_it_states_itself() -> None:
    document = {"id": 1, "groups": [{"id": 3}, {"id": 3, "name": "Again"}], "aliases": [{"id": 1}, {"name": "No id"}]}
    assert drawn("artists", {**document, "members": [{"id": 9}]}) == [
        "->ALIAS_OF Artist 1 {}",
        "->MEMBER_OF Artist 3 {}",
    ]


def test_the_child_label_owns_the_edge_to_its_parent() -> None:
    assert drawn("labels", {"id": 6, "parentLabel": {"id": 5}, "sublabels": [{"id": 7}]}) == [
        "->SUBLABEL_OF Label 5 {}"
    ]
    assert drawn("labels", {"id": 6, "parentLabel": {"id": 0, "name": "None"}}) == []


def test_the_edges_of_a_release() -> None:
    document = {
        "id": 1,
        "artists": [{"id": 1}, {"id": 1}, {"id": 0}, {"name": "No id"}],
        "labels": [{"id": 5, "catno": "A"}, {"id": 5, "catno": "A"}, {"id": 5, "catno": "B"}, {"id": 6}, {"id": 0}],
        "extraartists": [{"id": 2, "role": "Producer, Bass"}, {"id": 1}, {"id": 0, "role": "Bass"}],
        "genres": ["Rock", "Rock"],
        "styles": ["Indie"],
        "master_id": 10,
        "tracklist": [
            {
                "artists": [{"id": 1}, {"id": 3}],
                "sub_tracks": [{"artists": [{"id": 4}], "extraartists": [{"id": 2, "role": "Ärger, bass"}]}],
            }
        ],
    }
    assert drawn("releases", document) == [
        "->BY Artist 1 {}",
        "->DERIVED_FROM Master 10 {}",
        "->IS Genre Rock {}",
        "->IS Style Indie {}",
        '->ON Label 5 {"catno":"A"}',
        '->ON Label 5 {"catno":"B"}',
        '->ON Label 6 {"catno":""}',
        "<-APPEARS_ON Artist 3 {}",
        "<-APPEARS_ON Artist 4 {}",
        '<-CREDITED_ON Artist 1 {"roles":[]}',
        '<-CREDITED_ON Artist 2 {"roles":["Bass","Producer","bass","Ärger"]}',
    ]


def test_master_0_is_no_master() -> None:
    assert drawn("releases", {"id": 1, "master_id": 0}) == []


@pytest.mark.parametrize(
    ("genres", "pairs"),
    [(["Rock"], {("Indie", "Rock")}), (["Rock", "Rock"], {("Indie", "Rock")}), (["Rock", "Pop"], set())],
)
def test_a_style_is_part_of_a_genre_that_stands_alone(genres: list[str], pairs: set[tuple[str, str]]) -> None:
    assert set(part_of("masters", {"id": 1, "genres": genres, "styles": ["Indie"]})) == pairs


@pytest.mark.parametrize(("characters", "pairs"), [(416, 1), (417, 0)])
def test_a_style_and_a_genre_of_more_than_2500_bytes_are_no_pair(characters: int, pairs: int) -> None:
    document = {"id": 1, "genres": ["\u5b57" * 417], "styles": ["\u5b57" * characters]}
    assert len(list(part_of("masters", document))) == pairs


@pytest.mark.parametrize(
    ("released", "year"),
    [
        ("1969", 1969),
        ("1969-00", 1969),
        ("1969-00-00", 1969),
        ("1969-09-26", 1969),
        ("1860", 1860),
        ("1859", None),
        ("2027", 2027),
        ("2028", None),
        ("0400-01-01", None),
        ("1969-9-26", None),
        ("1969 ", None),
        ("1969\n", None),
        ("１９６９", None),
        ("Unknown", None),
        ("", None),
    ],
)
def test_the_year_of_a_release_is_that_of_a_plain_date(released: str, year: int | None) -> None:
    assert year_of("releases", {"id": 1, "released": released}, DUMP) == year


@pytest.mark.parametrize(("stated", "year"), [(0, None), (197, None), (1860, 1860), (2027, 2027), (2028, None)])
def test_the_year_of_a_master_lies_between_1860_and_next_year(stated: int, year: int | None) -> None:
    assert year_of("masters", {"id": 1, "year": stated}, DUMP) == year


def test_absent_values_are_absent_properties() -> None:
    assert properties_of("artists", {"id": 66827, "realname": "x"}, DUMP) == {"id": 66827}
    assert properties_of("releases", {"id": 1, "title": "T", "released": "1999"}, DUMP) == {
        "id": 1,
        "title": "T",
        "year": 1999,
    }
