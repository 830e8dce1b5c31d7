"""Search by word on real stores: entries are put into their place, brought up month by month, and found."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer
from litestar.testing import TestClient
from msgspec.structs import replace
from typer.testing import CliRunner

from functions.derivations.plan import plan_derivations
from functions.discover.meaning.find import find
from functions.discover.search import facet_counts as facet_module
from functions.discover.search.facet_counts import FacetCount, facet_counts
from functions.discover.search.filters import Filters, named_filters
from functions.discover.search.hits import Hit
from functions.discover.search.nearest import nearest_names
from functions.discover.search.query import Query, parse_query
from functions.discover.search.search import first_of, search
from functions.discover.search.state import MAKING, TRACKS_OFF
from functions.discover.search.suggest import Suggestions, suggest
from functions.registry import FUNCTIONS
from functions.runtime.ledger.store import Connection
from functions.runtime.stores.context import open_context
from functions.search_entries import build
from functions.search_entries.entry import rows_of
from functions.search_entries.facets import facet
from functions.search_entries.typos import delete_rows
from gateway.app import create_app
from infra.cli import search as cli_search
from infra.cli import show
from infra.verify.search import entry_of
from tests.integration.pipeline import APRIL, MAY, Pipeline, small, write_dump
from tests.stack import environment_of

_NAMES = [
    "Björk", "Bjork Guitars", "坂本龍一", "Кино", "Sigur Rós", "AC/DC", "R.E.M.", "!!!", "Nirvana", "Nirvana (2)",
    "Simon & Garfunkel", "Guns N' Roses", "Various", "The The", "Motörhead",
    "周杰倫", "かぐや姫", "ΣΩΚΡΑΤΗΣ", "X", "50 Cent",
]  # fmt: skip


#: What makes an artist better known than those without.
_KNOWN = "<aliases>" + "".join(f"<name id='{number}'>Alias</name>" for number in range(100, 112)) + "</aliases>"


def _xml(text: str) -> str:
    return text.replace("&", "&amp;")


def _artist(number: int, name: str, more: str = "") -> str:
    return f"<artist><id>{number}</id><name>{_xml(name)}</name>{more}</artist>"


def _records() -> dict[Any, list[str | bytes]]:
    records = small()
    records["artists"] += [_artist(number, name) for number, name in enumerate(_NAMES, 100)]
    records["artists"].append(
        _artist(
            200,
            "Ryuichi Sakamoto",
            "<namevariations><name>Sakamoto Ryūichi</name><name>坂本 龍一</name></namevariations>",
        )
    )
    records["artists"].append(_artist(201, "Zeitlos Orchester"))
    records["artists"].append(_artist(202, "Quelle", "<realname>Marlene Findig</realname>"))
    records["labels"].append("<label><id>85</id><name>Rinde</name><parentLabel id='79'>Borke (2)</parentLabel></label>")
    records["releases"] += [_MANY_TEXTS, _UNTITLED]
    variation = "<namevariations><name>{}</name></namevariations>".format
    records["artists"] += [
        _artist(300, "Orchesterland Wien", variation("Orchesterkapelle")),
        _artist(301, "Orchesterlamb 301", variation("Orchesterkapelle") + _KNOWN),
        *(_artist(number, f"Orchesterlamb {number}", _KNOWN) for number in range(302, 350)),
        _artist(360, "Ensemble Zürn Alpha"),
        _artist(361, "Ensemble Zurn Beta", _KNOWN),
        _artist(362, "Gamma Kapelle", variation("Zürn Kapelle")),
        _artist(363, "Delta Kapelle", variation("Zurn Kapelle") + _KNOWN),
    ]
    records["masters"].append(
        "<master id='51'><artists><artist><id>999</id><name>&lt;b&gt;Bold&lt;/b&gt; &amp; Co</name></artist></artists>"
        "<title>Tonband</title></master>"
    )
    records["masters"].append("<master id='50'><title>Zeitlose Platte</title><year>1969</year></master>")
    records["releases"] += [_dated(number, year) for number, year in enumerate(range(1975, 1996), 700)]
    return records


_MANY_TEXTS = (
    "<release id='730'><title>Umwege</title><artists><artist><id>203</id><name>Gerlinde Ohnweg (3)</name>"
    "<anv>G. O.</anv></artist></artists><labels><label name='Erste Presse' catno='EP 1' id='80'/>"
    "<label name='Lautlos &lt;i&gt; Verlag (2)' catno='L 1' id='81'/></labels><tracklist><track><position>1</position>"
    "<title>Nachtlied</title><sub_tracks><track><title>Mondaufgang</title></track></sub_tracks></track></tracklist>"
    "</release>"
)

_UNTITLED = (
    "<release id='731'><title></title><artists><artist><id>204</id><name>Namenlose Kapelle</name></artist></artists>"
    "</release>"
)


def _dated(number: int, year: int) -> str:
    """Of the year, a version of the master; the first with a barcode and a catalogue number."""
    return (
        f"<release id='{number}'><title>Zeitlose Platte</title>"
        "<artists><artist><id>201</id><name>Zeitlos Orchester</name></artist></artists>"
        "<styles><style>Krautrock</style></styles>"
        f"<labels><label name='Kling &amp; Klang (2)' catno='KK-{number}' id='77'/></labels>"
        f"<formats><format name='Vinyl' qty='1'/></formats><country>Germany</country><released>{year}</released>"
        "<master_id>50</master_id><identifiers><identifier type='Barcode' "
        f"value='4 006381 33393 {number % 10}'/></identifiers>"
        "<companies><company><id>79</id><name>Presswerk (3)</name><entity_type>17</entity_type>"
        "<entity_type_name>Pressed By</entity_type_name></company></companies></release>"
    )


@pytest.fixture(scope="module")
def loaded(opened: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    opened.reset()
    folder = write_dump(tmp_path_factory.mktemp("dumps"), APRIL, _records())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(build, "_WORDS_AT_ONCE", 7)
        assert opened.load(folder, APRIL).state == "done"
    return opened


def test_every_word_of_the_vocabulary_is_found_as_it_may_be_mistyped(loaded: Pipeline) -> None:
    words = [word for (word,) in loaded.query("SELECT word FROM search_words")]
    assert len(words) > 7
    assert sorted(loaded.query("SELECT key, word FROM search_deletes")) == sorted(delete_rows(words))


def found(pipeline: Pipeline, text: str, limit: int = 10) -> list[str]:
    return [hit.name for hit in search(pipeline.context, text, limit=limit).hits]


@pytest.mark.parametrize("name", _NAMES)
def test_a_name_as_it_is_written_comes_first(loaded: Pipeline, name: str) -> None:
    assert found(loaded, name)[0] == name.removesuffix(" (2)")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bjork", "Bjork Guitars"),
        ("坂本", "坂本龍一"),
        ("龍一", "坂本龍一"),
        ("龙一", "坂本龍一"),
        ("кино", "Кино"),
        ("acdc", "AC/DC"),
        ("ac dc", "AC/DC"),
        ("rem", "R.E.M."),
        ("garfunkel simon and", "Simon & Garfunkel"),
        ("roses guns", "Guns N' Roses"),
        ("motorhaed", "Motörhead"),
        ("garfunkle", "Simon & Garfunkel"),
        ("sakamoto ryuichi", "Ryuichi Sakamoto"),
        ("周杰伦", "周杰倫"),
        ("カグヤ姫", "かぐや姫"),
        ("σωκρατης", "ΣΩΚΡΑΤΗΣ"),
        ("type:release release 7", "Release 7"),
        ("label 3", "Label 3"),
    ],
)
def test_it_is_found_as_people_type_it(loaded: Pipeline, text: str, name: str) -> None:
    assert name in found(loaded, text), search(loaded.context, text)


def test_fewer_typos_come_first_however_well_known_the_others_are(loaded: Pipeline) -> None:
    page = search(loaded.context, "orchesterlant", limit=100)
    assert [hit.name for hit in page.hits[:2]] == ["Orchesterland Wien", "Orchesterlamb 301"]
    assert {hit.match for hit in page.hits} == {"typo"}
    assert page.instead == {"orchesterlant": ["orchesterland", "orchesterlamb"]}
    assert found(loaded, "orchesterkapellle orchesterlant") == ["Orchesterland Wien", "Orchesterlamb 301"]
    assert found(loaded, "orchesterkapellle orchesterland") == ["Orchesterland Wien", "Orchesterlamb 301"]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("zürn ensemble", ["Ensemble Zürn Alpha", "Ensemble Zurn Beta"]),
        ("ZÜRN ensembel", ["Ensemble Zürn Alpha", "Ensemble Zurn Beta"]),
        ("zurn ensemble", ["Ensemble Zurn Beta", "Ensemble Zürn Alpha"]),
        ("Zürn Kapelle", ["Gamma Kapelle", "Delta Kapelle"]),
        ("Kapelle Zürn", ["Gamma Kapelle", "Delta Kapelle"]),
        ("Zurn Kapelle", ["Delta Kapelle", "Gamma Kapelle"]),
    ],
)
def test_a_name_with_the_accents_that_were_typed_comes_before_a_better_known_one_without(
    loaded: Pipeline, typed: str, names: list[str]
) -> None:
    assert found(loaded, typed) == names


ODD = [
    "",
    " ",
    "-",
    '"',
    "a",
    "x" * 10_000,
    "word " * 2_000,
    "!" * 300,
    "?!.,;:-_*'",
    "🎵",
    "👩‍👩‍👧 🎸",
    "عمرو دياب",
    "אריק איינשטיין \u202e abc",
    "'; DROP TABLE artists; --",
    "1 OR 1=1",
    "MATCH (n) DETACH DELETE n",
    "a & b | !c:* <-> (d)",
    "a:*b",
    "((",
    "\0",
    "a\0b",
    "\ud800",
    "\\' \\",
    "year:9999999999..1 label:x* catno: type:nothing format:'",
    "-a -b",
    "%s %(query)s",
]


@pytest.mark.parametrize("text", ODD, ids=lambda text: repr(text[:20]))
def test_whatever_is_typed_is_answered(loaded: Pipeline, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.discover.search.nearest._BUDGET_S", 60)
    page = search(loaded.context, text)
    assert page.partial is False
    assert page.cut == (len(" ".join(text.split())) > 500 or text.startswith("word"))
    suggest(loaded.context, text)
    assert facet_counts(loaded.context, text).exact


@pytest.fixture(scope="module")
def client(loaded: Pipeline) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(loaded.context.settings)) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/api/search", "/api/search/facets", "/api/autocomplete", "/search"])
def test_whatever_is_typed_is_answered_over_http_or_refused_with_a_reason(client: TestClient[Any], path: str) -> None:
    for text in ODD:
        if "\ud800" in text:
            continue  # no address can have it
        accept = "text/html" if path == "/search" else "application/json"
        answer = client.get(path, params={"q": text}, headers={"Accept": accept})
        wanted = {422} if "\0" in text else {414, 422} if len(text) > 4_000 else {200}
        assert answer.status_code in wanted, (text[:40], answer.text[:200])
    several = client.get(path, params={"q": "platte", "type": ["artist", "release"], "original": "1960"})
    assert several.status_code == 200


def test_hits_are_files_as_well(client: TestClient[Any]) -> None:
    asked = {"q": "platte type:release", "limit": "400"}
    lines = client.get("/api/search", params={**asked, "download": "ndjson"}).text.splitlines()
    assert len(lines) == 21
    rows = client.get("/api/search", params={**asked, "download": "csv"}).text.splitlines()
    assert (len(rows), rows[0].split(",")[:3]) == (22, ["type", "id", "name"])
    assert len(client.get("/search", params={"q": "platte type:release", "download": "csv"}).text.splitlines()) == 21


def test_the_page_links_to_its_rows_in_each_form(client: TestClient[Any]) -> None:
    page = client.get("/search?q=platte&type=release").text
    links = [unescape(one) for one in re.findall(r'href="([^"]*)"[^>]*>(?:CSV|NDJSON|JSON)<', page)]
    rows = [client.get(link) for link in links]
    assert [len(one.text.splitlines()) for one in rows[:2]] == [21, 20]
    assert len(rows[2].json()["hits"]) == 20


def test_files_say_of_which_dump_they_are_and_under_what_license(client: TestClient[Any], loaded: Pipeline) -> None:
    paths = (
        *("/api/search?q=platte&download=csv", "/api/search?q=platte&download=ndjson", "/search?q=platte&download=csv"),
        *(
            "/lookup?q=KK-700&format=csv",
            "/changes?format=csv",
            "/artist/201?download=csv",
            "/api/styles?format=ndjson",
        ),
    )
    license_link = '<https://creativecommons.org/publicdomain/zero/1.0/>; rel="license"'
    said = "Discogs dump of 1 April 2026, CC0. Not affiliated with Discogs."
    for path in [*paths, *paths]:  # also what is kept
        assert client.get(path).headers.get("link") == f'{license_link}; title="{said}"', path
    assert said in client.get("/search?q=platte").text
    for path in ("/api/search?q=platte", "/operations/parts?format=csv"):
        assert "link" not in client.get(path).headers
    loaded.query("UPDATE installation SET synthetic = true")
    try:
        with TestClient(create_app(loaded.context.settings)) as generated:
            link = generated.get(paths[0]).headers["link"]
        assert link == '</about>; rel="describedby"; title="Generated data: names and records are invented."'
    finally:
        loaded.query("UPDATE installation SET synthetic = false")


def linernotes(pipeline: Pipeline, *words: str) -> Any:
    app = typer.Typer()
    cli_search.register(app)
    return CliRunner().invoke(app, list(words), env=environment_of(pipeline.context.settings))


def test_the_command_names_the_page_of_each_hit(loaded: Pipeline) -> None:
    shown = linernotes(loaded, "zeitlos*")
    assert shown.exit_code == 0
    for page in ("/artist/201 ", "/master/50 ", "/release/700 ", "behind http://127.0.0.1:"):
        assert page in shown.output
    assert "by barcode 4 006381 33393 1: /release/701" in linernotes(loaded, "4006381333931").output
    assert "Near to it: /artist/" in linernotes(loaded, "garfunkel und simon sowieso").output
    beside = linernotes(loaded, "4006381333931", "--json")
    assert ("/release/701" in beside.stdout, "by barcode 4 006381 33393 1: /release/701" in beside.stderr) == (
        False,
        True,
    )
    assert "Near to it: /artist/" in linernotes(loaded, "garfunkel und simon sowieso", "--json").stderr
    hits = [json.loads(line) for line in linernotes(loaded, "björk", "--json").output.splitlines()]
    assert hits[0]["url"] == "/artist/100/bjork"


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_the_command_says_beside_its_answer_why_there_may_be_more(
    loaded: Pipeline, monkeypatch: pytest.MonkeyPatch, form: list[str]
) -> None:
    many = " ".join(f"catno:{number}" for number in range(5))
    assert "4 numbers in fields are looked for" in linernotes(loaded, many, *form).stderr
    assert TRACKS_OFF in linernotes(loaded, "track:army", *form).stderr
    monkeypatch.setattr("functions.discover.search.candidates.BUDGET_S", 0.0)
    monkeypatch.setattr("functions.discover.search.nearest._BUDGET_S", 0.0)
    with loaded.context.connection() as holder:
        holder.execute("LOCK TABLE search_entries_0, search_entries_1 IN ACCESS EXCLUSIVE MODE")
        told = linernotes(loaded, "Björk", *form)
    assert "Not everything was seen" in told.stderr
    assert "Not everything was seen" not in told.stdout


@pytest.mark.parametrize(
    "path",
    [
        *("/search?q=platte&style=Krautrock", "/lookup?q=KK-700", "/credits?by=201", "/artist/201", "/changes"),
        *("/changes/20260401", "/api/changes?since=20260401", "/api/changes/months", "/api/changes/20260401"),
        *("/api/labels/1/releases?limit=2", "/api/artists/201/discography"),
    ],
)
def test_what_is_asked_again_is_not_looked_for_again(client: TestClient[Any], path: str, loaded: Pipeline) -> None:
    first, again = client.get(path), client.get(path)
    assert (again.status_code, again.headers["x-cache"]) == (200, "hit")
    assert again.text == first.text
    loaded.query("INSERT INTO suppressed (entity, id, suppressed_by) VALUES ('artists', 130, 'test')")
    try:
        assert client.get(path).headers["x-cache"] == "miss"
    finally:
        loaded.query("DELETE FROM suppressed")


def test_what_is_not_all_there_is_looked_for_again(loaded: Pipeline) -> None:
    loaded.query("UPDATE derivations SET caught_up_at = NULL WHERE name IN ('search', 'identifiers')")
    try:
        with TestClient(create_app(loaded.context.settings)) as client:
            for path in ("/lookup?q=KK-701", "/api/search?q=zeitlos", "/api/lookup?q=KK-701"):
                assert [client.get(path).headers["x-cache"] for _ in range(2)] == ["miss", "miss"], path
    finally:
        loaded.query("UPDATE derivations SET caught_up_at = now()")


def test_a_suppressed_record_is_not_found(loaded: Pipeline) -> None:
    loaded.query("INSERT INTO suppressed (entity, id, suppressed_by) VALUES ('artists', 100, 'test')")
    try:
        assert found(loaded, "Björk") == ["Bjork Guitars"]
        assert [one.name for one in suggest(loaded.context, "björ").suggestions] == ["Bjork Guitars"]
    finally:
        loaded.query("DELETE FROM suppressed")


def test_what_was_found_in_time_is_told(loaded: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.discover.search.candidates.BUDGET_S", 0.0)
    monkeypatch.setattr("functions.discover.search.suggest._BUDGET_S", 0.0)
    monkeypatch.setattr("functions.discover.search.nearest._BUDGET_S", 0.0)
    monkeypatch.setattr("functions.discover.search.facet_counts._BUDGET_S", 0.0)
    with loaded.context.connection() as holder:
        holder.execute("LOCK TABLE search_entries_0, search_entries_1 IN ACCESS EXCLUSIVE MODE")
        page = search(loaded.context, "Björk")
        assert (page.partial, page.hits) == (True, [])
        assert nearest_names(loaded.context, parse_query("Björk")) == ([], True)
        assert suggest(loaded.context, "björ") == Suggestions([], partial=True)
        assert facet_counts(loaded.context, "release").partial


def test_suggestions_that_were_found_in_time_are_told(loaded: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    def asleep(connection: Connection, *_: object) -> None:
        connection.execute("SELECT pg_sleep(60)")

    monkeypatch.setattr("functions.discover.search.suggest._by_words", asleep)
    monkeypatch.setattr("functions.discover.search.suggest._BUDGET_S", 2.0)
    found = suggest(loaded.context, "björ")
    assert ([one.name for one in found.suggestions], found.partial) == (["Björk", "Bjork Guitars"], True)


def test_documents_and_numbers_that_are_not_read_in_time_leave_the_answer_partial(
    loaded: Pipeline, client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("search.hits", "search.numbers"):
        monkeypatch.setattr(f"functions.discover.{module}.BUDGET_S", 0.0)
    with loaded.context.connection() as holder:
        holder.execute("LOCK TABLE identifiers IN ACCESS EXCLUSIVE MODE")
        assert facet_counts(loaded.context, "catno:kk-705 catno:kk-706").partial
        monkeypatch.setattr("functions.discover.lookup.read.BUDGET_S", 0.0)
        page = search(loaded.context, "4006381333931")
        assert (page.partial, page.bearers, page.is_whole) == (True, [], False)
        assert search(loaded.context, "catno:kk-705 platte").partial
        assert facet_counts(loaded.context, "catno:kk-705").partial
        assert find(loaded.context, "catno:kk-705 platte", mode="hybrid").partial
        answer = client.get("/api/lookup?q=KK-702")
        assert (answer.json()["partial"], answer.json()["hits"]) == (True, [])
        assert "Not everything was seen" in client.get("/lookup?q=KK-702").text
        assert "Not everything was seen" in client.get("/search?q=catno:KK-702").text
        assert "Not everything was seen" in linernotes(loaded, "KK-702").output
    with loaded.context.connection() as holder:
        holder.execute("LOCK TABLE masters IN ACCESS EXCLUSIVE MODE")
        page = search(loaded.context, "zeitlose platte")
        assert (page.partial, page.hits) == (True, [])
    answer = client.get("/api/lookup?q=KK-702")
    assert (answer.headers["x-cache"], answer.json()["partial"]) == ("miss", False)


def test_names_are_suggested_while_they_are_typed(loaded: Pipeline) -> None:
    assert [one.name for one in suggest(loaded.context, "björ").suggestions] == ["Björk", "Bjork Guitars"]
    assert suggest(loaded.context, "garf").suggestions[0].name == "Simon & Garfunkel"
    assert suggest(loaded.context, "坂").suggestions[0].name == "坂本龍一"
    assert suggest(loaded.context, "") == Suggestions([], partial=False)


def test_what_is_found_is_counted_by_facets(loaded: Pipeline) -> None:
    counts = facet_counts(loaded.context, "release")
    assert (counts.hits, counts.exact) == (60, True)
    assert [(one.value, one.count) for one in counts.counts["type"]] == [("release", 60)]
    assert [(one.value, one.count) for one in counts.counts["genre"]] == [("Rock", 60)]
    assert FacetCount("Label 3", 6, 3) in counts.counts["label"]
    narrowed = search(loaded.context, "release", named_filters({"label": 3}))
    assert len(narrowed.hits) == 6


def test_a_value_that_came_after_names_were_read_is_told(loaded: Pipeline) -> None:
    whole = facet_counts(loaded.context, "release")
    [names] = loaded.context.memory.get("facet-names", 60.0) or ({},)
    loaded.context.memory.keep("facet-names", {number: name for number, name in names.items() if name != "Rock"})
    assert facet_counts(loaded.context, "release") == whole


def test_kinds_that_no_time_is_left_for_are_not_counted(loaded: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    counted, one_after_the_other = list[float](), facet_module._counted

    def slow(connection: Connection, query: Query, wanted: Filters, seconds: float) -> Any:
        counted.append(seconds)
        time.sleep(0.3)
        return one_after_the_other(connection, query, wanted, seconds)

    monkeypatch.setattr(facet_module, "_WHOLE_BUDGET_S", 0.5)
    monkeypatch.setattr(facet_module, "_counted", slow)
    counts = facet_counts(loaded.context, "release", {"genre": "Rock", "style": "Indie", "label": 3})
    assert counts.partial
    assert len(counted) == 4
    assert max(counted[2:]) < 0


def test_a_release_of_a_label_beyond_all_numbers_of_facets_is_of_no_other_label() -> None:
    release = {"title": "x", "labels": [{"id": 2**27 + 3, "name": "A"}, {"id": 4, "name": "B"}]}
    [row] = rows_of("releases", 1, json.dumps(release), None)["search_staged"]
    numbers = row[6].strip("{}").split(",")
    assert str(facet("label", 4)) in numbers
    assert str(facet("label", 3)) not in numbers
    assert sorted(map(int, numbers)) == sorted(entry_of("releases", release, None, None, "off").facets)


def test_a_label_beyond_all_numbers_of_facets_is_not_another_one(loaded: Pipeline) -> None:
    for label in (2**27 + 3, 2**62 + 3):
        assert search(loaded.context, "", named_filters({"label": label})).hits == []
        assert facet_counts(loaded.context, "release", {"label": label}).hits == 0
    assert len(search(loaded.context, "release", named_filters({"label": [3, 2**27 + 4]})).hits) == 6
    assert search(loaded.context, "", named_filters({"decade": 5 * 2**27 + 1970})).hits == []


def test_values_of_a_kind_keep_the_counts_of_the_others_and_are_added_up(loaded: Pipeline) -> None:
    whole = facet_counts(loaded.context, "release").counts["label"]
    counts = facet_counts(loaded.context, "release", {"label": [3, 4]})
    assert counts.counts["label"] == whole
    assert counts.hits == 12
    page = search(loaded.context, "release", named_filters({"label": [3, 4], "genre": "rock"}), limit=100)
    assert len(page.hits) == 12


def test_a_label_without_a_document_has_the_name_that_releases_give_it(loaded: Pipeline) -> None:
    counts = facet_counts(loaded.context, "platte type:release").counts
    assert counts["label"] == [FacetCount("Kling & Klang", 21, 77)]
    assert counts["family"] == [FacetCount("Vinyl", 21)]
    assert counts["original"] == [FacetCount("1960", 21)]
    assert [(one.value, one.count) for one in counts["decade"]] == [("1980", 10), ("1990", 6), ("1970", 5)]


def test_such_a_label_has_that_name_wherever_labels_are_listed(client: TestClient[Any], loaded: Pipeline) -> None:
    counts = client.get("/api/counts/label?limit=100").json()["counts"]
    assert {"key": "77", "name": "Kling & Klang (2)", "releases": 21, "masters": 0} in counts
    assert client.get("/api/styles/krautrock").json()["labels"] == [{"id": 77, "name": "Kling & Klang", "releases": 21}]
    assert "Kling &amp; Klang" in client.get("/style/krautrock").text
    labels = client.get("/api/artists/201/summary").json()["labels"]
    assert [(one["who"]["text"], one["releases"]) for one in labels] == [("Kling & Klang", 21)]


def test_who_asks_for_its_record_is_told_the_name(client: TestClient[Any], loaded: Pipeline) -> None:
    told = "The dump has no record of label {}: releases name it “{}”."
    assert client.get("/api/labels/77").json()["detail"] == told.format(77, "Kling & Klang")
    assert client.get("/api/labels/79").json()["detail"] == told.format(79, "Presswerk")
    assert client.get("/api/labels/78").json()["detail"] == "There is no label 78."
    assert str(shown(loaded, "label", "77").exception) == told.format(77, "Kling & Klang")
    assert str(shown(loaded, "label", "78").exception) == "There is no label 78."
    assert str(shown(loaded, "master", "77").exception) == "There is no master 77."


def shown(pipeline: Pipeline, *words: str) -> Any:
    app = typer.Typer()
    show.register(app)
    return CliRunner().invoke(app, list(words), env=environment_of(pipeline.context.settings))


def test_its_releases_are_listed_as_those_of_any_label(client: TestClient[Any]) -> None:
    listed = client.get("/api/labels/77/releases?limit=2").json()
    assert ([one["id"] for one in listed["releases"]], listed["total"]) == ([700, 701], 21)
    assert client.get("/api/labels/79/releases?as=company&limit=1").json()["total"] == 21
    assert client.get("/api/labels/78/releases").status_code == 404


def test_the_start_page_lists_such_a_label_by_that_name_with_its_records(client: TestClient[Any]) -> None:
    text = client.get("/").text
    assert '<a href="/search?label=77"><bdi dir="auto">Kling &amp; Klang</bdi></a>' in text
    assert '<a href="/label/1/label-1"><bdi dir="auto">Label 1</bdi></a>' in text
    assert "Zeitlose Platte" in client.get("/search?label=77").text
    page = client.get("/label/77", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert '<h1><bdi dir="auto">Kling &amp; Klang</bdi></h1>' in page.text
    assert 'href="/search?label=77"' in page.text
    assert "There is no label 78." in client.get("/label/78", headers={"Accept": "text/html"}).text


def test_the_start_page_ranks_by_releases_only_what_has_some(client: TestClient[Any], loaded: Pipeline) -> None:
    loaded.query("INSERT INTO counts (kind, key, releases, masters) VALUES ('genre', 'Of masters only', 0, 1)")
    try:
        assert "Of masters only" not in client.get("/").text
        assert "Of masters only" in client.get("/genres").text
    finally:
        loaded.query("DELETE FROM counts WHERE key = 'Of masters only'")


def test_a_suppressed_label_is_not_named_by_its_releases(client: TestClient[Any], loaded: Pipeline) -> None:
    loaded.query("INSERT INTO suppressed (entity, id, suppressed_by) VALUES ('labels', 77, 'test')")
    try:
        page = client.get("/label/77", headers={"Accept": "text/html"})
        assert "There is no label 77." in page.text
        assert "Kling" not in page.text
        assert client.get("/api/labels/77").json()["detail"] == "There is no label 77."
        assert client.get("/api/labels/77/releases").status_code == 404
        assert "Kling" not in client.get("/api/counts/label?limit=100").text
        assert client.get("/api/styles/krautrock").json()["labels"] == []
    finally:
        loaded.query("DELETE FROM suppressed")


def test_very_many_hits_are_counted_by_one_in_a_hundred(loaded: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.discover.search.facet_counts.EXACT_TO", 20)
    monkeypatch.setattr("functions.discover.search.facet_counts._CLEARLY_MORE", 1)
    [(sampled,)] = loaded.query("SELECT count(*) FROM search_sample WHERE entity = 4")
    loaded.query("INSERT INTO search_sample SELECT 4, -id, words, facets FROM search_entries_2 WHERE entity = 4")
    loaded.query("INSERT INTO search_sample SELECT 4, -id, words, facets FROM search_entries_3 WHERE entity = 4")
    try:
        counts = facet_counts(loaded.context, "release")
        assert not counts.exact
        assert counts.hits == 100 * (60 + sampled)
    finally:
        loaded.query("DELETE FROM search_sample WHERE id < 0")


def test_hits_tell_what_tells_them_apart(loaded: Pipeline) -> None:
    [best] = [hit for hit in search(loaded.context, "坂本 龍一").hits if hit.name == "Ryuichi Sakamoto"]
    assert best.url == "/artist/200/ryuichi-sakamoto"
    assert [(one.field, [piece.text for piece in one.pieces if piece.hit]) for one in best.snippets] == [
        ("name", []),
        ("other name", ["坂本", "龍一"]),
    ]
    [artist] = search(loaded.context, "zeitlos orchester type:artist").hits
    assert (artist.first_year, artist.last_year, artist.releases, artist.styles) == (1975, 1995, 21, ["Krautrock"])
    [master, *releases] = search(loaded.context, "zeitlos* platte").hits
    assert (master.type, master.year, master.releases, master.url) == ("master", 1969, 21, "/master/50/zeitlose-platte")
    assert [piece.text for piece in releases[0].snippets[0].pieces if piece.hit] == ["Zeitlose", "Platte"]
    assert {(hit.original, hit.country, hit.format, hit.label) for hit in releases} == {
        (1969, "Germany", "Vinyl", "Kling & Klang")
    }


def _by(hit: Hit) -> list[tuple[str, str, list[str]]]:
    return [(one.field, one.text, [piece.text for piece in one.pieces if piece.hit]) for one in hit.found_by]


@pytest.mark.parametrize(
    ("text", "name", "by"),
    [
        ("坂本 龍一", "Ryuichi Sakamoto", [("other name", "坂本 龍一", ["坂本", "龍一"])]),
        ("findig marlene", "Quelle", [("real name", "Marlene Findig", ["Marlene", "Findig"])]),
        ("findgi", "Quelle", [("real name", "Marlene Findig", ["Findig"])]),
        ("rinde borke", "Rinde", [("parent label", "Borke", ["Borke"])]),
        ("umwege ohnweg", "Umwege", [("artist", "Gerlinde Ohnweg", ["Ohnweg"])]),
        ("umwege lautlo*", "Umwege", [("label", "Lautlos <i> Verlag", ["Lautlos"])]),
        ('"erste presse" verlag', "Umwege",
         [("label", "Erste Presse", ["Erste", "Presse"]), ("label", "Lautlos <i> Verlag", ["Verlag"])]),
        ("label:lautlos -tonband", "Umwege", [("label", "Lautlos <i> Verlag", ["Lautlos"])]),
    ],
)  # fmt: skip
def test_a_hit_says_by_what_else_than_its_name_it_was_found(
    loaded: Pipeline, text: str, name: str, by: list[tuple[str, str, list[str]]]
) -> None:
    [hit] = [hit for hit in search(loaded.context, text).hits if hit.name == name]
    assert _by(hit) == by


def test_a_hit_is_found_by_its_tracks_where_these_are_in_entries(loaded: Pipeline) -> None:
    assert found(loaded, "umwege mondaufgang") == []
    settings = replace(loaded.context.settings, search_tracks="all")
    try:
        with open_context(settings, FUNCTIONS) as context:
            Pipeline(context).go_on(plan_derivations(context))
            [hit] = search(context, "umwege mondaufgang nachtlied").hits
        assert _by(hit) == [("track", "Nachtlied", ["Nachtlied"]), ("track", "Mondaufgang", ["Mondaufgang"])]
    finally:
        loaded.go_on(plan_derivations(loaded.context))


def test_only_a_page_with_a_hit_that_lacks_a_word_asks_for_other_texts(
    loaded: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()
    execute = psycopg.Connection.execute

    def noted(connection: Any, query: Any, *rest: Any, **more: Any) -> Any:
        asked.append(str(query))
        return execute(connection, query, *rest, **more)

    monkeypatch.setattr(psycopg.Connection, "execute", noted)
    for text, times in (("zeitlos* platte orchester", 0), ("type:release", 0), ("platte klang", 1)):
        asked.clear()
        assert search(loaded.context, text).hits
        assert sum("jsonb_build_object" in one for one in asked) == times, text


def test_the_page_and_the_command_say_by_what_a_hit_was_found(loaded: Pipeline, client: TestClient[Any]) -> None:
    def page(text: str) -> str:
        return client.get("/search", params={"q": text}, headers={"Accept": "text/html"}).text

    html = page("umwege lautlos")
    assert 'found by label: <bdi dir="auto"><mark>Lautlos</mark> &lt;i&gt; Verlag</bdi>' in html
    html = page("platte klang type:release")
    assert "Germany · Vinyl</bdi> · found by label: " in html  # and is not named twice
    html = page("findig marlene")
    assert "Another name of it" in html
    assert 'found by real name: <bdi dir="auto"><mark>Marlene</mark> <mark>Findig</mark></bdi>' in html
    assert "The name itself" in page("zeitlos orchester")
    assert "label: Lautlos <i> Verlag" in linernotes(loaded, "umwege lautlos").output
    hit = client.get("/api/search", params={"q": "umwege lautlos"}).json()["hits"][0]
    assert hit["snippets"][-1]["field"] == "label"


def test_the_page_marks_the_words_that_were_found_in_the_artists_of_a_title(client: TestClient[Any]) -> None:
    html = client.get("/search", params={"q": "platte orchester type:release"}, headers={"Accept": "text/html"}).text
    about = re.findall(r'<p class="soft">(.*Zeitlos .*)</p>', html)
    assert about
    for line in about:
        assert line.startswith('<bdi dir="auto">Zeitlos <mark>Orchester</mark></bdi> · <bdi dir="auto">19')
        assert line.count("Zeitlos ") == 1
    html = client.get("/search", params={"q": "platte type:release"}, headers={"Accept": "text/html"}).text
    assert '<p class="soft"><bdi dir="auto">Zeitlos Orchester · 19' in html


def test_the_page_escapes_what_it_marks_in_the_artists_of_a_title(client: TestClient[Any]) -> None:
    html = client.get("/search", params={"q": "tonband bold"}, headers={"Accept": "text/html"}).text
    assert '<bdi dir="auto">&lt;b&gt;<mark>Bold</mark>&lt;/b&gt; &amp; Co</bdi>' in html
    assert "<b>" not in html


def test_where_nothing_is_found_the_nearest_names_are_told(loaded: Pipeline) -> None:
    page = search(loaded.context, "garfunkel und simon sowieso")
    assert page.hits == []
    assert page.nearest[0].name == "Simon & Garfunkel"
    assert page.nearest[0].url.startswith("/artist/")


@pytest.mark.parametrize(
    ("asked", "said", "unsaid"),
    [
        ({"q": "qqqqqq zzzzzz"}, ["It was read as “qqqqqq”, “zzzzzz”.", "Fewer words find more.", "by meaning"], []),
        ({"q": "label:qqqqqq"}, ["It was read as label “qqqqqq”."], ["Fewer words"]),
        ({"style": "Nothing"}, ["No record has that.", "Without style Nothing there may be some."], ["It was read as"]),
        ({"q": '""'}, ["There is no word in it to look for."], ["It was read as", "Fewer words"]),
    ],
)
def test_where_nothing_is_found_the_page_says_what_to_try(
    client: TestClient[Any], asked: dict[str, str], said: list[str], unsaid: list[str]
) -> None:
    html = client.get("/search", params=asked, headers={"Accept": "text/html"}).text
    text = " ".join(unescape(re.sub("<[^>]*>", "", html)).split())
    assert [one for one in said if one not in text] == [], text
    assert [one for one in unsaid if one in text] == [], text
    if "q" in asked:
        [link] = re.findall(r'<a href="(/lookup\?[^"]*)">looked up', html)
        assert client.get(unescape(link)).status_code == 200


def test_a_hit_without_a_title_can_be_followed(client: TestClient[Any]) -> None:
    html = client.get("/search", params={"q": "namenlose type:release"}, headers={"Accept": "text/html"}).text
    assert re.search(r'<a href="/release/731[^"]*">without a title</a>', html)


@pytest.mark.parametrize("text", ["kapelle type:release", "type:release"])
def test_a_record_without_a_title_is_not_taken_for_the_name_itself(loaded: Pipeline, text: str) -> None:
    [untitled] = [hit for hit in search(loaded.context, text, limit=100).hits if hit.id == 731]
    assert untitled.match in ("name", "words")
    assert search(loaded.context, "", named_filters({"type": ["release"]})).hits[0].match != "exact"


def test_a_barcode_that_nothing_bears_leads_to_a_search(client: TestClient[Any]) -> None:
    html = client.get("/lookup", params={"q": "5016958997298"}, headers={"Accept": "text/html"}).text
    assert '<a href="/search?q=5016958997298">searched for</a>' in html


@pytest.mark.parametrize(
    ("typed", "kind"), [("4006381333931", "barcode"), ("400638133393", "barcode"), ("kk701", "catno")]
)
def test_a_number_on_a_record_finds_it_in_the_ordinary_search(loaded: Pipeline, typed: str, kind: str) -> None:
    bearers = search(loaded.context, f" {typed} ").bearers
    assert (bearers[0].id, bearers[0].kind, bearers[0].url) == (701, kind, "/release/701/zeitlose-platte")


def test_a_field_for_a_number_limits_what_is_found(loaded: Pipeline) -> None:
    assert [hit.id for hit in search(loaded.context, "catno:kk-705 platte").hits] == [705]
    assert [hit.id for hit in search(loaded.context, 'barcode:"4006381 333931"').hits] == [701, 711]
    assert search(loaded.context, "catno:kk-705 release").hits == []
    assert search(loaded.context, "catno:nothing-bears-this").hits == []
    assert facet_counts(loaded.context, "catno:kk-705").hits == 1


@pytest.mark.parametrize(("low", "high"), [(1975, 1975), (1977, 1983), (1979, 1990), (1800, 2100), (1996, 1999)])
def test_years_are_exactly_those_that_were_asked_for(loaded: Pipeline, low: int, high: int) -> None:
    years, first = list[int | None](), 0
    while True:
        page = search(loaded.context, f"platte type:release year:{low}..{high}", limit=4, first=first)
        years += [hit.year for hit in page.hits]
        if page.next is None:
            break
        assert len(page.hits) == 4
        first = first_of(page.next)
    assert sorted(map(int, filter(None, years))) == [year for year in range(1975, 1996) if low <= year <= high]


def test_a_release_is_found_by_the_year_of_its_master(loaded: Pipeline) -> None:
    assert len(search(loaded.context, "platte original:1965..1969 type:release", limit=50).hits) == 21
    assert search(loaded.context, "platte original:1975").hits == []
    assert search(loaded.context, "platte -original:1969").hits == []
    chosen = named_filters({"original": 1960, "decade": 1970})
    assert len(search(loaded.context, "platte type:release", chosen).hits) == 5


def test_the_numbers_of_facets_are_those_of_the_server(loaded: Pipeline) -> None:
    [(dated, bare, year)] = loaded.query(
        "SELECT search_first_year(f, 1987), search_without_first_year(search_first_year(f, 1987)), "
        "search_year(f || %s) FROM (SELECT ARRAY[%s::integer]) AS made (f)",
        facet("year", 1987),
        facet("genre", "Rock"),
    )
    assert dated == [facet("genre", "Rock"), facet("original", 1980), facet("original-year", 1987)]
    assert (bare, year) == ([facet("genre", "Rock")], 1987)


def test_entries_that_are_being_made_say_so_and_what_works_meanwhile(loaded: Pipeline) -> None:
    loaded.context.memory._kept.clear()
    assert search(loaded.context, "Björk").notice is None
    loaded.query("UPDATE derivations SET version = NULL WHERE name = 'search'")
    loaded.context.memory._kept.clear()
    try:
        for found in (search(loaded.context, "Björk"), facet_counts(loaded.context, "x"), suggest(loaded.context, "b")):
            assert (found.notice, found.is_whole) == (MAKING, False)
    finally:
        loaded.query("UPDATE derivations SET version = 2 WHERE name = 'search'")
        loaded.context.memory._kept.clear()
    assert search(loaded.context, "Björk").notice is None
    assert search(loaded.context, "track:army").notice == TRACKS_OFF


def test_pages_follow_each_other_without_gap_or_repetition(loaded: Pipeline) -> None:
    seen, first = list[int](), 0
    while True:
        page = search(loaded.context, "release type:release", limit=25, first=first)
        seen += [hit.id for hit in page.hits]
        if page.next is None:
            break
        first = first_of(page.next)
    assert sorted(seen) == list(range(1, 61))


def test_a_month_brings_up_what_changed_and_lets_go_of_what_is_gone(loaded: Pipeline, tmp_path: Path) -> None:
    records = _records()
    records["artists"] = [
        one for one in records["artists"] if b"Motor" not in str(one).encode() and "Motörhead" not in str(one)
    ]
    records["artists"].append(_artist(900, "Zwölf Neue Töne"))
    records["masters"][-1] = "<master id='50'><title>Zeitlose Platte</title><year>1971</year></master>"
    records["releases"].append(
        "<release id='999'><title>Platte</title><artists><artist><id>900</id><name>Zwölf Neue Töne</name></artist>"
        "</artists></release>"
    )
    folder = write_dump(tmp_path, MAY, records)
    assert loaded.load(folder, MAY, accept_deletions=True).state == "done"
    assert found(loaded, "zwolf neue tone")[0] == "Zwölf Neue Töne"
    assert found(loaded, "zwlof neue tone")[0] == "Zwölf Neue Töne"
    assert "Motörhead" not in found(loaded, "motorhead")
    assert loaded.query("SELECT count(*) FROM search_staged") == [(0,)]
    assert loaded.query("SELECT degree FROM degrees WHERE entity = 1 AND id = 900") == [(1,)]
    assert search(loaded.context, "platte original:1969").hits == []
    assert len(search(loaded.context, "platte original:1971 type:release", limit=50).hits) == 21
    assert_vocabulary_counts_entries(loaded)


def assert_vocabulary_counts_entries(pipeline: Pipeline) -> None:
    """Every word in as many entries as its frequency says; the sample has what entries have."""
    tiers = [f"SELECT entity, id, words, facets FROM search_entries_{tier}" for tier in range(4)]  # noqa: S608
    pipeline.query(f"CREATE OR REPLACE VIEW every_entry AS {' UNION ALL '.join(tiers)}")
    try:
        counted = pipeline.query(
            "SELECT word, frequency, count(lexeme) FROM search_words LEFT JOIN "
            "(SELECT unnest(tsvector_to_array(words)) AS lexeme FROM every_entry) AS e ON e.lexeme = word "
            "GROUP BY word, frequency HAVING frequency <> count(lexeme)"
        )
        assert counted == []
        sampled = "SELECT * FROM every_entry WHERE search_in_sample(id)"
        assert pipeline.query(f"{sampled} EXCEPT SELECT * FROM search_sample") == []  # noqa: S608
        assert pipeline.query(f"SELECT * FROM search_sample EXCEPT {sampled}") == []  # noqa: S608
    finally:
        pipeline.query("DROP VIEW every_entry")
