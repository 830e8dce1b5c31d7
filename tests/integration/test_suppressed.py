"""Records that are kept and shown to nobody: over HTTP as if they had never been, in the stores as before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import typer
from litestar.testing import TestClient
from psycopg.errors import InsufficientPrivilege
from typer.testing import CliRunner

from functions.access.roles import settle_roles
from functions.history.read_changes import month_counts
from functions.operations.quarantine_list import piece_view
from functions.privacy.suppressed import (
    LONGEST_REASON,
    is_suppressed,
    keep_suppressed,
    suppress,
    suppressed_page,
    unsuppress,
)
from functions.runs.reset import reset
from functions.runtime.errors import RefusedError, SettingError
from functions.runtime.settings import Settings
from gateway.app import create_app
from gateway.connections import Connections
from infra.cli.suppress import parse_entity, register
from tests.integration.pipeline import APRIL, MAY, Pipeline, artist, open_pipeline, release, write_dump
from tests.stack import environment_of

SECRET = "lived in Kyoto"
BARCODE = "<identifiers><identifier type='Barcode' value='4006381333931' description=''/></identifiers>"


@pytest.fixture(scope="module")
def pipeline(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """April, and May in which the artists 1 and 2 have changed and 3 is gone; a piece of artist 2 in quarantine."""
    folder = tmp_path_factory.mktemp("dumps")
    with open_pipeline(settings) as opened:
        with opened.context.connection() as connection:
            assert settle_roles(connection, opened.context.settings) == ""
        for date, texts in ((APRIL, {1: "a", 2: SECRET, 3: SECRET}), (MAY, {1: "b", 2: f"{SECRET} once"})):
            artists = [artist(number, f"<profile>{text}</profile>") for number, text in texts.items()]
            write_dump(folder, date, {"artists": artists, "releases": [release(5, BARCODE), release(6, BARCODE)]})
            assert opened.load(folder, date, only_store="table", accept_deletions=True).state == "done"
        opened.query(
            "INSERT INTO quarantine (dump, entity, stream_at, record_id, reason, detail, bytes, size, run)"
            " VALUES (%s, 'artists', 0, 2, 'no-id', 'x', 'x', 1, 1)",
            MAY,
        )
        yield opened


@pytest.fixture
def client(pipeline: Pipeline) -> Iterator[TestClient[Any]]:
    """A gateway; the list is empty before and after."""
    with TestClient(create_app(pipeline.context.settings)) as client:
        yield client
    pipeline.query("DELETE FROM suppressed")


def hide(pipeline: Pipeline, entity: Any, *ids: int, reason: str | None = None) -> list[int]:
    with pipeline.context.connection() as connection:
        return suppress(connection, entity, ids, by="cli:anna", reason=reason)


def changed(client: TestClient[Any]) -> list[tuple[int, str, bool]]:
    found = client.get("/api/changes?since=20260501&entity=artists").json()["changes"]
    return [(one["id"], one["kind"], "patch" in one) for one in found]


def test_a_suppressed_record_is_as_one_that_never_was(pipeline, client):
    never = client.get("/api/artists/9")
    assert client.get("/api/artists/2").status_code == 200
    assert hide(pipeline, "artists", 2, 3) == [2, 3]
    for number in (2, 3):
        answer = client.get(f"/api/artists/{number}")
        assert (answer.status_code, answer.text) == (404, never.text.replace("9", str(number)))
    assert client.get("/api/artists/1").status_code == 200
    with pipeline.context.connection() as connection:
        assert unsuppress(connection, "artists", [2, 3, 4], by="cli:anna") == [2, 3]
    assert client.get("/api/artists/2").json()["data"]["profile"] == f"{SECRET} once"


def test_neither_changes_nor_first_months_list_it(pipeline, client):
    everything = client.get("/api/changes?since=20260401&entity=artists").json()["changes"]
    assert {one["id"] for one in everything} == {1, 2, 3}
    assert changed(client) == [(1, "changed", True), (2, "changed", True), (3, "removed", False)]
    counts = month_counts(pipeline.context, APRIL)
    hide(pipeline, "artists", 2, 3)
    assert changed(client) == [(1, "changed", True)]
    first = client.get("/api/changes?since=20260401&entity=artists").json()["changes"]
    assert {one["id"] for one in first} == {1}
    assert month_counts(pipeline.context, APRIL) == counts


def test_neither_lookup_nor_counts_nor_quarantine_nor_pages_show_it(pipeline, client):
    def shown() -> tuple[Any, ...]:
        hits = client.get("/api/lookup?q=4006381333931").json()["hits"]
        labels = client.get("/api/counts/label").json()["counts"]
        pieces = client.get("/api/quarantine").json()["pieces"]
        return {one["id"] for one in hits}, {one["key"] for one in labels}, [one["record"] for one in pieces]

    releases, labels, records = shown()
    assert (releases, records) == ({5, 6}, [2])
    assert labels
    [number] = [number for (number,) in pipeline.query("SELECT id FROM quarantine")]
    assert piece_view(pipeline.context, number).record == 2
    assert "/release/5" in client.get("/").text
    hide(pipeline, "releases", 5)
    hide(pipeline, "artists", 2)
    hide(pipeline, "labels", *map(int, labels))
    assert shown() == ({6}, set(), [])
    assert "/release/5" not in client.get("/").text
    with pytest.raises(RefusedError, match="no piece"):
        piece_view(pipeline.context, number)


def test_of_a_removed_record_only_name_and_months_are_shown_unless_a_setting_says_more(pipeline, client):
    gone = client.get("/api/artists/3")
    assert gone.status_code == 410
    assert (gone.json()["name"], gone.json()["removed_in"]) == ("Artist 3", "20260501")
    assert SECRET not in gone.text
    pipeline.query(
        "INSERT INTO changes (entity, id, dump, kind, patch) VALUES ('artists', 3, '2026-04-15', 'changed', '[]')"
    )
    since = "/api/changes?since=20260415&entity=artists"
    [first] = [one for one in client.get(since).json()["changes"] if one["dump"] == "20260415"]
    assert "patch" not in first
    settings = pipeline.context.settings
    with TestClient(create_app(msgspec.structs.replace(settings, show_removed=True))) as open_client:
        assert SECRET in open_client.get("/api/artists/3").json()["data"]["profile"]
        [first] = [one for one in open_client.get(since).json()["changes"] if one["dump"] == "20260415"]
        assert first["patch"] == []
    pipeline.query("DELETE FROM changes WHERE dump = '2026-04-15'")


def test_an_event_says_who_and_how_many_but_neither_which_nor_why(pipeline, client):
    hide(pipeline, "artists", 2, 3, reason=SECRET)
    assert hide(pipeline, "artists", 2) == []
    [(kind, detail)] = pipeline.query("SELECT kind, detail FROM events ORDER BY id DESC LIMIT 1")
    assert (kind, detail) == ("suppressed", {"by": "cli:anna", "entity": "artists", "records": 2})
    events = client.get("/api/events").json()["events"]
    assert events[0]["words"] == "2 of artists are shown to nobody"


def test_the_gateway_sees_which_records_and_not_why(pipeline, client):
    hide(pipeline, "artists", 2, reason=SECRET)
    connections: Connections = client.app.state.connections
    for context in (connections.context, connections.acting):
        with context.connection() as connection:
            assert connection.execute("SELECT entity, id FROM suppressed").fetchall() == [("artists", 2)]
        for statement in ("SELECT reason FROM suppressed", "SELECT suppressed_by FROM suppressed"):
            with pytest.raises(InsufficientPrivilege), context.connection() as connection:
                connection.execute(statement)
    with pytest.raises(InsufficientPrivilege), connections.acting.connection() as connection:
        connection.execute("DELETE FROM suppressed")


def test_the_list_has_pages_and_bounds(pipeline, client):
    hide(pipeline, "releases", 1, 2, 3)
    hide(pipeline, "artists", 7)
    with pipeline.context.connection() as connection:
        first = suppressed_page(connection, None, 2)
        rest = suppressed_page(connection, None, 2, first.next)
        assert [(one.entity, one.id) for one in first.records + rest.records] == [
            ("artists", 7),
            ("releases", 1),
            ("releases", 2),
            ("releases", 3),
        ]
        assert rest.next is None
        assert [one.id for one in suppressed_page(connection, "artists").records] == [7]
        for cursor in ("artists", "artists.x", "genres.1"):
            with pytest.raises(RefusedError, match="no cursor"):
                suppressed_page(connection, None, 2, cursor)
        with pytest.raises(SettingError, match="1,000 are the most"):
            suppress(connection, "artists", [1], by="cli:anna", reason="x" * (LONGEST_REASON + 1))


def test_the_commands_add_list_and_remove(pipeline, client, monkeypatch):
    for name, value in environment_of(pipeline.context.settings).items():
        monkeypatch.setenv(name, value)
    app = typer.Typer()
    register(app)

    def command(*words: str) -> Any:
        return CliRunner().invoke(app, list(words), catch_exceptions=False)

    assert json.loads(command("suppress", "add", "artist", "2", "4", "--reason", "[/b]", "--json").stdout) == {
        "entity": "artists",
        "suppressed": [2, 4],
        "before": [],
    }
    [first, second] = json.loads(command("suppress", "list", "--json").stdout)["records"]
    assert (first["id"], first["reason"], second["id"]) == (2, "[/b]", 4)
    assert first["by"].startswith("cli:")
    assert "[/b]" in command("suppress", "list", "--entity", "artist").stdout
    assert "artist 2 is shown again" in command("suppress", "remove", "artist", "2").stdout
    with pytest.raises(RefusedError, match="artist 2 is not suppressed"):
        command("suppress", "remove", "artists", "2")
    with pytest.raises(SettingError, match="no entity"):
        parse_entity("genre")


def test_a_restored_database_still_hides_what_was_hidden_since(pipeline, client):
    hide(pipeline, "artists", 2, reason="asked")
    with pipeline.context.connection() as old, pipeline.context.connection() as new:
        new.execute("CREATE TEMP TABLE suppressed (LIKE public.suppressed INCLUDING ALL)")
        keep_suppressed(old, new)
        keep_suppressed(old, new)
        assert new.execute("SELECT entity, id, reason FROM pg_temp.suppressed").fetchall() == [("artists", 2, "asked")]
        new.execute("DROP TABLE pg_temp.suppressed")


def test_a_reset_empties_the_stores_and_not_the_list(pipeline, client):
    hide(pipeline, "artists", 2)
    pipeline.query("TRUNCATE quarantine")
    reset(pipeline.context)
    with pipeline.context.connection() as connection:
        assert is_suppressed(connection, "artists", 2)
