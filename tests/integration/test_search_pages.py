"""Pages of a search on real tables: however deep somebody goes, every hit comes once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from functions.discover.meaning.find import find
from functions.discover.search.candidates import ENOUGH
from functions.discover.search.search import SearchPage, first_of, search
from tests.integration.pipeline import APRIL, Pipeline, write_dump

#: Releases that name many people, by an artist of the name that is searched for; others that have it as their title.
KNOWN, TITLED = range(1, 46), range(101, 186)
#: Releases of one name.
NAMESAKES = range(201, 291)


def _release(number: int, title: str, artist: str, people: int = 0) -> str:
    named = "".join(
        f"<artist><id>{one}</id><name>P</name><role>Viola</role></artist>" for one in range(50, 50 + people)
    )
    return (
        f"<release id='{number}'><title>{title}</title>"
        f"<artists><artist><id>9</id><name>{artist}</name></artist></artists>"
        f"<extraartists>{named}</extraartists></release>"
    )


@pytest.fixture(scope="module")
def loaded(opened: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    opened.empty_tables()
    records: Any = {
        "artists": [
            "<artist><id>1</id><name>Ovo</name><profile>Trumpet player and composer from Oslo.</profile></artist>"
        ],
        "labels": ["<label><id>1</id><name>Vox</name></label>"],
        "masters": ["<master id='1'><title>Slow</title></master>"],
        "releases": [
            *(_release(number, f"Platte {number}", "Nebel", 60) for number in KNOWN),
            *(_release(number, f"Nebel {number}", "Nebel") for number in TITLED),
            *(_release(number, "Winter Reise", "Quelle", number % 3 * 30) for number in NAMESAKES),
        ],
    }
    folder = write_dump(tmp_path_factory.mktemp("dumps"), APRIL, records)
    assert opened.load(folder, APRIL, only_store="table").state == "done"
    return opened


def paged(ask: Callable[[int], SearchPage]) -> list[tuple[str, int]]:
    """The hits of all pages, one behind the other."""
    hits, first = list[tuple[str, int]](), 0
    while True:
        page = ask(first)
        hits += [(hit.type, hit.id) for hit in page.hits]
        if page.next is None:
            return hits
        first = first_of(page.next)


@pytest.mark.parametrize("limit", [20, 30, 100, 400])
def test_well_known_hits_and_better_ones_that_few_know_come_once_each(loaded: Pipeline, limit: int) -> None:
    hits = paged(lambda first: search(loaded.context, "nebel", limit=limit, first=first))
    assert sorted(hits) == [("release", number) for number in (*KNOWN, *TITLED)]
    assert hits == paged(lambda first: search(loaded.context, "nebel", limit=20, first=first))
    assert {number for _, number in hits[:ENOUGH]} <= set(KNOWN)


@pytest.mark.parametrize("text", ["winter reise", "reise winter", "WINTER reise -nebel"])
def test_many_records_of_one_name_come_once_each(loaded: Pipeline, text: str) -> None:
    hits = paged(lambda first: search(loaded.context, text, first=first))
    assert sorted(hits) == [("release", number) for number in NAMESAKES]


@pytest.mark.parametrize("text", ["nebel", "winter reise"])
def test_pages_of_both_orders_together_have_every_hit_once(loaded: Pipeline, text: str) -> None:
    page = find(loaded.context, text)
    assert page.vectors is not None
    assert page.vectors.off is None
    hits = paged(lambda first: find(loaded.context, text, first=first))
    found = [number for kind, number in hits if kind == "release"]
    assert sorted(found) == sorted(NAMESAKES if "winter" in text else (*KNOWN, *TITLED))
    assert len(set(hits)) == len(hits)
