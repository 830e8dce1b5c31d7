"""Search by meaning on a real PostgreSQL: with an index or none, with filters, by masters, beside words, and off."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from litestar.testing import TestClient

from functions.discover.meaning import nearest as asking
from functions.discover.meaning.find import Mode, find
from functions.discover.search.filters import Filters, named_filters
from functions.discover.search.search import SearchPage
from functions.discover.search.state import MAKING
from functions.embed import vector_index
from functions.runtime.stores.short_memory import ShortMemory
from gateway.app import create_app
from tests.integration.pipeline import APRIL, Pipeline, write_dump

TABLES_ONLY = True

_INDEXED = ("artists", "labels", "masters")


def artist(number: int, name: str, profile: str) -> str:
    return f"<artist><id>{number}</id><name>{name}</name><profile>{profile}</profile></artist>"


def master(number: int, title: str, style: str, year: int) -> str:
    styles = f"<genres><genre>Electronic</genre></genres><styles><style>{style}</style></styles>"
    return (
        f"<master id='{number}'><main_release>{number}0</main_release>{styles}<year>{year}</year>"
        f"<title>{title}</title></master>"
    )


def release(number: int, title: str, country: str, of: int) -> str:
    return (
        f"<release id='{number}'><labels><label name='Vox' catno='VOX {number}' id='7'/></labels>"
        f"<title>{title}</title><country>{country}</country><master_id>{of}</master_id>"
        "<genres><genre>Electronic</genre></genres></release>"
    )


@pytest.fixture(scope="module")
def loaded(opened: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    opened.reset()
    records: Any = {
        "artists": [
            artist(1, "Ovo", "Trumpet player and composer of jazz from Oslo, Norway."),
            artist(2, "Kel", "Heavy metal band with two drummers from Birmingham."),
            artist(3, "Jazz", ""),
            artist(4, "Mir", "Singer of opera, born in Vienna."),
            artist(5, "Tal", "Ambient and drone made with field recordings of rain."),
        ],
        "labels": ["<label><id>7</id><name>Vox</name><profile>Label for reggae and dub of Jamaica.</profile></label>"],
        "masters": [master(8, "Slow", "Ambient", 1994), master(9, "Fast", "Speed Metal", 2004)],
        "releases": [
            release(80, "Slow", "Japan", 8), release(81, "Slow", "UK", 8), release(90, "Fast", "UK", 9),
        ],
    }  # fmt: skip
    folder = write_dump(tmp_path_factory.mktemp("dumps"), APRIL, records)
    assert opened.load(folder, APRIL, only_store="table").state == "done"
    return opened


@pytest.fixture(params=["all are compared", "by the index"])
def either(loaded: Pipeline, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """The same records, their vectors with an index or without."""
    if request.param == "all are compared":
        yield loaded
        return
    monkeypatch.setattr(asking, "EXACT_BELOW", 0)
    for entity in _INDEXED:
        loaded.query(getattr(vector_index._sql, f"index_meaning_{entity}").replace("{lists}", "1"))
    loaded.query("UPDATE vector_state SET indexed = 1, lists = 1, probes = 1")
    yield Pipeline(dataclasses.replace(loaded.context, memory=ShortMemory()))
    loaded.query("UPDATE vector_state SET indexed = 0, lists = 0, probes = 0")
    for entity in _INDEXED:
        loaded.query(f"DROP INDEX vectors_{entity}_meaning")


def asked(pipeline: Pipeline, text: str, mode: Mode = "meaning", **chosen: Any) -> SearchPage:
    return find(pipeline.context, text, named_filters(chosen) if chosen else Filters(), mode)


def found(pipeline: Pipeline, text: str, mode: Mode = "meaning", **chosen: Any) -> list[tuple[str, int]]:
    return [(hit.type, hit.id) for hit in asked(pipeline, text, mode, **chosen).hits]


def test_what_is_meant_is_found_without_a_word_of_it(either: Pipeline) -> None:
    assert found(either, "Scandinavian saxophonist")[0] == ("artist", 1)
    assert found(either, "Caribbean rhythms")[0] == ("label", 7)
    assert found(either, "Scandinavian saxophonist", "words") == []


def test_filters_hold_by_meaning_too(either: Pipeline) -> None:
    assert found(either, "quiet soundscapes", type="master") == [("master", 8), ("master", 9)]
    assert found(either, "quiet soundscapes", style="Speed Metal") == [("master", 9)]
    assert found(either, "quiet soundscapes decade:2000") == [("master", 9)]
    assert {kind for kind, _ in found(either, "quiet soundscapes -type:artist")} == {"label", "master"}


def test_a_release_is_found_by_its_master(either: Pipeline) -> None:
    assert found(either, "quiet soundscapes", type="release")[0] == ("release", 80)
    uk = found(either, "quiet soundscapes", country="UK")
    assert ("release", 90) in uk
    assert ("release", 80) not in uk


def test_each_hit_says_what_it_matched(loaded: Pipeline) -> None:
    page = asked(loaded, "jazz", "hybrid")
    matched = {hit.id: (hit.match, hit.similarity is not None) for hit in page.hits if hit.type == "artist"}
    assert page.hits[0].id == 3  # its name was typed in full, and it has no vector
    assert matched[3] == ("exact", False)
    assert matched[1] == ("meaning", True)
    both = asked(loaded, "Ovo", "hybrid").hits[0]
    assert (both.id, both.match, both.similarity is not None) == (1, "exact", True)


def test_an_answer_tells_what_share_can_be_found_so(loaded: Pipeline) -> None:
    told = asked(loaded, "jazz").vectors
    assert told is not None
    assert (told.share, told.updating, told.off) == (7 / 8, False, None)
    assert asked(loaded, "jazz", "words").vectors is None


@pytest.mark.parametrize("mode", ["meaning", "hybrid"])
def test_a_number_on_a_record_finds_it_in_each_mode(loaded: Pipeline, mode: Mode) -> None:
    assert [one.id for one in asked(loaded, "VOX 90", mode).bearers] == [90]
    assert find(loaded.context, "VOX 90", mode=mode, first=1).bearers == []


def test_where_nothing_is_found_in_both_ways_the_nearest_names_are_told(loaded: Pipeline) -> None:
    page = asked(loaded, "Ovo Ovo", "hybrid", genre="Nothing")
    assert (page.hits, [one.id for one in page.nearest]) == ([], [1])


@pytest.mark.parametrize("mode", ["meaning", "hybrid"])
def test_what_is_found_while_entries_are_being_made_is_told_and_not_kept(loaded: Pipeline, mode: Mode) -> None:
    assert (asked(loaded, "jazz", mode).notice, asked(loaded, "jazz", mode).is_whole) == (None, True)
    loaded.query("UPDATE derivations SET version = NULL WHERE name = 'search'")
    loaded.context.memory._kept.clear()
    try:
        page = asked(loaded, "jazz", mode)
        assert (page.notice, page.is_whole) == (MAKING, False)
    finally:
        loaded.query("UPDATE derivations SET version = 2 WHERE name = 'search'")
        loaded.context.memory._kept.clear()


@pytest.mark.parametrize("mode", ["meaning", "hybrid"])
def test_with_vectors_of_another_engine_words_are_asked_and_the_answer_says_why(loaded: Pipeline, mode: Mode) -> None:
    settings = msgspec.structs.replace(loaded.context.settings, embed_engine="transformer")
    other = Pipeline(dataclasses.replace(loaded.context, settings=settings, memory=ShortMemory()))
    page = asked(other, "jazz", mode)
    assert [hit.id for hit in page.hits] == [3]
    assert page.vectors is not None
    assert "The vectors are those of static" in str(page.vectors.off)


def test_a_record_that_is_hidden_or_gone_is_no_hit(loaded: Pipeline) -> None:
    before = found(loaded, "opera of Vienna")
    assert before[0] == ("artist", 4)
    loaded.query("INSERT INTO suppressed (entity, id, suppressed_by) VALUES ('artists', 4, 'test')")
    try:
        assert found(loaded, "opera of Vienna") == before[1:]
    finally:
        loaded.query("DELETE FROM suppressed")


def test_words_that_are_not_to_be_there_and_pages_hold(loaded: Pipeline) -> None:
    assert ("artist", 1) not in found(loaded, "trumpet player -ovo")
    whole = found(loaded, "music")
    pages = [find(loaded.context, "music", Filters(), "meaning", 3, first) for first in (0, 3)]
    assert [(hit.type, hit.id) for page in pages for hit in page.hits] == whole[:6]
    assert (pages[0].next, pages[0].total) == ("3", len(whole))


@pytest.mark.parametrize("text", ["", "   ", "!!!", "\0", '"', "-jazz", "type:artist", "x" * 9_000, "坂本龍一"])
def test_whatever_is_typed_has_an_answer(loaded: Pipeline, text: str) -> None:
    for mode in get_args(Mode):
        assert asked(loaded, text, mode).partial is False


def test_what_is_not_found_in_time_is_left_out_and_the_answer_says_so(
    loaded: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = asked(loaded, "music of Jamaica")
    assert {hit.type for hit in whole.hits} == {"artist", "label", "master"}
    asked_for = {"q": "music of Jamaica", "mode": "meaning"}
    monkeypatch.setattr(asking, "BUDGET_S", 2.0)
    with TestClient(create_app(loaded.context.settings)) as client:
        with loaded.context.connection() as holder:
            holder.execute("LOCK TABLE vectors_labels IN ACCESS EXCLUSIVE MODE")  # labels take as long as it is held
            cut = client.get("/api/search", params=asked_for).json()
            page = client.get("/search", params=asked_for).text
        assert cut["partial"] is True
        found = {hit["type"] for hit in cut["hits"]}
        assert "artist" in found
        assert "label" not in found
        assert "Not everything was seen" in page
        monkeypatch.setattr(asking, "BUDGET_S", 60.0)
        again = client.get("/api/search", params=asked_for).json()
    assert again["partial"] is False  # what was cut is not kept
    assert [(hit["type"], hit["id"]) for hit in again["hits"]] == [(hit.type, hit.id) for hit in whole.hits]


def test_the_api_and_the_page_ask_in_each_mode(loaded: Pipeline) -> None:
    with TestClient(create_app(loaded.context.settings)) as client:
        answer = client.get("/api/search", params={"q": "Scandinavian saxophonist", "mode": "hybrid"}).json()
        assert (answer["hits"][0]["id"], answer["hits"][0]["match"]) == (1, "meaning")
        assert answer["vectors"]["share"] == 7 / 8
        assert client.get("/api/search", params={"q": "x", "mode": "telepathy"}).status_code == 422
        page = client.get("/search", params={"q": "Scandinavian saxophonist", "mode": "meaning"}).text
        assert "by meaning" in page
        assert "88 % of the records say enough" in page
        assert re.search(
            r'<a href="/search\?q=Scandinavian\+saxophonist&amp;mode=meaning"[^>]*aria-current="true"', page
        )
        assert page.count('aria-current="true"') == 1
        assert '<input type="hidden" name="mode" value="meaning">' in page
        words = client.get("/search", params={"q": "Ovo"}).text
        assert 'type="hidden"' not in words
        assert re.search(r'<a href="/search\?q=Ovo&amp;mode=words"[^>]*aria-current="true">Words</a>', words)
        assert '<option value="hybrid">Both</option>' in client.get("/search").text
        assert "mode=hybrid" in words
        assert "say enough" not in words
