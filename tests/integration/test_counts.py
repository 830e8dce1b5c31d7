"""The counts: added to part by part, they are what counting everything anew gives."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from functions.counts.refresh import bring_counts, count_all
from functions.runs import begin
from functions.runs.run_commands import cancel
from functions.runtime.errors import RefusedError, RunGone
from functions.runtime.ledger.store import COUNT_LOCK, Connection
from functions.runtime.messages import Finish, LoadTable, ParseChunk
from functions.runtime.settings import Settings
from gateway.app import create_app
from infra.synth import mutate_dump
from infra.synth import write_dump as write_generated_dump
from tests.integration.pipeline import (
    APRIL,
    LONG_NAMES,
    MAY,
    Pipeline,
    date_of,
    deliver,
    deliver_all,
    master,
    release,
    split_of,
    write_dump,
)
from tests.processes import wait_until

PIPELINE = {"deletion_share": 1.0}
TABLES_ONLY = True

FIRST, SECOND, THIRD = "20260901", "20261001", "20261101"

Counted = dict[tuple[str, str], tuple[int, int]]

HELD = f"SELECT pg_advisory_xact_lock({COUNT_LOCK}, hashtext('counts'))"
WAITED_FOR = """SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database
                WHERE locktype = 'advisory' AND NOT granted AND d.datname = current_database()"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three months of a generated dump; in the third, records of the first come back."""
    root = tmp_path_factory.mktemp("dumps")
    write_generated_dump(root, releases=400, seed=5, dump=FIRST)
    mutate_dump(root, root, changed=0.2, seed=6, dump=SECOND)
    mutate_dump(root, root, changed=0.2, seed=7, dump=THIRD)
    return root


