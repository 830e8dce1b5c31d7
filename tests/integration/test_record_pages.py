"""Pages of records on real stores: as HTML, as JSON, and by `linernotes show`."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import msgspec
import pytest
import typer
from litestar.testing import TestClient
from typer.testing import CliRunner

from functions.discover.records.master import master_page
from functions.discover.records.release import release_page
from functions.runtime.errors import RefusedError, SettingError
from functions.runtime.settings import Settings
from gateway.app import create_app
from infra.cli import show
from tests.integration.pipeline import APRIL, MAY, Pipeline, artist, label, open_pipeline, write_dump
from tests.stack import environment_of

HTML = {"Accept": "text/html"}
HOSTILE = "&lt;script&gt;alert(1)&lt;/script&gt; &quot;&gt;&lt;img src=x onerror=alert(1)&gt;"


def release(number: int, title: str, more: str = "", *, label: str = "Warp", catno: str = "WARP 1") -> str:
    return (
        f"<release id='{number}'><artists><artist><id>1</id><name>Artist 1</name>"
        f"<anv>A. One</anv><join>Feat.</join></artist><artist><id>2</id><name>Björk (2)</name></artist></artists>"
        f"<title>{title}</title>"
        f"<labels><label name='{label}' catno='{catno}' id='1'/></labels>{more}</release>"
    )


def version(number: int, year: int, country: str, form: str, label: str) -> str:
    more = (
        f"<formats><format name='{form}' qty='2' text=''>"
        f"<descriptions><description>LP</description></descriptions></format></formats>"
        f"<country>{country}</country><released>{year or ''}</released><master_id>7</master_id>"
    )
    return release(number, f"Version {number}", more, label=label, catno=f"CAT {number}")


FULL = """
<extraartists><artist><id>3</id><name>Artist 3</name><anv>Three</anv><role>Bass [Fretless, Double], Producer</role>
<tracks>A1 to A3</tracks></artist><artist><id>0</id><name>Nobody</name><role>Design</role></artist></extraartists>
<formats><format name='Vinyl' qty='2' text='red'>
<descriptions><description>LP</description></descriptions></format></formats>
<genres><genre>Electronic</genre></genres><styles><style>Ambient</style></styles><country>UK</country>
<released>1994-03-00</released><master_id is_main_release='true'>7</master_id>
<notes>Also by [a=Artist 3] and [l1]. [b]Bold[/b] [foo]
[url=https://example.org/]here[/url] [url=javascript:alert(1)]no[/url]</notes>
<tracklist><track><title>Side A</title></track><track><position>A1</position><title>夜の図書館</title>
<duration>3:00</duration>
<artists><artist><id>3</id><name>Artist 3</name></artist></artists>
<extraartists><artist><id>2</id><name>Björk (2)</name>
<role>Vocals</role></artist></extraartists></track>
<track><title>Suite</title><sub_tracks><track><position>A2.a</position>
<title>First</title></track></sub_tracks></track></tracklist>
<identifiers><identifier type='Barcode' value='4 006381 333931' description='on the back'/></identifiers>
<videos><video src='https://video.example/1' duration='185' embed='true'><title>A film</title>
<description>x</description></video>
<video src='javascript:alert(2)' duration='1' embed='true'><title>No film</title>
<description>x</description></video></videos>
<series><series name='A series' catno='3' id='2'/></series>
<companies><company><id>1</id><name>Warp</name><catno>P 9</catno><entity_type>17</entity_type>
<entity_type_name>Pressed By</entity_type_name></company></companies>
"""
MASTER = (
    "<master id='7'><main_release>10</main_release><artists><artist><id>1</id><name>Artist 1</name></artist></artists>"
    "<genres><genre>Electronic</genre></genres><styles><style>Ambient</style></styles><year>1994</year>"
    "<title>A master</title><notes>See [r11].</notes></master>"
)
VERSIONS = [
    version(11, 1995, "Japan", "CD", "Beta"),
    version(12, 0, "UK", "Vinyl", "Alpha"),
    version(13, 1990, "Éire", "CD", "alpha"),
]


def texts(month: int) -> dict[Any, list[str]]:
    artists = [
        artist(1, "<realname>Ann One</realname><namevariations><name>A. One</name></namevariations>"
               "<aliases><name id='3'>Artist 3</name></aliases>"
            "<profile>She is [a=Artist 3].\n\n[quote]So[/quote]</profile>"
               "<urls><url>https://www.example.org/</url><url>javascript:alert(1)</url></urls>"),
        "<artist><id>2</id><name>Björk (2)</name></artist>",
        artist(3),
        f"<artist><id>5</id><name>{HOSTILE}</name><profile>{HOSTILE}</profile></artist>",
        "<artist><id>6</id></artist>",
    ]  # fmt: skip
    if month == 1:
        artists.append(artist(4))
    return {
        "artists": artists,
        "labels": [
            "<label><id>1</id><name>Warp</name><parentLabel id='2'>Label 2</parentLabel></label>",
            label(2, "<sublabels><label id='1'>Warp</label></sublabels><contactinfo>Street 1</contactinfo>"),
        ],
        "masters": [MASTER],
        "releases": [
            release(10, "A title" if month == 1 else "Another title", FULL),
            *VERSIONS,
            "<release id='20'></release>",
        ],
    }


@pytest.fixture(scope="module")
def loaded(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """April, and May, in which a title has changed and artist 4 is gone."""
    folder = tmp_path_factory.mktemp("dumps")
    with open_pipeline(settings) as opened:
        for month, date in enumerate((APRIL, MAY), 1):
            write_dump(folder, date, texts(month))
            assert opened.load(folder, date, only_store="table", accept_deletions=True).state == "done"
        yield opened


@pytest.fixture(scope="module")
def client(loaded: Pipeline) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(loaded.context.settings)) as client:
        yield client


def page(client: TestClient[Any], path: str, status: int = 200) -> str:
    """The text of a page, its tags left out and white space made one blank."""
    answer = client.get(path, headers=HTML)
    assert answer.status_code == status, answer.text[:2_000]
    assert "alert(1)</script>" not in answer.text
    assert "javascript:" not in " ".join(re.findall('(?:href|src)="[^"]*"', answer.text))
    return " ".join(unescape(re.sub("<[^>]*>", " ", answer.text.partition("<main")[2])).split())


def test_a_release_page_says_what_its_document_has(client: TestClient[Any]) -> None:
    said = page(client, "/release/10")
    for text in (
        "Another title",
        "A. One Feat. Björk",
        "2 × Vinyl, LP (red) · UK · March 1994",
        "Electronic · Ambient",
        "Side A",
        "夜の図書館 Artist 3 Vocals Björk",
        "A2.a First",
        "Bass [Fretless, Double] Three (A1 to A3)",
        "Production Producer Three (A1 to A3) Design Design Nobody",
        "Pressed by Warp P 9",
        "A series 3",
        "Barcode on the back 4 006381 333931",
        "A film 3:05",
        "No film",
        "Also by Artist 3 and Warp . Bold [foo] here [url=javascript:alert(1)]no",
        "This is the main release of M A master",
        "Version 13",
        "It last changed in the dump of 1 May 2026 : Field Before After title A title Another title",
    ):
        assert text in said
    html = client.get("/release/10", headers=HTML).text
    for link in ("/artist/1/artist-1", "/artist/2/bjork", "/label/1/warp", "/master/7/a-master", "/genre/electronic"):
        assert f'href="{link}"' in html
    assert '<link rel="canonical" href="/release/10/another-title">' in html
    assert 'href="https://example.org/" rel="nofollow noopener noreferrer"' in html


def test_any_name_after_the_id_shows_the_same_record(client: TestClient[Any]) -> None:
    pages = [client.get(f"/release/10{name}", headers=HTML).text for name in ("", "/another-title", "/x%20y")]
    assert len({text.partition("<main")[2].partition("</main>")[0] for text in pages}) == 1
    assert page(client, "/artist/2/x").startswith(page(client, "/artist/2").partition("Björk")[0] + "Björk")


@pytest.mark.parametrize(("path", "whole"), [("/artist/1", "/artist/1/artist-1"), ("/master/7", "/master/7/a-master")])
def test_what_stands_after_the_id_does_not_come_into_the_way_of_filters(
    client: TestClient[Any], path: str, whole: str
) -> None:
    page = client.get(f"{path}/any%3Fx=1%23%25").text
    lists = re.findall(r'(?:href|action)="([^"]*(?:\?|#discography|#versions)[^"]*)"', page)
    ours = [one for one in lists if one.startswith(path)]
    assert len(ours) > 3
    assert {re.split("[?#]", one)[0] for one in ours} == {whole}


def test_what_cannot_be_answered_is_not_offered_again(client: TestClient[Any]) -> None:
    wrong = client.get("/master/7?years=nineteen&sort=year", headers=HTML)
    assert (wrong.status_code, "Try again" in wrong.text) == (422, False)
    assert 'href="/master/7">The same page without filters' in wrong.text
    nothing = client.get("/nothing/here?x=1", headers=HTML)
    assert (nothing.status_code, "Try again" in nothing.text) == (404, False)


def test_artist_and_label_have_pages(client: TestClient[Any]) -> None:
    said = page(client, "/artist/1")
    for text in ("Artist 1", "Ann One", "A. One", "She is Artist 3", "So", "example.org", "javascript:alert(1)"):
        assert text in said
    assert "Label 2" in page(client, "/label/1")
    assert "Warp" in page(client, "/label/2")
    assert "without a name" in page(client, "/artist/6")
    assert "<script>alert(1)</script>" in page(client, "/artist/5")  # as text


def test_a_release_without_anything_has_a_page(client: TestClient[Any]) -> None:
    assert "without a title" in page(client, "/release/20")


def versions(client: TestClient[Any], query: str) -> list[int]:
    return [one["id"] for one in client.get(f"/api/masters/7/versions{query}").json()["versions"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [13, 10, 11, 12]),
        ("?order=desc", [11, 10, 13, 12]),
        ("?sort=country", [13, 11, 10, 12]),
        ("?sort=country&order=desc", [10, 12, 11, 13]),
        ("?sort=label", [12, 13, 11, 10]),
        ("?sort=format", [13, 11, 10, 12]),
        ("?country=UK", [10, 12]),
        ("?format=CD&sort=year", [13, 11]),
        ("?label=ALPHA", [13, 12]),
        ("?label=cat%2011", [11]),
        ("?years=1994", [10]),
        ("?years=1991..", [10, 11]),
        ("?years=..1994&order=desc", [10, 13]),
        ("?years=1990..1995&format=CD", [13, 11]),
        ("?limit=2&cursor=1", [10, 11]),
        ("?cursor=9", []),
    ],
)
def test_versions_are_sorted_and_narrowed_down(client: TestClient[Any], query: str, found: list[int]) -> None:
    assert versions(client, query) == found


def test_a_master_page_lists_its_versions_and_marks_the_main_one(client: TestClient[Any]) -> None:
    said = page(client, "/master/7/a-master")
    for text in ("A master", "1994", "4 versions", "Another title main release", "See Version 11 .", "1–4 of 4"):
        assert text in said
    html = client.get("/master/7?sort=country&order=desc&format=CD", headers=HTML).text
    assert 'aria-sort="descending"' in html
    assert '<option value="CD" selected>' in html
    assert page(client, "/master/7?country=France").count("No version matches") == 1
    html = client.get("/master/7?years=1990..1994&sort=country", headers=HTML).text
    assert 'name="years" type="search" value="1990..1994"' in html
    assert re.findall(r'<th scope="row"><a href="/release/(\d+)', html) == ["13", "10"]
    assert "years=1990..1994&amp;sort=label" in html
    rows = list(csv.DictReader(io.StringIO(client.get("/master/7?years=1990..1994&download=csv").text)))
    assert [row["release"] for row in rows] == ["13", "10"]
    assert page(client, "/master/7?years=nineteen", 422)
    assert client.get("/api/masters/7/versions?years=nineteen").status_code == 422
    rows = list(csv.DictReader(io.StringIO(client.get("/master/7?sort=label&download=csv").text)))
    assert [(row["release"], row["main"]) for row in rows] == [("12", ""), ("13", ""), ("11", ""), ("10", "yes")]
    assert page(client, "/master/7?sort=id", 422)
    assert page(client, "/master/7?cursor=x", 422)
    assert client.get("/api/masters/7/versions?sort=id").status_code == 422
    assert client.get("/api/masters/8/versions").status_code == 404
    answer = client.get("/api/masters/7/versions?limit=3").json()
    assert (answer["next"], answer["total"], answer["every"]) == ("3", 4, 4)
    assert answer["countries"][0] == {"value": "UK", "count": 2}


def test_an_unknown_record_offers_a_search_and_a_removed_one_says_when_it_went(client: TestClient[Any]) -> None:
    for path, sentence in (
        ("/artist/99/some-body", "There is no artist 99."),
        ("/release/99999999999999999999", "There is nothing at /release/99999999999999999999"),
        ("/label/-1", "There is nothing at /label/-1"),
        ("/master/x", "There is nothing at /master/x"),
    ):
        assert sentence in page(client, path, 404)
    assert 'value="some body"' in client.get("/artist/99/some-body", headers=HTML).text
    assert client.get("/artist/99").json()["detail"] == "There is no artist 99."
    said = page(client, "/artist/4", 410)
    assert "Artist 4 This artist was removed: the dump of 1 May 2026 no longer has it." in said
    assert 'href="/changes/20260501"' in client.get("/artist/4", headers=HTML).text
    assert client.get("/changes/20260501").status_code == 200


def test_a_suppressed_record_is_as_one_that_never_was(client: TestClient[Any], loaded: Pipeline) -> None:
    never = page(client, "/release/98", 404).replace("98", "11")
    rows = [("releases", 11), ("artists", 3), ("artists", 4), ("masters", 7)]
    for entity, number in rows:
        loaded.query("INSERT INTO suppressed VALUES (%s, %s, NULL, 'test')", entity, number)
    try:
        assert page(client, "/release/11", 404) == never
        assert "There is no artist 4." in page(client, "/artist/4", 404)
        assert page(client, "/master/7", 404)
        assert client.get("/api/masters/7/versions").status_code == 404
        said = page(client, "/release/10")
        assert "A master" not in said
        assert "Version 11" not in said
        assert 'href="/artist/3/artist-3"' in client.get("/release/10", headers=HTML).text  # as its document credits it
    finally:
        loaded.query("DELETE FROM suppressed")
    assert versions(client, "?format=CD") == [13, 11]


def linernotes(pipeline: Pipeline, *words: str) -> Any:
    app = typer.Typer()
    show.register(app)
    return CliRunner().invoke(app, list(words), env=environment_of(pipeline.context.settings) | {"COLUMNS": "200"})


def test_the_command_shows_a_record_as_text_and_as_json(loaded: Pipeline) -> None:
    said = linernotes(loaded, "release", "10").output
    for text in (
        "A. One Feat. Björk – Another title\nrelease 10\nformat: 2 × Vinyl, LP (red)",
        "  A1    Artist 3 – 夜の図書館  3:00\n          Vocals: Björk",
        "  bass:\n    Bass [Fretless, Double]: Three (A1 to A3)",
        "  Pressed by: Warp P 9",
        "  the main release of A master (master 7)",
        "last changed in the dump 20260501\n  title: A title → Another title",
    ):
        assert text in said
    assert "aliases: Artist 3 (artist 3)" in linernotes(loaded, "artist", "1").output
    assert "parent: Label 2 (label 2)" in linernotes(loaded, "label", "1").output
    assert (
        "  release 11 · Version 11 · 1995 · Japan · Beta CAT 11 · 2 × CD, LP"
        in linernotes(loaded, "master", "7").output
    )
    found = json.loads(linernotes(loaded, "release", "10", "--json").output)
    assert found["title"] == "Another title"
    assert found["artists"][0] == {
        "kind": "artist",
        "text": "A. One",
        "id": 1,
        "name": "Artist 1",
        "url": "/artist/1/artist-1",
        "join": "Feat.",
    }


@pytest.mark.parametrize(
    ("words", "kind", "sentence"),
    [
        (("artist", "99"), RefusedError, "There is no artist 99."),
        (("artist", "4"), RefusedError, "The artist 4 (Artist 4) was removed: the dump 20260501 no longer has it."),
        (("song", "4"), SettingError, "'song' is no entity"),
    ],
)
def test_what_cannot_be_shown_is_said(loaded: Pipeline, words: tuple[str, ...], kind: type, sentence: str) -> None:
    error = linernotes(loaded, *words).exception
    assert isinstance(error, kind)
    assert sentence in str(error)
    assert linernotes(loaded, "artist", "-1").exit_code == 2


def test_a_page_reads_few_statements(loaded: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    from psycopg import Connection

    asked: list[Any] = []
    execute = Connection.execute

    def noting(self: Any, query: Any, *values: Any, **more: Any) -> Any:
        if query:  # the pool asks with nothing whether a connection is sound
            asked.append(query)
        return execute(self, query, *values, **more)

    monkeypatch.setattr(Connection, "execute", noting)
    assert release_page(loaded.context, 10)
    assert len(asked) == 3
    asked.clear()
    assert master_page(loaded.context, 7)
    assert len(asked) == 4


@pytest.mark.parametrize("path", ["/release/10", "/artist/1", "/label/1", "/master/7?sort=country&order=desc"])
def test_a_page_of_data_that_is_kept_is_the_same_page(client: TestClient[Any], loaded: Pipeline, path: str) -> None:
    with TestClient(create_app(msgspec.structs.replace(loaded.context.settings, answers_kept=0))) as plain:
        made = plain.get(path, headers=HTML)
    client.get(path, headers=HTML)
    again = client.get(path, headers=HTML)
    assert (made.status_code, made.headers["x-cache"], again.headers["x-cache"]) == (200, "off", "hit")
    assert again.text == made.text
