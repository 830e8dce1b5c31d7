"""Genres, styles and months on real stores: what is counted, what the pages and routes say of it, and the feed."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from msgspec.structs import replace

from functions.derivations.plan import forget_derivations, plan_derivations
from functions.derivations.status import derivation_status
from functions.discover.profiles.names import find_name, names_of, nearest_names
from functions.discover.profiles.read import Profile, read_profile
from functions.discover.start.read import places_to_start
from functions.runtime.entities import Entity
from functions.runtime.settings import Settings
from gateway.app import create_app
from tests.integration.pipeline import APRIL, MAY, Pipeline, artist, label, master, open_pipeline, write_dump

ATOM = "{http://www.w3.org/2005/Atom}"
PUBLIC = "https://notes.example"


def release(number: int, year: int, genres: str, styles: str, country: str = "Japan", title: str = "") -> str:
    names = "".join(
        f"<{group}>{''.join(f'<{one}>{name}</{one}>' for name in text.split('|'))}</{group}>" if text else ""
        for group, one, text in (("genres", "genre", genres), ("styles", "style", styles))
    )
    return (
        f"<release id='{number}'><artists><artist><id>{number % 2 + 1}</id><name>A</name></artist></artists>"
        f"<title>{title or f'Release {number}'}</title>"
        f"<labels><label name='L' catno='R' id='{number % 3 + 1}'/></labels>"
        f"{names}<country>{country}</country><released>{year}</released>"
        f"<master_id>{number % 2 + 1}</master_id></release>"
    )


#: Ten of rock from 1970 to 1979, six of both genres in 1990, four electronic ones of 1991.
RELEASES = {
    **{number: release(number, 1969 + number, "Rock", "Prog Rock") for number in range(1, 11)},
    **{number: release(number, 1990, "Rock|Funk / Soul", "Prog Rock|Neo Soul", "UK") for number in range(11, 17)},
    **{number: release(number, 1991, "Electronic", "Deep House") for number in range(17, 21)},
}


def dump(folder: Path, month: Any, releases: dict[int, str]) -> Path:
    records: dict[Entity, list[str | bytes]] = {
        "artists": [artist(1), artist(2)],
        "labels": [label(number) for number in (1, 2, 3)],
        "masters": [master(1), master(2)],
        "releases": [*releases.values()],
    }
    return write_dump(folder, month, records)


@pytest.fixture(scope="module")
def loaded(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """April, and May in which release 1 has another title, 17 is gone, and 99 is new."""
    folder = tmp_path_factory.mktemp("dumps")
    with open_pipeline(settings) as opened:
        opened.empty_tables()
        dump(folder, APRIL, RELEASES)
        later = {number: text for number, text in RELEASES.items() if number != 17}
        renamed = release(1, 1970, "Rock", "Prog Rock", title="Renamed &lt;b&gt;")
        later |= {1: renamed, 99: release(99, 1992, "Rock", "")}
        dump(folder, MAY, later)
        assert opened.load(folder, APRIL, only_store="table").state == "done"
        assert rows(opened, "genre", "Electronic", "year") == {"1991": 4}
        assert opened.load(folder, MAY, only_store="table", accept_deletions=True).state == "done"
        yield opened


@pytest.fixture(scope="module")
def client(loaded: Pipeline) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(replace(loaded.context.settings, public_url=PUBLIC, open_reading=True))) as client:
        yield client


def rows(pipeline: Pipeline, topic: str, name: str, dimension: str) -> dict[str, int]:
    found = pipeline.query(
        "SELECT value, releases FROM profiles WHERE topic = %s AND name = %s AND dimension = %s", topic, name, dimension
    )
    return dict(found)


def profile(pipeline: Pipeline, kind: Any, asked: str) -> Profile:
    name = find_name(names_of(pipeline.context, kind), asked)
    assert name
    return read_profile(pipeline.context, kind, name)


def test_a_month_brings_the_counts_up(loaded: Pipeline) -> None:
    assert rows(loaded, "genre", "Electronic", "year") == {"1991": 3}
    assert rows(loaded, "genre", "Rock", "year") == {
        **{str(year): 1 for year in range(1970, 1980)},
        "1990": 6,
        "1992": 1,
    }
    assert rows(loaded, "genre", "Rock", "country") == {"Japan": 11, "UK": 6}
    assert rows(loaded, "style", "Prog Rock", "artist") == {"1": 8, "2": 8}
    assert rows(loaded, "style", "Prog Rock", "style") == {"Neo Soul": 6}
    assert rows(loaded, "genre", "Rock", "genre") == {"Funk / Soul": 6}


def test_a_style_is_of_a_genre_where_a_release_has_that_genre_alone(loaded: Pipeline) -> None:
    assert rows(loaded, "genre", "Rock", "style") == {"Prog Rock": 10}
    assert rows(loaded, "genre", "Funk / Soul", "style") == {}
    assert rows(loaded, "style", "Prog Rock", "genre") == {"Rock": 10}


def test_a_large_label_has_a_profile_of_its_own(loaded: Pipeline) -> None:
    assert rows(loaded, "label", "1", "genre") == {"Rock": 6, "Funk / Soul": 2, "Electronic": 1}
    assert rows(loaded, "label", "1", "year") == {"1972": 1, "1975": 1, "1978": 1, "1990": 2, "1991": 1, "1992": 1}
    assert rows(loaded, "label", "1", "label") == {}


def test_nothing_is_read_for_what_is_made_of_facts(loaded: Pipeline) -> None:
    before = loaded.query("SELECT count(*) FROM profiles")
    with loaded.context.connection() as connection:
        forget_derivations(connection, ["profiles"])
    messages = plan_derivations(loaded.context)
    assert loaded.query("SELECT count(*) FROM document_batches") == [(0,)]
    assert [type(message).__name__ for message in messages] == ["Assemble"]
    loaded.go_on(messages)
    assert loaded.query("SELECT count(*) FROM profiles") == before
    assert all(one.caught_up_at for one in derivation_status(loaded.context))


def test_a_profile_says_when_where_by_whom_and_what_goes_with_it(loaded: Pipeline) -> None:
    rock = profile(loaded, "genre", "rock")
    assert (rock.releases, rock.middle_year, rock.years[0].year) == (17, 1978, 1970)
    assert [(one.name, one.releases) for one in rock.artists] == [("Artist 2", 9), ("Artist 1", 8)]
    assert [one.title for one in rock.starts] == ["Master 2", "Master 1"]
    assert [(one.name, one.middle_year) for one in rock.after] == [("Funk / Soul", 1990)]
    soul = profile(loaded, "genre", "funk-soul")
    assert [one.name for one in soul.before] == ["Rock"]
    assert rock.is_counted
    assert rock.counted_at


def test_names_are_found_by_their_letters_or_as_they_are(loaded: Pipeline) -> None:
    genres = names_of(loaded.context, "genre")
    assert {one.slug for one in genres} == {"rock", "funk-soul", "electronic"}
    for asked in ("funk-soul", "Funk / Soul", "FUNK  SOUL"):
        assert (find_name(genres, asked) or genres[0]).name == "Funk / Soul"
    assert find_name(genres, "polka") is None
    assert [one.name for one in nearest_names(genres, "elektronic")] == ["Electronic"]


def test_the_name_itself_leads_to_its_page(client: TestClient[Any]) -> None:
    answer = client.get("/genre/Funk%20%2F%20Soul", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (301, "/genre/funk-soul")
    page = client.get("/genre/funk-soul")
    assert page.status_code == 200
    text = unescape(page.text)
    for said in ("Funk / Soul", ">6<", "Main artists", "/artist/1/artist-1", "Before it"):
        assert said in text


def test_an_unknown_name_is_told_with_those_like_it(client: TestClient[Any]) -> None:
    page = client.get("/style/depp-house", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert 'href="/style/deep-house"' in page.text
    problem = client.get("/api/styles/depp-house")
    assert (problem.status_code, "deep-house" in problem.json()["detail"]) == (404, True)


def test_the_routes_have_what_the_pages_show(client: TestClient[Any]) -> None:
    rock = client.get("/api/genres/rock").json()
    assert rock["years"][0] == {"year": 1970, "releases": 1}
    assert client.get("/api/genres").json()["names"][0]["slug"] == "rock"
    sheet = list(csv.reader(io.StringIO(client.get("/api/genres/rock?format=csv&part=countries").text)))
    assert sheet == [["list", "id", "name", "releases"], ["countries", "", "Japan", "11"], ["countries", "", "UK", "6"]]
    lines = client.get("/api/styles", headers={"Accept": "application/x-ndjson"}).text.splitlines()
    assert lines[0] == '{"name":"Prog Rock","slug":"prog-rock","releases":16,"masters":0}'
    assert "Prog Rock" in client.get("/genres").text
    sheet = list(csv.reader(io.StringIO(client.get("/api/styles?format=csv").text)))
    assert sheet[:2] == [["name", "slug", "releases", "masters"], ["Prog Rock", "prog-rock", "16", "0"]]
    sheet = list(csv.reader(io.StringIO(client.get("/api/counts/country?format=csv&limit=1").text)))
    assert sheet == [["key", "name", "releases", "masters"], ["Japan", "", "14", "0"]]
    lines = client.get("/api/counts/country", headers={"Accept": "application/x-ndjson"}).text.splitlines()
    assert lines[1] == '{"key":"UK","name":null,"releases":6,"masters":0}'


def test_suppressed_artists_are_in_no_list(loaded: Pipeline) -> None:
    loaded.query("INSERT INTO suppressed (entity, id, suppressed_by) VALUES ('artists', 2, 'a test')")
    try:
        assert [one.id for one in profile(loaded, "genre", "rock").artists] == [1]
        assert 2 not in {one.id for one in places_to_start(loaded.context, 1991) if one.kind == "artist"}
    finally:
        loaded.query("DELETE FROM suppressed")


def test_places_to_start_are_of_the_data(loaded: Pipeline) -> None:
    places = places_to_start(loaded.context, 1991)
    assert ("artist", "Artist 2", "the most releases in Rock: 9") in [
        (one.kind, one.name, one.reason) for one in places
    ]
    assert any(one.kind == "label" and "a long life" in one.reason for one in places)
    assert len(places) == len({(one.kind, one.id, one.name) for one in places}) <= 10


def test_the_home_page_leads_on(client: TestClient[Any]) -> None:
    text = client.get("/").text
    for link in (
        "/genre/rock",
        "/style/prog-rock",
        "/changes/20260501?entity=releases&amp;kind=added",
        "/genres#styles",
    ):
        assert f'href="{link}"' in text
    assert "Places to start" in text


# ── months


def counts(client: TestClient[Any]) -> dict[str, dict[str, tuple[int, int, int]]]:
    found = client.get("/api/changes/months").json()["months"]
    return {
        month["dump"]: {one["entity"]: (one["added"], one["changed"], one["removed"]) for one in month["counts"]}
        for month in found
    }


def test_months_are_counted(client: TestClient[Any]) -> None:
    found = counts(client)
    assert list(found) == ["20260501", "20260401"]
    assert found["20260501"] == {"releases": (1, 1, 1)}
    assert found["20260401"] == {
        "artists": (2, 0, 0),
        "labels": (3, 0, 0),
        "masters": (2, 0, 0),
        "releases": (20, 0, 0),
    }
    text = client.get("/changes").text
    assert text.index("2026-05") < text.index("2026-04")
    assert "The history begins with it" in text


def test_a_month_shows_its_records_field_by_field(client: TestClient[Any]) -> None:
    found = client.get("/api/changes/20260501").json()["changes"]
    assert [(one["id"], one["kind"], one["name"]) for one in found] == [
        (1, "changed", "Renamed <b>"),
        (17, "removed", "Release 17"),
        (99, "added", "Release 99"),
    ]
    assert found[0]["fields"] == [{"field": "title", "before": "Release 1", "after": "Renamed <b>"}]
    page = client.get("/changes/20260501").text
    assert '<del class="before"><bdi dir="auto">Release 1</bdi></del>' in page
    assert "Renamed &lt;b&gt;" in page
    assert 'href="/release/99/release-99"' in page


@pytest.mark.parametrize(("filters", "ids"), [("kind=removed", [17]), ("kind=added", [99]), ("entity=labels", [])])
def test_a_month_is_narrowed_down(client: TestClient[Any], filters: str, ids: list[int]) -> None:
    assert [one["id"] for one in client.get(f"/api/changes/20260501?{filters}").json()["changes"]] == ids
    sheet = list(csv.DictReader(io.StringIO(client.get(f"/changes/20260501?{filters}&format=csv").text)))
    assert [int(row["id"]) for row in sheet] == ids


def test_a_month_is_read_page_by_page(client: TestClient[Any]) -> None:
    seen, cursor = [], None
    while True:
        answer = client.get(
            "/api/changes/20260401", params={"limit": 9} | ({"cursor": cursor} if cursor else {})
        ).json()
        seen += [(one["entity"], one["id"]) for one in answer["changes"]]
        cursor = answer["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 27


@pytest.mark.parametrize("month", ["20260601", "2026", "yesterday", "20269999"])
def test_a_month_that_is_not_known_is_told(client: TestClient[Any], month: str) -> None:
    assert client.get(f"/changes/{month}", headers={"Accept": "text/html"}).status_code == 404
    assert client.get(f"/api/changes/{month}").status_code in (404, 422)
    assert client.get("/changes/20260501?kind=odd").status_code == 422
    assert [client.get(f"{path}/99991231").status_code for path in ("/changes", "/api/changes")] == [404, 404]
    sheet = client.get("/changes/２０２６0501?format=csv")
    assert (sheet.status_code, sheet.headers["content-disposition"][-22:]) == (200, '"changes-20260501.csv"')


def test_the_feed_has_an_entry_for_each_month_under_the_public_address(client: TestClient[Any]) -> None:
    answer = client.get("/changes.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ET.fromstring(answer.content)  # noqa: S314  it is our own
    assert feed.tag == f"{ATOM}feed"
    entries = feed.findall(f"{ATOM}entry")
    links = [entry.find(f"{ATOM}link").attrib["href"] for entry in entries]  # type: ignore[union-attr]
    assert links == [f"{PUBLIC}/changes/20260501", f"{PUBLIC}/changes/20260401"]
    for one in (feed, *entries):
        assert (one.findtext(f"{ATOM}id") or "").startswith("urn:uuid:")
        assert (one.findtext(f"{ATOM}updated") or "").endswith("Z")
        assert one.findtext(f"{ATOM}title")
    ids = [one.findtext(f"{ATOM}id") for one in (feed, *entries)]
    assert len(set(ids)) == 3
    again = ET.fromstring(client.get("/changes.atom").content)  # noqa: S314
    assert [one.findtext(f"{ATOM}id") for one in (again, *again.findall(f"{ATOM}entry"))] == ids
    assert feed.findtext(f"{ATOM}rights") == "Discogs dumps are CC0. Not affiliated with Discogs."


def test_the_feed_of_another_installation_is_another_feed(client: TestClient[Any], loaded: Pipeline) -> None:
    def ids() -> set[str | None]:
        return {one.text for one in ET.fromstring(client.get("/changes.atom").content).iter(f"{ATOM}id")}  # noqa: S314

    [(own,)] = loaded.query("SELECT id FROM installation")
    here = ids()
    loaded.query("UPDATE installation SET id = gen_random_uuid()")
    try:
        assert not here & ids()
    finally:
        loaded.query("UPDATE installation SET id = %s", own)
    assert ids() == here