@pytest.fixture
def only_by_notes(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it, and nothing is counted anew from then on."""

    def forbid(_connection: object) -> None:
        raise AssertionError("everything was counted anew")

    return lambda: monkeypatch.setattr("functions.counts.refresh.count_all", forbid)


def counts(pipeline: Pipeline) -> Counted:
    assert pipeline.query("SELECT count(*) FROM count_deltas") == [(0,)]
    return stored(pipeline)


def stored(pipeline: Pipeline) -> Counted:
    rows = pipeline.query("SELECT kind, key, releases, masters FROM counts")
    return {(kind, key): (releases, masters) for kind, key, releases, masters in rows}


def by_hand(pipeline: Pipeline) -> Counted:
    """The counts of what the tables hold, counted here."""
    found = (Counter[tuple[str, str]](), Counter[tuple[str, str]]())
    for number, table in enumerate(("releases", "masters")):
        for year, data in pipeline.query(f"SELECT year, data::text FROM {table}"):  # noqa: S608
            found[number].update(keys(json.loads(data), year, with_labels=table == "releases"))
    return {key: (found[0][key], found[1][key]) for key in found[0] | found[1]}


def keys(document: dict[str, Any], year: int | None, *, with_labels: bool) -> set[tuple[str, str]]:
    many = {("genre", genre) for genre in document.get("genres", ())}
    many |= {("style", style) for style in document.get("styles", ())}
    if len(set(document.get("genres", ()))) == 1:
        pairs = {f"{style}\x1f{document['genres'][0]}" for style in document.get("styles", ())}
        many |= {("part_of", pair) for pair in pairs if len(pair.encode()) <= 2_501}
    if with_labels:
        many |= {("label", str(label["id"])) for label in document.get("labels", ()) if label.get("id")}
        many |= {("format", one["name"]) for one in document.get("formats", ()) if "name" in one}
        many |= {("country", document["country"])} if "country" in document else set()
    return many | ({("year", str(year))} if year else set())


def test_three_months_of_notes_are_what_counting_anew_gives(
    pipeline: Pipeline, source: Path, only_by_notes: Callable[[], None]
) -> None:
    pipeline.load(source, date_of(FIRST), only_store="table")
    assert counts(pipeline) == by_hand(pipeline) != {}
    only_by_notes()
    gone: set[tuple[str, int]] = set()
    for dump in (SECOND, THIRD):
        before = counts(pipeline)
        pipeline.load(source, date_of(dump), only_store="table")
        assert counts(pipeline) == by_hand(pipeline) != before
        returned = gone - pipeline.tombstones()
        gone = pipeline.tombstones()
    assert {entity for entity, _ in returned} >= {"releases"}
    kept = stored(pipeline)
    with pipeline.context.connection() as connection:
        count_all(connection)
    assert counts(pipeline) == kept
    assert {kind for kind, _ in kept} == {"genre", "style", "part_of", "label", "country", "format", "year"}


def test_the_bulk_road_ends_with_the_same_counts(
    pipeline: Pipeline, source: Path, only_by_notes: Callable[[], None]
) -> None:
    pipeline.load(source, date_of(FIRST), bulk="auto", only_store="table")
    assert counts(pipeline) == by_hand(pipeline) != {}
    only_by_notes()
    pipeline.load(source, date_of(SECOND), bulk="auto", only_store="table")
    assert counts(pipeline) == by_hand(pipeline)


def test_a_key_that_nothing_has_any_more_goes(pipeline: Pipeline, tmp_path: Path) -> None:
    odd = "<genres><genre>Odd</genre><genre>Odd</genre></genres><year>1999</year>"
    write_dump(tmp_path, APRIL, {"masters": [master(1, odd), master(2)], "releases": [release(1)]})
    pipeline.load(tmp_path, APRIL, only_store="table")
    assert counts(pipeline) == by_hand(pipeline)
    assert stored(pipeline)["genre", "Odd"] == (0, 1)
    write_dump(tmp_path, MAY, {"masters": [master(2)], "releases": [release(1, "<country>Peru</country>")]})
    pipeline.load(tmp_path, MAY, only_store="table")
    assert counts(pipeline) == by_hand(pipeline)
    assert ("genre", "Odd") not in stored(pipeline)
    assert stored(pipeline)["country", "Peru"] == (1, 0)


def test_a_genre_and_a_style_that_no_index_takes_together_are_counted_alone(pipeline: Pipeline, tmp_path: Path) -> None:
    genre, style, other = LONG_NAMES
    odd = f"<genres><genre>{genre}</genre></genres><styles><style>{style}</style><style>Odd</style>%s</styles>"
    write_dump(tmp_path, APRIL, {"masters": [master(1, odd % "")]})
    assert pipeline.load(tmp_path, APRIL, bulk="auto", only_store="table").state == "done"
    assert counts(pipeline) == by_hand(pipeline)
    write_dump(tmp_path, MAY, {"masters": [master(1, odd % ""), master(2, odd % f"<style>{other}</style>")]})
    assert pipeline.load(tmp_path, MAY, only_store="table").state == "done"
    assert counts(pipeline) == by_hand(pipeline)
    assert [key.partition("\x1f")[0] for kind, key in stored(pipeline) if kind == "part_of"] == ["Odd"]
    assert stored(pipeline)["style", other] == (0, 1)


def test_a_run_that_broke_off_counts_nothing_twice(
    pipeline: Pipeline, source: Path, only_by_notes: Callable[[], None]
) -> None:
    pipeline.load(source, date_of(FIRST), only_store="table")
    only_by_notes()
    before = counts(pipeline)
    _, messages = split_of(pipeline, source, dump=date_of(SECOND), only_store="table")
    parsed = deliver_all(pipeline, messages, ParseChunk)
    half = parsed[::2]
    deliver_all(pipeline, [*half, *half], LoadTable)
    cancel(pipeline.context)
    assert stored(pipeline) == before
    assert pipeline.query("SELECT count(*) > 0 FROM count_deltas") == [(True,)]
    begun, messages = split_of(pipeline, source, dump=date_of(SECOND), only_store="table")
    due = deliver_all(pipeline, deliver_all(pipeline, messages, ParseChunk), LoadTable)
    assert Finish(run=begun.run.id) in due
    for _ in range(2):
        bring_counts(pipeline.context, begun.run.id)  # as a finish does that ends before its end
    pipeline.go_on([*due, Finish(run=begun.run.id)])
    assert counts(pipeline) == by_hand(pipeline)


def test_the_end_of_a_run_that_is_over_does_not_count_half_of_the_next_one(pipeline: Pipeline, source: Path) -> None:
    begun, messages = split_of(pipeline, source, dump=date_of(FIRST), bulk="auto", only_store="table")
    deliver_all(pipeline, deliver_all(pipeline, messages, ParseChunk), LoadTable)
    with ThreadPoolExecutor(1) as threads:
        with pipeline.context.connection() as other:
            other.execute(HELD)
            ending = threads.submit(deliver, pipeline, Finish(run=begun.run.id))
            wait_until(lambda: pipeline.query(WAITED_FOR) != [])
            cancel(pipeline.context)
            pipeline.empty_tables()
            _, messages = split_of(pipeline, source, dump=date_of(FIRST), bulk="auto", only_store="table")
            first, *rest = deliver_all(pipeline, messages, ParseChunk)
            due = deliver(pipeline, first)
        with pytest.raises(RunGone):
            ending.result()
    pipeline.go_on([*due, *rest])
    assert counts(pipeline) == by_hand(pipeline) != {}


def test_a_run_that_is_cancelled_while_it_counts_leaves_the_counts_alone(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, messages = split_of(pipeline, source, dump=date_of(FIRST), only_store="table")
    deliver_all(pipeline, deliver_all(pipeline, messages, ParseChunk), LoadTable)

    def count_and_cancel(connection: Connection) -> None:
        count_all(connection)
        cancel(pipeline.context)

    monkeypatch.setattr("functions.counts.refresh.count_all", count_and_cancel)
    assert deliver(pipeline, Finish(run=begun.run.id)) == []
    assert pipeline.query("SELECT counts_version FROM installation") == [(None,)]
    assert stored(pipeline) == {}


def test_what_is_counted_by_another_version_is_counted_anew(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source, date_of(FIRST), only_store="table")
    pipeline.query("UPDATE installation SET counts_version = 0")
    pipeline.query("UPDATE counts SET releases = releases + 7")
    pipeline.query("INSERT INTO count_deltas VALUES ('genre', 'old', 1, 1)")
    pipeline.load(source, date_of(SECOND), only_store="table")
    assert counts(pipeline) == by_hand(pipeline)


def test_no_run_begins_while_a_part_of_a_cancelled_one_is_being_written(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(begin, "_LOCK_TIMEOUT", "50ms")
    _, messages = split_of(pipeline, source, dump=date_of(FIRST), only_store="table")
    part = deliver_all(pipeline, messages, ParseChunk)[0]
    cancel(pipeline.context)
    with pipeline.context.connection() as connection:
        connection.execute("SELECT FROM parts WHERE part = 0 FOR UPDATE")  # as who writes it does
        with pytest.raises(RefusedError, match="is still being written"):
            pipeline.begin(source, date_of(FIRST))
    pipeline.begin(source, date_of(FIRST))
    assert deliver(pipeline, part) == []


def test_counts_are_served_the_largest_first(pipeline: Pipeline, settings: Settings, source: Path) -> None:
    with TestClient(create_app(settings)) as client:
        pipeline.load(source, date_of(FIRST), bulk="auto", only_store="table")
        genres = client.get("/api/counts/genre").json()
        wanted = [(key, *both) for (kind, key), both in stored(pipeline).items() if kind == "genre"]
        assert genres["kind"] == "genre"
        assert [(one["key"], one["releases"], one["masters"]) for one in genres["counts"]] == sorted(
            wanted, key=lambda one: (-one[1], one[0].lower())
        )
        labels = client.get("/api/counts/label?limit=5").json()["counts"]
        names = dict(pipeline.query("SELECT id::text, name FROM labels"))
        assert len(labels) == 5
        assert [one["name"] for one in labels] == [names.get(one["key"]) for one in labels]
        assert any(one["name"] for one in labels)
        nothing = client.get("/api/counts/artist")
        assert (nothing.status_code, nothing.json()["detail"]) == (
            404,
            "Nothing is counted by 'artist': the kinds are genre, style, label, country, format, year.",
        )
        for limit in ("0", "1001", "x"):
            assert client.get(f"/api/counts/genre?limit={limit}").status_code == 422
