"""How much disk a load is said to need."""

from __future__ import annotations

import pytest

from functions.runs.disk_estimate import DiskNeed, Room, check_disk, graph_factors, growth
from functions.runtime.entities import Entity
from functions.runtime.errors import RefusedError
from functions.runtime.settings import Settings

GB = 1_000_000_000
FACTORS: dict[Entity, float] = {"artists": 10.0, "labels": 10.0, "masters": 10.0, "releases": 5.0}
WHOLE: dict[Entity, int] = {"artists": GB, "releases": 10 * GB}


def need(sizes: dict[Entity, int], loaded: dict[Entity, int], held: int, share: float = 0.05) -> float:
    """In GB."""
    return round(growth(sizes, loaded, share, FACTORS, held) / GB, 2)


def test_a_first_load_needs_what_its_files_become() -> None:
    assert need(WHOLE, {}, 10_000_000) == 60


def test_a_later_month_needs_its_changed_share_twice_and_what_came_beside() -> None:
    assert need(WHOLE, WHOLE, 61 * GB) == 6
    assert need(WHOLE, WHOLE, 61 * GB, share=0.01) == 1.2
    assert need({"artists": GB, "releases": 11 * GB}, WHOLE, 61 * GB, share=0.01) == 6.2


def test_what_a_broken_load_has_written_is_not_needed_again() -> None:
    assert need(WHOLE, {}, 40 * GB + 10_000_000) == 20
    assert need(WHOLE, {}, 90 * GB) == 0


def test_an_entity_that_comes_later_needs_all_of_its_own() -> None:
    assert need({"releases": 10 * GB}, {"artists": GB}, 10 * GB) == 50


def test_stores_that_turned_out_smaller_or_larger_than_expected_make_no_difference_to_a_month() -> None:
    assert need(WHOLE, WHOLE, 30 * GB) == need(WHOLE, WHOLE, 90 * GB) == 6


def test_a_neo4j_needs_half_as_much_again_as_the_embedded_graph() -> None:
    embedded, neo4j = (graph_factors(Settings(home="h", graph_import=at)) for at in ("", "h/import"))
    assert {entity: round(factor / embedded[entity], 2) for entity, factor in neo4j.items()} == dict.fromkeys(
        embedded, 1.55
    )


def test_each_volume_is_looked_at_by_itself_and_the_refusal_says_how_to_go_on() -> None:
    home = Room("/home", {"graph": 5 * GB, "work": GB}, 7 * GB)
    check_disk(DiskNeed([home]))
    need = DiskNeed([home, Room("/var", {"tables": 20 * GB, "log": 4 * GB}, 20 * GB)])
    assert (need.of("tables"), need.of("download")) == (20 * GB, 0)
    with pytest.raises(RefusedError, match=r"24.0 GB in /var \(tables 20.0 GB, log 4.0 GB\); 20.0 GB .* --ignore-disk"):
        check_disk(need)
