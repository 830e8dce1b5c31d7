"""What a document shows in the graph: each row of the edge table, roles, properties, stubs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.projection.projection import project, targets
from functions.projection.roles import roles_of
from functions.runtime.entities import Entity


def row(entity: Entity, year_of_row: int | None = None, **document: Any) -> dict[str, Any]:
    return project(entity, json.dumps({"id": 1, **document}), year_of_row)


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("Producer [Additional, Vocal], Mixed By", ["Mixed By", "Producer"]),
        ("Bass", ["Bass"]),
        ("Bass, Bass ,  Bass", ["Bass"]),
        ("", []),
        (" , ,", []),
        ("[only a note]", []),
        ("Guitar [a [b, c] d, e], Voice", ["Guitar", "Voice"]),
        ("Guitar [not closed, Voice", ["Guitar"]),
        ("Guitar], Voice", ["Guitar]", "Voice"]),
        ("Written-By, Arranged By [Strings]", ["Arranged By", "Written-By"]),
        ("zither, Alto, Ähre", ["Alto", "zither", "Ähre"]),
        ("Lead [x] Vocals", ["Lead  Vocals"]),
    ],
)
def test_roles_are_split_at_commas_outside_brackets(text: str, roles: list[str]) -> None:
    assert roles_of([text]) == roles


def test_roles_of_several_credits_are_one_sorted_list() -> None:
    assert roles_of(["Voice, Bass", None, "Bass [x]", "", "Alto"]) == ["Alto", "Bass", "Voice"]


@settings(database=None)
@given(st.lists(st.none() | st.text("aB ,[]")))
def test_roles_are_sorted_distinct_trimmed_and_never_empty(texts: list[str | None]) -> None:
    roles = roles_of(texts)
    assert roles == sorted(set(roles))
    assert all(role and role == role.strip() and "," not in role and "[" not in role for role in roles)


def test_an_artist_is_a_member_of_its_groups_and_an_alias_as_listed() -> None:
    made = row(
        "artists",
        name="N",
        aliases=[{"id": 2, "name": "A"}, {"id": 2}, {"id": 1}, {"name": "no id"}, {"id": 0}, {"id": -4}],
        groups=[{"id": 3}, {"id": 0}],
        members=[{"id": 9}],
        profile="not shown",
    )
    assert made == {"id": 1, "props": {"id": 1, "name": "N"}, "alias_of": [2, 1], "member_of": [3]}


def test_a_label_belongs_to_its_parent_and_its_sub_labels_are_theirs_to_say() -> None:
    assert row("labels", name="L", parentLabel={"id": 5, "name": "P"}, sublabels=[{"id": 7}]) == {
        "id": 1,
        "props": {"id": 1, "name": "L"},
        "sublabel_of": [5],
    }
    for parent in ({}, {"parentLabel": {"name": "no id"}}, {"parentLabel": {"id": 0}}):
        assert row("labels", **parent)["sublabel_of"] == []


def test_a_master_is_by_its_artists_and_is_its_genres_and_styles() -> None:
    made = row(
        "masters",
        year_of_row=1999,
        title="T",
        year=1999,
        artists=[{"id": 2}, {"id": 3}, {"id": 2}, {"id": 0}, {"name": "x"}],
        genres=["Rock", "Pop", "Rock"],
        styles=["Indie", "Indie"],
        main_release=12,
    )
    assert made == {
        "id": 1,
        "props": {"id": 1, "title": "T", "year": 1999},
        "by": [2, 3],
        "genres": ["Rock", "Pop"],
        "styles": ["Indie"],
    }


def test_the_year_is_the_one_in_the_row_whatever_the_document_states() -> None:
    assert row("masters", year=2028)["props"] == {"id": 1}
    assert row("masters", year_of_row=2028, year=2028)["props"] == {"id": 1, "year": 2028}


def test_a_release_shows_title_year_and_country() -> None:
    made = row("releases", year_of_row=1999, title="T", released="1999-03-00", country="UK", notes="n")
    assert made["props"] == {
        "id": 1,
        "title": "T",
        "year": 1999,
        "country": "UK",
    }
    assert row("releases", released="?")["props"] == {"id": 1}


TRACKS = [
    {"artists": [{"id": 10}, {"id": 2}], "extraartists": [{"id": 20, "role": "Bass"}]},
    {"sub_tracks": [{"artists": [{"id": 11}, {"id": 10}], "extraartists": [{"id": 20, "role": "Alto [x, y]"}]}]},
    {"title": "heading"},
]


def test_who_appears_on_a_release_is_on_its_tracks_and_not_among_its_artists() -> None:
    made = row("releases", artists=[{"id": 2}, {"id": 2}, {"id": 0}], tracklist=TRACKS)
    assert made["by"] == [2]
    assert made["appears_on"] == [10, 11]


def test_credits_of_release_tracks_and_sub_tracks_are_one_edge_for_each_artist() -> None:
    extra = [{"id": 20, "role": "Voice"}, {"id": 21}, {"id": 0, "role": "x"}, {"name": "y", "role": "z"}, {"id": 2}]
    made = row("releases", artists=[{"id": 2}], extraartists=extra, tracklist=TRACKS)
    assert made["credited_on"] == [
        {"id": 20, "roles": ["Alto", "Bass", "Voice"]},
        {"id": 21, "roles": []},
        {"id": 2, "roles": []},
    ]


def test_a_release_is_on_each_label_once_for_each_catalogue_number() -> None:
    labels = [
        {"id": 5, "catno": "A"},
        {"id": 5, "catno": "A"},
        {"id": 5},
        {"id": 5, "catno": "a"},
        {"id": 0},
        {"catno": "B"},
    ]
    assert row("releases", labels=labels)["on"] == [
        {"id": 5, "catno": "A"},
        {"id": 5, "catno": ""},
        {"id": 5, "catno": "a"},
    ]


@pytest.mark.parametrize(("master", "edges"), [(None, []), (0, []), (-1, []), (7, [7])])
def test_a_release_is_derived_from_a_master_that_there_is(master: int | None, edges: list[int]) -> None:
    assert row("releases", **({} if master is None else {"master_id": master}))["derived_from"] == edges


def test_companies_and_series_make_no_edges() -> None:
    assert row("releases", companies=[{"id": 9}], series=[{"id": 8}]) == row("releases")


def test_targets_are_the_distinct_keys_of_all_edges_by_their_node() -> None:
    rows = [
        row(
            "releases",
            artists=[{"id": 2}],
            extraartists=[{"id": 3}],
            tracklist=TRACKS,
            labels=[{"id": 5}],
            master_id=6,
            genres=["Rock"],
            styles=["Indie"],
        ),
        row("releases", artists=[{"id": 1}], labels=[{"id": 5, "catno": "x"}]),
    ]
    assert targets(rows) == {
        "Artist": [1, 2, 3, 10, 11, 20],
        "Label": [5],
        "Master": [6],
        "Genre": ["Rock"],
        "Style": ["Indie"],
    }
    assert targets([row("releases")]) == {}
