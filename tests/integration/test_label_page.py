"""The page of a label on real stores: what is around it, its releases, what it did as a company."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from litestar.testing import TestClient

from functions.discover.label.figures import read_figures
from functions.discover.label.releases import Wanted, label_releases
from functions.discover.label.tree import read_tree
from functions.discover.profiles.read import ValueCount
from functions.runtime.entities import Entity
from functions.runtime.settings import Settings
from gateway.app import create_app
from tests.integration.pipeline import APRIL, Pipeline, artist, open_pipeline, write_dump


def label(number: int, name: str, parent: int = 0, below: tuple[int, ...] = (), more: str = "") -> str:
    above = f"<parentLabel id='{parent}'>Label {parent}</parentLabel>" if parent else ""
    sublabels = "".join(f"<label id='{one}'>Label {one}</label>" for one in below)
    tree = f"<sublabels>{sublabels}</sublabels>" if below else ""
    return f"<label><id>{number}</id><name>{name}</name>{more}{above}{tree}</label>"


def release(number: int, year: int, label_id: int, catno: str, style: str = "Techno", company: int = 0) -> str:
    pressed = (
        f"<companies><company><id>{company}</id><name>Plant</name><entity_type>17</entity_type>"
        "<entity_type_name>Pressed By</entity_type_name></company></companies>"
        if company
        else ""
    )
    return (
        f"<release id='{number}'><artists><artist><id>{number % 2 + 1}</id><name>A</name></artist></artists>"
        f"<title>Title {chr(96 + number)}</title><labels><label name='L' catno='{catno}' id='{label_id}'/></labels>"
        f"<formats><format name='{'Vinyl' if number % 2 else 'CD'}' qty='1' text=''/></formats>"
        f"<genres><genre>Electronic</genre></genres><styles><style>{style}</style></styles>"
        f"<country>UK</country><released>{year}</released>{pressed}</release>"
    )


LABELS = [
    label(1, "Top", below=(2, 3)),
    label(2, "Middle (2)", 1, (4, 5), "<contactinfo>A street</contactinfo><urls><url>https://x.example/</url></urls>"),
    label(3, "Beside", 1),
    label(4, "Low", 2, (6,)),
    label(5, "Round", 2, (2,)),
    label(6, "Lowest", 4),
    label(7, "Plant"),
]
RELEASES = [
    *(
        release(number, 2000 - number, 2, f"CAT {20 - number:02}", company=7 if number < 4 else 0)
        for number in range(1, 8)
    ),
    release(8, 1980, 4, "LOW 1", "House"),
]


@pytest.fixture(scope="module")
def loaded(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with open_pipeline(settings) as opened:
        opened.empty_tables()
        records: dict[Entity, list[str | bytes]] = {
            "artists": [artist(1), artist(2)],
            "labels": [*LABELS],
            "releases": [*RELEASES],
        }
        folder = write_dump(tmp_path_factory.mktemp("dump"), APRIL, records)
        assert opened.load(folder, APRIL, only_store="table").state == "done"
        yield opened


@pytest.fixture(scope="module")
def client(loaded: Pipeline) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(loaded.context.settings)) as client:
        yield client


def ids(client: TestClient[Any], query: str = "", number: int = 2) -> list[int]:
    return [one["id"] for one in client.get(f"/api/labels/{number}/releases?{query}").json()["releases"]]


def test_the_tree_has_what_is_above_and_below_and_no_circle(loaded: Pipeline) -> None:
    with loaded.context.connection() as connection:
        tree = read_tree(connection, 2)
        low = read_tree(connection, 6)
    assert [one.text for one in tree.above] == ["Top"]
    assert [(one.label.text, [under.label.text for under in one.below]) for one in tree.below] == [
        ("Label 4", ["Label 6"]),
        ("Label 5", []),
    ]
    assert [one.id for one in low.above] == [1, 2, 4]


def test_the_page_says_what_a_label_is_like(client: TestClient[Any]) -> None:
    page = client.get("/label/2/middle", headers={"Accept": "text/html"})
    assert page.status_code == 200
    text = unescape(page.text)
    for said in ("Part of", "Releases by year", "Main artists", "/style/techno", "A street", "CAT 19", "1990s"):
        assert said in text
    assert '<a href="/label/1/top">' in page.text


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", [7, 6, 5, 4, 3, 2, 1]),
        ("order=desc", [1, 2, 3, 4, 5, 6, 7]),
        ("sort=catno", [7, 6, 5, 4, 3, 2, 1]),
        ("sort=title&order=desc", [7, 6, 5, 4, 3, 2, 1]),
        ("years=1995..1997", [5, 4, 3]),
        ("format=Vinyl", [7, 5, 3, 1]),
        ("style=House", []),
        ("as=company", []),
    ],
)
def test_releases_are_sorted_and_narrowed_down(client: TestClient[Any], query: str, wanted: list[int]) -> None:
    assert ids(client, query) == wanted


def test_releases_come_page_by_page_and_as_csv_and_lines(client: TestClient[Any]) -> None:
    first = client.get("/api/labels/2/releases?limit=5").json()
    assert (first["total"], len(first["releases"])) == (7, 5)
    assert ids(client, f"limit=5&cursor={first['next']}") == [2, 1]
    sheet = list(csv.DictReader(io.StringIO(client.get("/label/2?download=csv").text)))
    assert [(row["release"], row["catalogue numbers"]) for row in sheet][:2] == [("7", "CAT 13"), ("6", "CAT 14")]
    lines = client.get("/api/labels/2/releases", headers={"Accept": "application/x-ndjson"}).text.splitlines()
    assert len(lines) == 7
    assert client.get("/api/labels/2/releases?cursor=no").status_code == 422
    assert client.get("/api/labels/99/releases").status_code == 404
    assert client.get("/label/2?sort=odd").status_code == 422


def test_what_a_label_did_as_a_company_is_listed(client: TestClient[Any]) -> None:
    assert ids(client, "as=company&role=Pressed+By", 7) == [3, 2, 1]
    text = client.get("/label/7?as=company", headers={"Accept": "text/html"}).text
    assert "Pressed By" in text
    assert "/release/3/" in text


def test_what_a_large_company_did_is_listed_without_counting_it(loaded: Pipeline) -> None:
    loaded.query("INSERT INTO release_link_years SELECT 7, 4, 1990 + n, 1 FROM generate_series(1, 3) AS n")
    try:
        with loaded.context.connection() as connection:
            figures = read_figures(connection, 7)
        assert (figures.is_sampled, [one.name for one in figures.company]) == (True, ["Pressed By"])
    finally:
        loaded.query("DELETE FROM release_link_years")
    with loaded.context.connection() as connection:
        assert read_figures(connection, 7).company == [ValueCount("Pressed By", 3)]


def test_a_large_label_is_read_in_the_order_of_years(loaded: Pipeline) -> None:
    """Its releases are the same ones, whatever narrows them down."""
    loaded.query("INSERT INTO release_link_years SELECT 2, 3, 2000 - n, 1 FROM generate_series(1, 7) AS n")
    try:
        with loaded.context.connection() as connection:
            seen, cursor = [], None
            while True:
                page = label_releases(connection, 2, "label", Wanted(), cursor=cursor, descending=True, limit=3)
                seen += [one.id for one in page.releases]
                cursor = page.next
                if cursor is None:
                    break
            vinyl = label_releases(connection, 2, "label", Wanted(format="Vinyl"), limit=3)
        assert seen == [1, 2, 3, 4, 5, 6, 7]
        assert (page.is_hub, page.total) == (True, 7)
        assert ([one.id for one in vinyl.releases], vinyl.total) == ([7, 5, 3], None)
    finally:
        loaded.query("DELETE FROM release_link_years")


def test_suppressed_releases_and_labels_are_not_shown(loaded: Pipeline, client: TestClient[Any]) -> None:
    loaded.query(
        "INSERT INTO suppressed (entity, id, suppressed_by) "
        "VALUES ('releases', 3, 'x'), ('labels', 4, 'x'), ('labels', 1, 'x')"
    )
    try:
        assert ids(client) == [7, 6, 5, 4, 2, 1]
        text = client.get("/label/2", headers={"Accept": "text/html"}).text
        assert "/label/4" not in text
        assert "/label/1/" not in text
    finally:
        loaded.query("DELETE FROM suppressed")
