"""Which nodes very many edges will touch, and over how many chains theirs are spread."""

from __future__ import annotations

from functions.load_graph.bulk.hubs import Hub, hubs_of
from functions.projection.projection import Row


def release(**lists: object) -> Row:
    return {"id": 1, "props": {"id": 1}, **lists}


def test_hubs_are_counted_by_node_and_direction() -> None:
    rows = [
        release(genres=["Rock"], by=[194], on=[{"id": 7, "catno": "a"}, {"id": 7, "catno": "b"}]),
        release(genres=["Rock"], appears_on=[194], credited_on=[{"id": 194, "roles": []}], styles=["Rock"]),
        release(genres=["Rock", "Jazz"]),
    ]
    assert hubs_of(rows, 60_000) == [
        Hub("Genre", "Rock", outgoing=False, edges=180_000),
        Hub("Label", 7, outgoing=False, edges=120_000),
        Hub("Artist", 194, outgoing=True, edges=120_000),
    ]
    assert hubs_of(rows, 30_000) == []


def test_a_master_is_no_hub_however_many_releases_it_has() -> None:
    rows = [release(derived_from=[3], by=[194]) for _ in range(10)]
    assert hubs_of(rows, 10_000) == [Hub("Artist", 194, outgoing=False, edges=100_000)]


def test_chains_are_as_many_as_keep_each_of_them_short() -> None:
    assert [Hub("Genre", "Rock", outgoing=False, edges=edges).chains for edges in (50_000, 4_000_000, 90_000_000)] == [
        4,
        245,
        256,
    ]
