"""Looking releases up by what is printed on them: on real stores, over HTTP, as a page and by the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import typer
from litestar.testing import TestClient
from typer.testing import CliRunner

from functions.derivations.plan import forget_derivations, plan_derivations
from functions.discover.lookup.read import Lookup, look_up
from functions.runtime.errors import LinernotesError
from functions.runtime.settings import Settings
from gateway.app import create_app
from infra.cli import lookup
from tests.integration.pipeline import APRIL, MAY, Pipeline, open_pipeline, release, write_dump
from tests.stack import environment_of

EAN, UPC = "4006381333931", "036000291452"
#: Releases that share a catalogue number.
MANY = 25


def identifiers(*pairs: tuple[str, str]) -> str:
    rows = "".join(f"<identifier type='{kind}' value='{value}' description='as seen'/>" for kind, value in pairs)
    return f"<identifiers>{rows}</identifiers>"


def catno(number: int, text: str, more: str = "") -> str:
    return release(number, more).replace(f"catno='R {number}'", f"catno='{text}'")


RELEASES = [
    release(1, identifiers(("Barcode", "4 006381 333931"), ("Matrix / Runout", "ABC-123 A // STERLING"))),
    release(2, identifiers(("Barcode", UPC), ("Rights Society", "GEMA"))),
    release(3, identifiers(("Barcode", UPC[:-1]))),
    release(4, identifiers(("Barcode", EAN[:-1] + "7"), ("Label Code", "LC 0309"))),
    release(5, identifiers(("Other", "none"), ("Matrix / Runout", "x" * 40 + "1"))),
    release(6, identifiers(("Matrix / Runout", "x" * 40 + "2"), ("Mould SID Code", "ifpi 94K5"))),
    catno(7, "none"),
    catno(8, "盤-42 Ø"),
    *(catno(number, "SAME 1") for number in range(100, 100 + MANY)),
]


@pytest.fixture(scope="module")
def filled(settings: Settings) -> Iterator[Pipeline]:
    with open_pipeline(settings) as opened:
        opened.empty_tables()
        yield opened


@pytest.fixture(scope="module")
def loaded(filled: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Stores with `RELEASES`, and what is derived of them."""
    folder = write_dump(tmp_path_factory.mktemp("dump"), APRIL, {"releases": RELEASES})
    assert filled.load(folder, APRIL, only_store="table").state == "done"
    return filled


@pytest.fixture(scope="module")
def client(loaded: Pipeline) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(loaded.context.settings)) as client:
        yield client


def hits(pipeline: Pipeline, text: str, **options: Any) -> list[tuple[int, str]]:
    """(release, how) of each identifier that was found."""
    found = look_up(pipeline.context, text, **options)
    return [(hit.id, match.how) for hit in found.hits for match in hit.matches]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (EAN, [(1, "exact"), (4, "other-check-digit")]),
        ("4 006381-333931", [(1, "exact"), (4, "other-check-digit")]),
        (EAN[:-1], [(1, "check-digit"), (4, "prefix")]),
        (f"0{UPC}", [(2, "exact"), (3, "check-digit")]),
        (UPC, [(2, "exact"), (3, "check-digit")]),
        (UPC[:-1], [(3, "exact"), (2, "check-digit")]),
        ("abc123a", [(1, "prefix")]),
        ("ABC 123-A sterling", [(1, "exact")]),
        ("LC 00309", [(4, "exact")]),
        ("94k5", [(6, "exact")]),
        ("X" * 40 + "2", [(6, "exact")]),
        ("X" * 40, [(5, "prefix"), (6, "prefix")]),
        ("X" * 39 + "9", []),
        ("盤 42 O", [(8, "exact")]),
        ("GEMA", []),
        ("none", []),
        ("%", []),
        ("40063%", []),
        ("_____", []),
    ],
)
def test_releases_are_found_by_what_they_bear(loaded: Pipeline, text: str, found: list[tuple[int, str]]) -> None:
    assert hits(loaded, text) == found


def test_a_hit_says_what_matched_as_it_is_written(loaded: Pipeline) -> None:
    [hit, _] = look_up(loaded.context, EAN).hits
    assert (hit.title, hit.artists, hit.label, hit.catno, hit.format) == ("Release 1", "A", "L", "R 1", "")
    [match] = hit.matches
    assert (match.type, match.written, match.description) == ("Barcode", "4 006381 333931", "as seen")


def test_many_hits_come_in_pages(loaded: Pipeline) -> None:
    seen, cursor, pages = list[int](), None, 0
    while True:
        page = look_up(loaded.context, "same-1", 7, cursor)
        seen += [hit.id for hit in page.hits]
        cursor, pages = page.next, pages + 1
        if cursor is None:
            break
    assert seen == list(range(100, 100 + MANY))
    assert pages == 4
    beginnings = [number for number, _ in hits(loaded, "SAME", limit=1_000)]
    assert beginnings == seen
    assert hits(loaded, "SAME", prefixes=False) == []
    assert hits(loaded, "SAME1", kind="matrix") == []


def test_the_route_answers_with_readings_hits_and_a_cursor(client: TestClient[Any]) -> None:
    answer = client.get("/api/lookup", params={"q": "SAME 1", "limit": 10})
    body = answer.json()
    assert (answer.status_code, len(body["hits"]), body["notice"]) == (200, 10, None)
    assert body["readings"][0] == {"kind": "catno", "form": "SAME1", "sureness": "likely"}
    behind = client.get("/api/lookup", params={"q": "SAME 1", "limit": 100, "cursor": body["next"]}).json()
    assert (len(behind["hits"]), behind["next"]) == (MANY - 10, None)


