"""The lists of the operations page over HTTP: filters, pages, how many match."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from psycopg.types.json import Jsonb

from functions.operations import paging
from functions.registry import FUNCTIONS
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.store import Connection, add_event
from functions.runtime.settings import Settings
from functions.runtime.stores.context import open_context
from functions.runtime.stores.migrations import migrate_postgres
from gateway.app import create_app

APRIL = dt.date(2026, 4, 1)


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient[Any]]:
    with open_context(settings, FUNCTIONS, graph=False) as context, context.connection() as connection:
        migrate_postgres(connection)
        fill(connection)
    with TestClient(create_app(settings)) as client:
        yield client


def fill(connection: Connection) -> None:
    connection.execute(
        "INSERT INTO events (at, kind, detail) VALUES (now() - interval '3 days', 'of-long-ago', %s)", (Jsonb({}),)
    )
    run = "INSERT INTO runs (kind, dump, source, entities, state) VALUES ('load', %s, 's', %s, %s)"
    connection.execute(run, (APRIL, ["artists"], "done"))
    connection.execute(run, (APRIL, ["artists", "labels"], "running"))
    part = (
        "INSERT INTO parts (run, entity, part, kind, state, died_in, records, error, attempts)"
        " VALUES (%s, %s, %s, 'xml', %s, %s, 10, %s, 2)"
    )
    for number in (1, 2):
        for entity in ("artists", "labels"):
            connection.execute(
                "INSERT INTO files (run, entity, name, state) VALUES (%s, %s, 'x', 'split')", (number, entity)
            )
    connection.execute(part, (1, "artists", 0, "done", None, None))
    for number in range(5):
        connection.execute(part, (2, "artists", number, "cut", None, None))
    connection.execute(part, (2, "labels", 0, "dead", "loaded", "it is 100% broken"))
    connection.execute(part, (2, "labels", 1, "parsed", None, "tried again"))
    piece = (
        "INSERT INTO quarantine (dump, entity, stream_at, record_id, reason, detail, bytes, size, run, named_in)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, 5000, %s, %s)"
    )
    for number in range(3):
        values = (APRIL, "artists", number, number, "bad-number", f"detail {number}", b"<a\x00>" * 1000, 1, APRIL)
        connection.execute(piece, values)
    connection.execute(piece, (APRIL, "labels", 9, None, "no-id", "no id in it", None, 2, APRIL))
    add_event(connection, "drift-unknown", 1, entity="labels", name="label/mood", times=3, example=7)
    add_event(connection, "drift-collapsed", 2, entity="artists", field="realname", before=0.5, now=0.01, example=None)
    add_event(connection, "run-paused", 2, by="cli:anna")
    add_event(connection, "action-failed", action="pause", by="key:nightly", outcome="There is nothing to pause.")
    add_event(connection, "part-dead", 2, entity="labels", part=0, error="it is 100% broken")
    add_event(connection, "scaled", function="split", workers=2, before=1, reason="2 messages to handle")


def walk(client: TestClient[Any], path: str, name: str, **params: Any) -> list[Any]:
    """All pages of a list."""
    found: list[Any] = []
    cursor = None
    while True:
        answer = client.get(path, params=params | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page[name]
        cursor = page["next"]
        if cursor is None:
            assert page["total"] == {"count": len(found), "more": False}
            return found


def test_parts_are_those_of_the_active_run_page_by_page(client: TestClient[Any]) -> None:
    found = walk(client, "/api/parts", "parts", limit=3)
    assert [(part["run"], part["entity"], part["part"]) for part in found] == [
        *((2, "artists", number) for number in range(5)),
        (2, "labels", 0),
        (2, "labels", 1),
    ]
    assert [part["function"] for part in found[4:]] == ["parse-chunk", "load-graph", "load-table"]
    assert client.get("/api/parts", params={"run": 1}).json()["parts"][0]["function"] is None


@pytest.mark.parametrize(
    ("params", "parts"),
    [
        ({"state": "dead"}, [("labels", 0)]),
        ({"function": "load-graph"}, [("labels", 0)]),
        ({"function": "load-table", "entity": "labels"}, [("labels", 1)]),
        ({"function": "download"}, []),
        ({"text": "100% BROKEN"}, [("labels", 0)]),
        ({"text": "100_"}, []),
        ({"run": 1}, [("artists", 0)]),
        ({"run": 99}, []),
    ],
)
def test_parts_are_found_by_where_they_are(
    client: TestClient[Any], params: dict[str, Any], parts: list[tuple[str, int]]
) -> None:
    assert [(part["entity"], part["part"]) for part in walk(client, "/api/parts", "parts", **params)] == parts


@pytest.mark.parametrize(
    ("params", "pieces"),
    [
        ({}, [4, 3, 2, 1]),
        ({"limit": 3}, [4, 3, 2, 1]),
        ({"entity": "artists", "record": 1}, [2]),
        ({"reason": "no-id"}, [4]),
        ({"run": 1, "text": "DETAIL 2"}, [3]),
        ({"dump": "20260401", "since": "2026-01-01T00:00:00"}, [4, 3, 2, 1]),
        ({"dump": "20260501"}, []),
        ({"until": "2026-01-01T00:00:00Z"}, []),
    ],
)
def test_pieces_in_quarantine_come_with_their_first_bytes(
    client: TestClient[Any], params: dict[str, Any], pieces: list[int]
) -> None:
    found = walk(client, "/api/quarantine", "pieces", **params)
    assert [piece["id"] for piece in found] == pieces
    for piece in found:
        assert piece["sample"] == (None if piece["reason"] == "no-id" else "<a\\x00>" * 60)
        assert piece["size"] == 5000


def test_one_piece_has_more_of_its_bytes(client: TestClient[Any]) -> None:
    assert client.get("/api/quarantine/1").json()["sample"] == "<a\\x00>" * 1000
    assert client.get("/api/quarantine/99").status_code == 404


@pytest.mark.parametrize(
    ("params", "names"),
    [({}, ["realname", "label/mood"]), ({"kind": "unknown"}, ["label/mood"]), ({"run": 2}, ["realname"]),
     ({"text": "MOOD"}, ["label/mood"]), ({"entity": "artists", "limit": 1}, ["realname"])],
)  # fmt: skip
def test_drift_comes_with_an_example(client: TestClient[Any], params: dict[str, Any], names: list[str]) -> None:
    found = walk(client, "/api/drift", "drift", **params)
    assert [drift["name"] for drift in found] == names
    for drift in found:
        if drift["name"] == "label/mood":
            assert (drift["times"], drift["example"], drift["document"]) == (3, 7, "/api/labels/7")
        else:
            assert (drift["before"], drift["now"], drift["document"]) == (0.5, 0.01, None)


@pytest.mark.parametrize(
    ("params", "kinds"),
    [
        ({"level": "error"}, ["part-dead"]),
        ({"level": "warning"}, ["action-failed", "drift-collapsed", "drift-unknown"]),
        ({"level": "info"}, ["scaled", "run-paused", "of-long-ago"]),
        ({"level": "info", "kind": "part-dead"}, []),
        ({"run": 2, "limit": 2}, ["part-dead", "run-paused", "drift-collapsed"]),
        ({"by": "anybody"}, ["action-failed", "run-paused"]),
        ({"by": "cli:anna"}, ["run-paused"]),
        ({"function": "split"}, ["scaled"]),
        ({"entity": "labels"}, ["part-dead", "drift-unknown"]),
        ({"text": "100% BROKEN"}, ["part-dead"]),
        ({"text": "run-pau"}, ["run-paused"]),
        ({"until": (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).isoformat()}, ["of-long-ago"]),
    ],
)
def test_events_are_found_by_what_they_are(client: TestClient[Any], params: dict[str, Any], kinds: list[str]) -> None:
    assert [event["kind"] for event in walk(client, "/api/events", "events", **params)] == kinds


def test_an_event_has_its_level_and_says_in_words_what_happened(client: TestClient[Any]) -> None:
    [event] = client.get("/api/events", params={"kind": "part-dead"}).json()["events"]
    assert (event["level"], event["words"]) == ("error", "Part 0 of labels was given up: it is 100% broken")


def test_the_audit_has_who_did_what_and_with_which_outcome(client: TestClient[Any]) -> None:
    found = walk(client, "/api/audit", "events", limit=1)
    assert [(event["by"], event["kind"]) for event in found] == [
        ("key:nightly", "action-failed"),
        ("cli:anna", "run-paused"),
    ]
    assert found[0]["words"] == "pause was not done: There is nothing to pause."
    assert [event["by"] for event in walk(client, "/api/audit", "events", by="cli:anna", run=2)] == ["cli:anna"]


@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize(
    ("path", "name", "sort", "field"),
    [
        *(("/api/parts", "parts", sort, sort) for sort in ("part", "state", "records", "attempts", "sent_at")),
        *(("/api/quarantine", "pieces", sort, sort) for sort in ("record", "dump", "reason", "size")),
        *(("/api/drift", "drift", sort, sort) for sort in ("kind", "entity", "run", "times", "at")),
        *(("/api/events", "events", sort, sort) for sort in ("at", "kind", "run", "by")),
        ("/api/audit", "events", "by", "by"),
    ],
)
def test_a_list_is_sorted_by_a_column_page_by_page(
    client: TestClient[Any], path: str, name: str, sort: str, field: str, direction: str
) -> None:
    """Every row once, those without a value last either way."""
    plain = walk(client, path, name)
    found = walk(client, path, name, sort=sort, order=direction, limit=2)
    assert sorted(map(str, found)) == sorted(map(str, plain))
    if path == "/api/parts" and sort == "part":
        assert found == (plain if direction == "asc" else plain[::-1])
        return
    values = [row[field] for row in found]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=direction == "desc")
    assert values == known + [None] * (len(values) - len(known))


def test_a_row_that_changes_meanwhile_moves_no_other_one_to_another_page(
    client: TestClient[Any], settings: Settings
) -> None:
    asked: dict[str, Any] = {"sort": "records", "order": "desc", "limit": 2}
    first = client.get("/api/parts", params=asked).json()
    last = first["parts"][-1]
    key = (last["run"], last["entity"], last["part"])
    changed = "UPDATE parts SET records = records + %s WHERE run = %s AND entity = %s AND part = %s"
    with open_context(settings, FUNCTIONS, graph=False) as context:
        with context.connection() as connection:
            connection.execute(changed, (-9, *key))
        rest = client.get("/api/parts", params=asked | {"cursor": first["next"], "limit": 100}).json()
        with context.connection() as connection:
            connection.execute(changed, (9, *key))
    seen = [(part["entity"], part["part"]) for part in first["parts"] + rest["parts"]]
    assert len(set(seen)) == rest["total"]["count"]


@pytest.mark.parametrize(
    "cursor", ["x", "[]", '["1"]', "[1,1]", '["x","1"]', '["99999999999999999999","1"]', '["\\u0000","a"]']
)
@pytest.mark.parametrize(
    ("path", "sort"),
    [("/api/parts", "records"), ("/api/events", "at"), ("/api/quarantine", "size"), ("/api/dead-letters", "run")],
)
def test_a_cursor_that_belongs_to_no_sorted_list_is_refused(
    client: TestClient[Any], path: str, sort: str, cursor: str
) -> None:
    assert client.get(path, params={"cursor": cursor, "sort": sort}).status_code == 422
    assert client.get(path, params={"sort": "shoe-size"}).status_code in {400, 422}


@pytest.mark.parametrize(
    "path",
    [f"/operations/{name}" for name in ("parts", "quarantine", "drift", "events", "audit")],
)
def test_the_headings_of_a_page_sort_it_and_keep_what_is_looked_for(client: TestClient[Any], path: str) -> None:
    text = client.get(f"{path}?run=2", headers={"Accept": "text/html"}).text
    links = [html.unescape(link) for link in re.findall(r'<th scope="col"[^>]*><a href="([^"]*)"', text)]
    assert links
    for link in links:
        assert "run=2" in link
        page = client.get(link, headers={"Accept": "text/html"})
        assert (page.status_code, 'aria-sort="ascending"' in page.text) == (200, True)
        [back] = [html.unescape(one) for one in re.findall(r'aria-sort="ascending"><a href="([^"]*)"', page.text)]
        assert "order=desc" in back
        assert 'aria-sort="descending"' in client.get(back, headers={"Accept": "text/html"}).text
        [csv] = [html.unescape(one) for one in re.findall(r'href="([^"]*format=csv[^"]*)"', page.text)]
        [json] = [html.unescape(one) for one in re.findall(r'href="(/api/[^"]*)">JSON', page.text)]
        assert ("sort=" in csv, "sort=" in json) == (True, True)
        assert len(client.get(csv).text.splitlines()) == client.get(json).json()["total"]["count"] + 1
    assert client.get(f"{path}?sort=shoe-size").status_code == 422


def test_runs_as_json_are_those_of_the_page(client: TestClient[Any], settings: Settings) -> None:
    more = "INSERT INTO runs (kind, source, entities, state) SELECT 'load', 'more', '{}', 'done'"
    with open_context(settings, FUNCTIONS, graph=False) as context:
        with context.connection() as connection:
            connection.execute(f"{more} FROM generate_series(1, 110)")
        text = client.get("/operations/runs", headers={"Accept": "text/html"}).text
        [address] = [html.unescape(one) for one in re.findall(r'href="(/api/[^"]*)">JSON', text)]
        numbers = [run["id"] for run in client.get(address).json()["runs"]]
        assert [str(number) for number in numbers] == re.findall(r'href="/operations/runs/(\d+)"', text)
        with context.connection() as connection:
            connection.execute("DELETE FROM runs WHERE source = 'more'")
    assert len(numbers) == 100


def test_beyond_a_bound_it_is_said_that_there_are_more(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MOST_COUNTED", 3)
    page = client.get("/api/events", params={"limit": 2}).json()
    assert (page["total"], len(page["events"])) == ({"count": 3, "more": True}, 2)


def test_schedules_say_what_they_do_and_whether_they_are_in_use(client: TestClient[Any]) -> None:
    found = {one["name"]: one for one in client.get("/api/schedules").json()["schedules"]}
    assert {"check", "sweep", "housekeeping", "webhooks"} <= set(found)
    assert (found["sweep"]["wanted"], found["sweep"]["when"]) == (True, "every 30 seconds")
    assert found["check"]["when"] == "not in use: LINERNOTES_CHECK_SOURCE names no source"


@pytest.mark.parametrize("path", ["/api/parts", "/api/dead-letters", "/api/quarantine", "/api/drift", "/api/events"])
@pytest.mark.parametrize("params", [{"cursor": "x"}, {"cursor": "-1"}, {"limit": 0}, {"limit": 1001}, {"run": "x"}])
def test_what_cannot_be_read_of_a_request_is_said(client: TestClient[Any], path: str, params: dict[str, Any]) -> None:
    assert client.get(path, params=params).status_code in {400, 422}


@pytest.mark.parametrize("cursor", ["x", "-1", "²", "9" * 30])
def test_what_is_no_cursor_of_runs_is_said(client: TestClient[Any], cursor: str) -> None:
    assert client.get("/operations/runs", params={"cursor": cursor}).status_code == 422


def test_a_cursor_of_more_digits_than_are_read_is_refused() -> None:
    with pytest.raises(RefusedError, match="is no cursor"):
        paging.number_of("9" * 5_000)


@pytest.mark.parametrize(
    ("moments", "status"),
    [
        ({"since": "0001-01-01T00:00:00+14:00"}, 422),
        ({"until": "9999-12-31T23:59:59-01:00"}, 422),
        ({"since": "0001-01-01T00:00:00Z", "until": "9999-12-31T23:59:59Z"}, 200),
    ],
)
@pytest.mark.parametrize("path", ["/operations/events", "/operations/dead-letters", "/operations/quarantine"])
def test_a_moment_beyond_the_calendar_is_refused(
    client: TestClient[Any], path: str, moments: dict[str, str], status: int
) -> None:
    assert client.get(path, params=moments).status_code == status
    assert client.get(path.replace("/operations", "/api"), params=moments).status_code == status


@pytest.mark.parametrize("path", ["/api/quarantine?dump=20261301", "/api/events?since=x", "/api/events?level=bad"])
def test_a_value_that_is_none_is_refused(client: TestClient[Any], path: str) -> None:
    assert client.get(path).status_code in {400, 422}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/parts", "text"),
        ("/api/parts", "function"),
        ("/api/dead-letters", "text"),
        ("/api/quarantine", "text"),
        ("/api/quarantine", "reason"),
        ("/api/drift", "text"),
        ("/api/events", "text"),
        ("/api/audit", "by"),
    ],
)
def test_a_nul_character_is_refused_and_its_field_named(client: TestClient[Any], path: str, field: str) -> None:
    answer = client.get(path, params={field: "a\0b"})
    assert (answer.status_code, field in answer.text) == (422, True), answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/operations/quarantine?text=%00",
        "/operations/parts?text=%00",
        "/operations/events?text=%00",
        "/operations/dead-letters?text=%00",
        "/api/artists/%00",
        "/api/runs/%00",
        "/%00",
        "/static/%00",
        "/operations/%00",
        "/operations?next=%00",
        "/api/metrics-history/%00",
        "/health/%00",
    ],
)
def test_a_nul_character_in_an_address_breaks_nothing(client: TestClient[Any], path: str) -> None:
    for accepted in ("text/html", "application/json"):
        assert client.get(path, headers={"Accept": accepted}).status_code in (200, 400, 404, 422)
