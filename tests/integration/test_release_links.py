"""Links of releases on real stores: made, brought up to what changed, counted for hubs, and read page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from functions.derivations.plan import forget_derivations, plan_derivations
from functions.discover.artist.discography import Wanted, categories_of_artist, discography
from functions.discover.artist.summary import summary
from functions.discover.credits.ask import Asked, ask
from functions.discover.release_links.read import Link, Place, hub_kinds, links_of, links_on, state_of, years_of
from functions.privacy.suppressed import suppress, unsuppress
from functions.release_links import hubs
from functions.runtime.settings import Settings
from infra.verify.stores import Stores
from tests.integration.pipeline import APRIL, JUNE, MAY, Pipeline, open_pipeline, release, write_dump

CREDIT = "<extraartists><artist><id>{}</id><name>N</name><role>{}</role></artist></extraartists>"


def dated(number: int, year: str, role: str = "Bass") -> str:
    """A release of the artist `number % 40 + 1` on which 77 is credited."""
    return release(number, f"<released>{year}</released>{CREDIT.format(77, role)}")


@pytest.fixture(scope="module")
def pipeline(settings: Settings) -> Iterator[Pipeline]:
    with open_pipeline(settings) as opened:
        yield opened


@pytest.fixture(autouse=True)
def few_make_a_hub(monkeypatch: pytest.MonkeyPatch, pipeline: Pipeline) -> None:
    """Whoever has more than four links in one way is a hub; of each role three are kept."""
    monkeypatch.setattr(hubs, "HUB", 4)
    monkeypatch.setattr(hubs, "KEPT", 3)
    pipeline.empty_tables()
    with pipeline.context.connection() as connection:
        forget_derivations(connection)


def load(pipeline: Pipeline, folder: Any, date: Any, releases: list[str]) -> None:
    write_dump(folder, date, {"releases": releases})
    assert pipeline.load(folder, date, only_store="table", accept_deletions=True).state == "done"


def stored(pipeline: Pipeline) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: pipeline.query(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4")  # noqa: S608
        for table in ("release_links", "release_link_years")
    } | {"release_link_roles": pipeline.query("SELECT * FROM release_link_roles ORDER BY 1, 2")}


def wrong_counts(pipeline: Pipeline) -> list[Any]:
    with Stores(pipeline.context.settings) as stores:
        return [*stores.wrong_link_years(hubs.HUB), *stores.wrong_link_roles()]


APRILS = [dated(number, f"19{60 + number}") for number in range(1, 7)] + [dated(7, "?", "Bass, Producer")]


def test_pages_come_in_the_order_of_years_and_what_is_not_known_last(pipeline: Pipeline, tmp_path: Any) -> None:
    load(pipeline, tmp_path, APRIL, APRILS)
    with pipeline.context.statements() as connection:
        seen: dict[bool, list[Link]] = {}
        for newest in (False, True):
            found: list[Link] = []
            while page := links_of(
                connection, 77, "credited", 2, after=found[-1].place if found else None, newest_first=newest
            ):
                found += page
            seen[newest] = found
        assert [link.release for link in seen[False]] == [1, 2, 3, 4, 5, 6, 7]
        assert [link.release for link in seen[True]] == [6, 5, 4, 3, 2, 1, 7]
        assert seen[False][-1] == Link("credited", 7, None, None, ["Bass", "Producer"])
        within = links_of(connection, 77, "credited", 9, years=(1962, 1964))
        assert [(link.release, link.year) for link in within] == [(2, 1962), (3, 1963), (4, 1964)]
        assert links_of(connection, 77, "credited", 9, after=Place(0, 7)) == []
        assert links_of(connection, 77, "main", 9) == []
        assert sorted(links_on(connection, [7])) == [
            (7, 8, "label", ["R 7"]),
            (7, 8, "main", []),
            (7, 77, "credited", ["Bass", "Producer"]),
        ]
        assert state_of(connection).is_caught_up


def test_a_hub_is_counted_beforehand_and_others_when_they_are_asked_for(pipeline: Pipeline, tmp_path: Any) -> None:
    load(pipeline, tmp_path, APRIL, APRILS)
    with pipeline.context.statements() as connection:
        assert (hub_kinds(connection, 77), hub_kinds(connection, 2)) == ({"credited"}, set())
        counted = years_of(connection, 77, ["credited", "main"])
        assert (counted["credited"].total, counted["credited"].unknown, counted["main"].total) == (7, 1, 0)
        assert years_of(connection, 2, ["main"])["main"].by_year == {1961: 1}
    assert wrong_counts(pipeline) == []


def test_a_month_leaves_what_making_all_anew_would(pipeline: Pipeline, tmp_path: Any) -> None:
    load(pipeline, tmp_path, APRIL, APRILS)
    mays = [dated(1, "1999", "Drums"), *APRILS[1:3], dated(41, "1970"), dated(81, "1971"), dated(8, "1980", "Drums")]
    load(pipeline, tmp_path, MAY, mays)
    after_a_month = stored(pipeline)
    assert len(after_a_month["release_links"]) == 3 * len(mays)
    assert pipeline.query("SELECT * FROM release_link_moves") == []
    assert wrong_counts(pipeline) == []
    with pipeline.context.connection() as connection:
        forget_derivations(connection, ["release-links"])
    pipeline.go_on(plan_derivations(pipeline.context))
    assert stored(pipeline) == after_a_month


def played(counts: dict[int, int], first: int = 1) -> list[str]:
    """Releases on which each of some artists is credited with the bass so often."""
    everybody = [artist for artist, count in counts.items() for _ in range(count)]
    return [
        release(number, f"<released>1970</released>{CREDIT.format(artist, 'Bass')}")
        for number, artist in enumerate(everybody, first)
    ]


def those_of(pipeline: Pipeline, role: str) -> list[tuple[int, int]]:
    return pipeline.query(
        "SELECT id, releases FROM release_link_roles WHERE role = %s ORDER BY releases DESC, id", role
    )


BASS = {101: 9, 102: 8, 103: 7, **dict.fromkeys(range(201, 211), 1), 104: 5}


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ({101: 10, **dict.fromkeys(range(201, 211), 2)}, [(101, 10), (102, 8), (103, 7)]),
        ({103: 3}, [(101, 9), (102, 8), (104, 5)]),
        ({103: 3, 104: 6, 201: 4}, [(101, 9), (102, 8), (104, 6)]),
        ({103: 3, 201: 4}, [(101, 9), (102, 8), (104, 5)]),
        ({101: 0, 102: 0, 103: 5}, [(103, 5), (104, 5), (201, 1)]),
        ({201: 7}, [(101, 9), (102, 8), (103, 7)]),
        ({99: 7}, [(101, 9), (102, 8), (99, 7)]),
        ({103: 6}, [(101, 9), (102, 8), (103, 6)]),
    ],
)
def test_of_each_role_a_month_leaves_as_many_as_making_all_anew(
    pipeline: Pipeline,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    later: dict[int, int],
    expected: list[tuple[int, int]],
) -> None:
    monkeypatch.setattr(hubs, "HUB", 100)
    load(pipeline, tmp_path, APRIL, played(BASS))
    assert those_of(pipeline, "Bass") == [(101, 9), (102, 8), (103, 7)]
    unmoved = {artist: count for artist, count in BASS.items() if artist not in later}
    kept = [text for text in played(BASS) if any(f"<id>{artist}</id>" in text for artist in unmoved)]
    load(pipeline, tmp_path, MAY, kept + played(later, 1_001))
    after_a_month = stored(pipeline)
    assert those_of(pipeline, "Bass") == expected
    assert those_of(pipeline, "#2") == expected
    assert wrong_counts(pipeline) == []
    with pipeline.context.connection() as connection:
        forget_derivations(connection, ["release-links"])
    pipeline.go_on(plan_derivations(pipeline.context))
    assert stored(pipeline) == after_a_month


def test_of_a_hub_all_categories_are_kept_and_who_has_a_role_most_is_told_as_before(
    pipeline: Pipeline, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.discover.credits.ask._KEPT", 3)
    others = {101: 9, 102: 8, 103: 7, 104: 2}
    for month, count, of_hubs in ((APRIL, 5, [(77, 5)]), (MAY, 6, [(77, 6)]), (JUNE, 4, [])):
        load(pipeline, tmp_path, month, played({**others, 77: count}))
        assert those_of(pipeline, "#2") == [(101, 9), (102, 8), (103, 7), *of_hubs]
        assert those_of(pipeline, "Bass") == [(101, 9), (102, 8), (103, 7)]
        with pipeline.context.statements() as connection:
            assert categories_of_artist(connection, 77) == {"bass": count}
        told = ask(pipeline.context, Asked("bass"), 2, "2")
        assert ([line.releases for line in told.lines], told.next) == ([7], None)
        assert wrong_counts(pipeline) == []
        after_a_month = stored(pipeline)
        with pipeline.context.connection() as connection:
            forget_derivations(connection, ["release-links"])
        pipeline.go_on(plan_derivations(pipeline.context))
        assert stored(pipeline) == after_a_month


def test_who_is_no_hub_any_more_is_counted_again(pipeline: Pipeline, tmp_path: Any) -> None:
    load(pipeline, tmp_path, APRIL, APRILS)
    load(pipeline, tmp_path, MAY, APRILS[:2])
    with pipeline.context.statements() as connection:
        assert hub_kinds(connection, 77) == set()
        assert years_of(connection, 77, ["credited"])["credited"].by_year == {1961: 1, 1962: 1}
    assert wrong_counts(pipeline) == []


def test_a_suppressed_release_is_in_no_list(pipeline: Pipeline, tmp_path: Any) -> None:
    load(pipeline, tmp_path, APRIL, APRILS)
    with pipeline.context.connection() as connection:
        suppress(connection, "releases", [3, 7], by="cli:anna")
    with pipeline.context.statements() as connection:
        for newest in (False, True):
            assert {link.release for link in links_of(connection, 77, "credited", 9, newest_first=newest)} == {
                1, 2, 4, 5, 6,
            }  # fmt: skip
    with pipeline.context.connection() as connection:
        unsuppress(connection, "releases", [3, 7], by="cli:anna")


def test_the_discography_of_a_hub_lists_each_release_and_costs_what_it_shows(
    pipeline: Pipeline, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(pipeline, tmp_path, APRIL, APRILS)
    monkeypatch.setattr("functions.discover.artist.discography._LOOKED_THROUGH", 3)
    with pipeline.context.statements() as connection:

        def pages(wanted: Wanted, limit: int = 2, *, descending: bool = False) -> list[list[int]]:
            found, cursor = list[list[int]](), None
            while True:
                page = discography(
                    connection, 77, "credited", wanted, cursor=cursor, descending=descending, limit=limit
                )
                assert page.is_hub
                found.append([entry.id for entry in page.entries])
                cursor = page.next
                if cursor is None:
                    return found

        assert pages(Wanted()) == [[1, 2], [3, 4], [5, 6], [7]]
        assert pages(Wanted(), 3, descending=True) == [[6, 5, 4], [3, 2, 1], [7]]
        assert pages(Wanted((1962, 1965)), 9) == [[2, 3, 4, 5]]
        for wanted, expected in ((Wanted(role="Producer"), 7), (Wanted(role="production"), 7), (Wanted(label=3), 2)):
            assert [number for page in pages(wanted) for number in page] == [expected]
        assert discography(connection, 77, "credited", Wanted((1962, 1965))).total == 4
        assert categories_of_artist(connection, 77) == {"bass": 7, "production": 1}
        figures = summary(connection, 77)
        assert (figures.credited, figures.active, figures.unknown) == (7, "1961–1966", 1)


def test_a_role_that_is_written_like_the_key_of_a_category_is_no_category(pipeline: Pipeline, tmp_path: Any) -> None:
    load(pipeline, tmp_path, APRIL, [dated(1, "1970", "Bass, #2, #31"), dated(2, "1971", "#2")])
    assert pipeline.query("SELECT * FROM release_link_roles ORDER BY 1, 2") == [
        ("#2", 77, 1),
        ("#23", 77, 2),
        ("Bass", 77, 1),
    ]
    assert wrong_counts(pipeline) == []
    load(pipeline, tmp_path, MAY, [dated(1, "1970", "Bass, #2, #31"), dated(2, "1971", "Bass, #2")])
    assert pipeline.query("SELECT * FROM release_link_roles ORDER BY 1, 2") == [
        ("#2", 77, 2),
        ("#23", 77, 2),
        ("Bass", 77, 2),
    ]