ODD = [
    "",
    " ",
    "a",
    "!?.,;",
    "😀",
    "شركة",
    "'; DROP TABLE identifiers; --",
    "MATCH (n) DETACH DELETE n",
    "a & !b:*",
    "%%%",
]


@pytest.mark.parametrize("text", [*ODD, "\u202e123", "a" * 200, "\ufffd", "_" * 200])
def test_anything_that_is_typed_is_answered(client: TestClient[Any], text: str) -> None:
    assert client.get("/api/lookup", params={"q": text}).status_code == 200
    page = client.get("/lookup", params={"q": text}, headers={"Accept": "text/html"})
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"q": "a" * 201}, "q"),
        ({"q": "a\0b"}, "NUL"),
        ({}, "q"),
        ({"q": "a", "cursor": "nonsense"}, "no cursor"),
        ({"q": "a", "kind": "colour"}, "kind"),
        ({"q": "a", "limit": 0}, "limit"),
    ],
)
def test_what_cannot_be_taken_is_said(client: TestClient[Any], params: dict[str, Any], says: str) -> None:
    answer = client.get("/api/lookup", params=params)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert client.get("/api/lookup", params={"q": "a" * 10_000}).status_code == 414


def test_the_page_shows_the_same_and_has_it_as_csv(client: TestClient[Any]) -> None:
    page = client.get("/lookup", params={"q": EAN}, headers={"Accept": "text/html"})
    text = " ".join(unescape(page.text).split())
    for shown in (
        "4 006381 333931",
        "Release 1",
        "This is a barcode; also looked for as a catalogue number",
        "another check digit",
    ):
        assert shown in text
    rows = list(csv.DictReader(io.StringIO(client.get("/lookup", params={"q": EAN, "format": "csv"}).text)))
    assert [(row["release"], row["written"], row["how"]) for row in rows] == [
        ("1", "4 006381 333931", "exact"),
        ("4", EAN[:-1] + "7", "other-check-digit"),
    ]
    for params in ({"q": "a" * 201}, {"q": EAN, "cursor": "x"}):
        refused = client.get("/lookup", params=params, headers={"Accept": "text/html"})
        assert refused.status_code == 422
    assert "names no record" in client.get("/lookup", params={"q": "none"}).text
    assert "what is printed" in client.get("/lookup").text


def linernotes(pipeline: Pipeline, *words: str) -> Any:
    app = typer.Typer()
    lookup.register(app)
    return CliRunner().invoke(app, list(words), env=environment_of(pipeline.context.settings) | {"COLUMNS": "200"})


def test_the_command_prints_what_was_found(loaded: Pipeline) -> None:
    shown = linernotes(loaded, f"0{UPC}")
    assert shown.exit_code == 0
    assert f"Barcode: {UPC} (exact)" in shown.output
    assert "/release/2 " in shown.output
    assert f"opens in a browser behind http://127.0.0.1:{loaded.context.settings.gateway_port}\n" in shown.output
    found = json.loads(linernotes(loaded, "same 1", "--limit", "3", "--json").output)
    assert [hit["id"] for hit in found["hits"]] == [100, 101, 102]
    assert json.loads(linernotes(loaded, "same 1", "--cursor", found["next"], "--json").output)["hits"][0]["id"] == 103
    assert json.loads(linernotes(loaded, "123456\udcff", "--json").output)["text"] == "123456?"
    assert linernotes(loaded, "none").output == "There is nothing in it to look up.\n"
    assert linernotes(loaded, "0036000999991").output == "No release bears that.\n"
    for words in (["a" * 201], ["same 1", "--cursor", "x"]):
        assert isinstance(linernotes(loaded, *words).exception, LinernotesError)


def test_a_removed_release_is_no_hit_from_then_on(loaded: Pipeline, tmp_path: Path) -> None:
    loaded.query("DELETE FROM releases WHERE id = 2")
    assert hits(loaded, UPC) == [(3, "check-digit")]
    loaded.query("UPDATE releases SET data = data - 'identifiers' WHERE id = 3")
    assert hits(loaded, UPC) == []  # its document says so, whatever is still kept of it
    folder = write_dump(tmp_path, MAY, {"releases": [*RELEASES, release(9, identifiers(("Barcode", UPC)))]})
    assert loaded.load(folder, MAY, only_store="table").state == "done"
    assert (9, "exact") in hits(loaded, UPC)


def test_what_is_still_being_made_is_said(loaded: Pipeline) -> None:
    assert look_up(loaded.context, EAN).notice is None
    loaded.query("UPDATE derivations SET caught_up_at = NULL WHERE name = 'identifiers'")
    assert "changed last" in str(look_up(loaded.context, EAN).notice)
    loaded.query("UPDATE derivations SET version = NULL WHERE name = 'identifiers'")
    found: Lookup = look_up(loaded.context, EAN)
    assert "still being made" in str(found.notice)
    assert found.hits
    assert json.loads(json.dumps(found.next)) is None


def test_a_new_version_has_the_indexes_of_the_one_before(loaded: Pipeline) -> None:
    def indexes() -> list[str]:
        rows = loaded.query("SELECT indexdef FROM pg_indexes WHERE tablename = 'identifiers'")
        return sorted(text[text.index("(") :] for (text,) in rows)

    for _ in range(2):
        with loaded.context.connection() as connection:
            forget_derivations(connection, ["identifiers"])
        loaded.go_on(plan_derivations(loaded.context))
        assert indexes() == ["(key, release)", "(release)"]
        assert hits(loaded, EAN) == [(1, "exact"), (4, "other-check-digit")]
