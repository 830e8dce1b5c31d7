"""The history: what months have added, changed and removed, whatever strategy they took and however often they came."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import typer
from litestar.testing import TestClient
from typer.testing import CliRunner

from functions.finish.deletions import remove_gone
from functions.history.patch import diff, redo, undo
from functions.history.read_changes import Change, changes, month_counts, page, parse_place
from functions.runs.begin import begin_retry
from functions.runs.run_commands import cancel
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import RunInactive
from functions.runtime.messages import Finish, LoadGraph, LoadTable, ParseChunk
from functions.runtime.settings import Settings
from gateway.app import create_app
from infra.cli.changes import register
from infra.synth import mutate_dump
from infra.synth import write_dump as write_generated_dump
from tests.integration.pipeline import (
    APRIL,
    JUNE,
    MAY,
    Pipeline,
    artist,
    date_of,
    deliver_all,
    open_pipeline,
    split_of,
    write_dump,
)
from tests.stack import FreshSettings, environment_of

PIPELINE = {"deletion_share": 1.0, "show_removed": True}
TABLES_ONLY = True

FIRST, SECOND, THIRD = "20260901", "20261001", "20261101"
BEGINNING = dt.date(2000, 1, 1)

Documents = dict[Entity, dict[int, Any]]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three months of a generated dump."""
    root = tmp_path_factory.mktemp("dumps")
    write_generated_dump(root, releases=300, seed=5, dump=FIRST)
    mutate_dump(root, root, changed=0.1, seed=6, dump=SECOND)
    mutate_dump(root, root, changed=0.1, seed=7, dump=THIRD)
    return root


def documents(pipeline: Pipeline) -> Documents:
    return {
        cast("Entity", entity): {number: json.loads(data) for number, _, data in rows}
        for entity, rows in pipeline.documents().items()
    }


def history(pipeline: Pipeline, *entities: Entity) -> list[Change]:
    return list(changes(pipeline.context, BEGINNING, entities or ENTITIES))


def kinds(pipeline: Pipeline, entity: Entity = "artists") -> list[tuple[str, int, str]]:
    return [(one.dump[4:6], one.id, one.kind) for one in history(pipeline, entity)]


def load_artists(pipeline: Pipeline, folder: Path, date: dt.date, texts: dict[int, str], **options: Any) -> None:
    """Load a dump with these artists, each with a profile."""
    records = [artist(number, f"<profile>{text}</profile>") for number, text in texts.items()]
    write_dump(folder, date, {"artists": records})
    assert pipeline.load(folder, date, only_store="table", **options).state == "done"


def differences(before: Documents, after: Documents, dump: str) -> list[Change]:
    """What the history of a month has to say, found by comparing everything."""
    found = []
    for entity in ENTITIES:
        old, new = before[entity], after[entity]
        for number in sorted(old.keys() | new.keys()):
            if number not in old:
                found.append(Change(dump, entity, number, "added"))
            elif number not in new:
                found.append(Change(dump, entity, number, "removed"))
            elif old[number] != new[number]:
                found.append(Change(dump, entity, number, "changed", diff(old[number], new[number])))
    return found


@pytest.mark.parametrize("bulk", ["no", "auto"])
def test_months_tell_what_comparing_all_documents_tells(pipeline: Pipeline, source: Path, bulk: str) -> None:
    before: Documents = {entity: {} for entity in ENTITIES}
    wanted: list[Change] = []
    for dump in (FIRST, SECOND, THIRD):
        pipeline.load(source, date_of(dump), bulk=bulk, only_store="table")
        after = documents(pipeline)
        wanted += differences(before, after, dump)
        assert history(pipeline) == wanted
        before = after
    assert {one.kind for one in wanted if one.dump == THIRD} == {"added", "changed", "removed"}
    assert pipeline.query("SELECT DISTINCT dump FROM changes ORDER BY dump") == [
        (date_of(SECOND),),
        (date_of(THIRD),),
    ]
    counts = {
        (one.dump, one.entity): (one.added, one.changed, one.removed)
        for one in month_counts(pipeline.context, BEGINNING)
    }
    for (dump, entity), found in counts.items():
        of_both = [one.kind for one in wanted if (one.dump, one.entity) == (dump, entity)]
        assert found == tuple(of_both.count(kind) for kind in ("added", "changed", "removed"))
    assert sum(map(sum, counts.values())) == len(wanted)


def test_patches_lead_from_each_month_to_the_next_and_back(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source, date_of(FIRST), only_store="table")
    before = documents(pipeline)
    pipeline.load(source, date_of(SECOND), only_store="table")
    after = documents(pipeline)
    changed = [one for one in history(pipeline) if one.kind == "changed"]
    assert len(changed) > 20
    for one in changed:
        assert one.patch is not None
        old, new = before[one.entity][one.id], after[one.entity][one.id]
        assert (redo(old, one.patch), undo(new, one.patch)) == (new, old)


def test_a_month_that_is_loaded_again_changes_nothing(pipeline: Pipeline, source: Path) -> None:
    for dump in (FIRST, SECOND):
        pipeline.load(source, date_of(dump), only_store="table")
    known = pipeline.query("SELECT xmin::text, * FROM changes ORDER BY entity, id")
    pipeline.load(source, date_of(SECOND), only_store="table")
    pipeline.query("UPDATE record_state SET raw = 0, doc = 0 WHERE doc IS NOT NULL")  # as after an update of the parser
    pipeline.load(source, date_of(SECOND), only_store="table")
    assert pipeline.query("SELECT xmin::text, * FROM changes ORDER BY entity, id") == known


def test_a_part_that_comes_twice_is_noted_once(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source, date_of(FIRST), only_store="table")
    before = documents(pipeline)
    _, messages = split_of(pipeline, source, dump=date_of(SECOND), only_store="table")
    parsed = deliver_all(pipeline, messages, ParseChunk)
    due = deliver_all(pipeline, [*parsed, *parsed], LoadTable)
    assert {type(message) for message in due} <= {Finish, LoadGraph}
    pipeline.go_on([*due, *due])
    assert history(pipeline)[-len(differences(before, documents(pipeline), SECOND)) :] == differences(
        before, documents(pipeline), SECOND
    )


def test_a_record_that_comes_back_is_added_again(pipeline: Pipeline, tmp_path: Path) -> None:
    load_artists(pipeline, tmp_path, APRIL, {1: "a", 2: "b"})
    load_artists(pipeline, tmp_path, MAY, {1: "a"})
    load_artists(pipeline, tmp_path, JUNE, {1: "a", 2: "c"})
    assert kinds(pipeline) == [("04", 1, "added"), ("04", 2, "added"), ("05", 2, "removed"), ("06", 2, "added")]


def test_a_month_that_comes_twice_tells_what_it_did_in_all(pipeline: Pipeline, tmp_path: Path) -> None:
    load_artists(pipeline, tmp_path / "1", APRIL, {1: "a", 2: "a", 3: "a", 4: "a", 5: "a"})
    load_artists(pipeline, tmp_path / "2", MAY, {1: "b", 2: "b", 3: "b", 5: "a", 6: "new", 7: "new"})
    load_artists(pipeline, tmp_path / "3", MAY, {1: "c", 2: "a", 4: "z", 5: "a", 6: "newer"})
    assert kinds(pipeline)[5:] == [("05", 1, "changed"), ("05", 3, "removed"), ("05", 4, "changed"), ("05", 6, "added")]
    patches = {one.id: one.patch for one in history(pipeline) if one.patch}
    assert patches[1] == diff({"profile": "a"}, {"profile": "c"})
    assert patches[4] == diff({"profile": "a"}, {"profile": "z"})
    load_artists(pipeline, tmp_path / "4", MAY, {1: "a", 2: "a", 3: "d", 4: "a", 5: "a"})
    assert kinds(pipeline)[5:] == [("05", 3, "changed")]
    assert history(pipeline)[-1].patch == diff({"profile": "a"}, {"profile": "d"})


def test_the_first_month_may_come_twice_too(pipeline: Pipeline, tmp_path: Path) -> None:
    load_artists(pipeline, tmp_path / "1", APRIL, {1: "a", 2: "a"})
    load_artists(pipeline, tmp_path / "2", APRIL, {2: "b", 3: "b"})
    assert kinds(pipeline) == [("04", 2, "added"), ("04", 3, "added")]
    load_artists(pipeline, tmp_path / "1", MAY, {1: "a", 2: "a"})
    assert kinds(pipeline) == [
        ("04", 2, "added"),
        ("04", 3, "added"),
        ("05", 1, "added"),
        ("05", 2, "changed"),
        ("05", 3, "removed"),
    ]


def test_an_older_dump_by_force_takes_the_newer_months_back(pipeline: Pipeline, tmp_path: Path) -> None:
    months = {APRIL: {1: "a", 2: "a", 3: "a"}, MAY: {1: "b", 2: "a", 4: "a"}, JUNE: {1: "c", 4: "a"}}
    for date, texts in months.items():
        load_artists(pipeline, tmp_path, date, texts)
    known = history(pipeline)
    load_artists(pipeline, tmp_path, MAY, months[MAY], force=True)
    assert history(pipeline) == [one for one in known if one.dump != f"{JUNE:%Y%m%d}"]
    load_artists(pipeline, tmp_path, APRIL, months[APRIL], force=True)
    assert kinds(pipeline) == [("04", 1, "added"), ("04", 2, "added"), ("04", 3, "added")]
    for date in (MAY, JUNE):
        load_artists(pipeline, tmp_path, date, months[date], force=True)
    assert history(pipeline) == known


def test_a_first_load_that_was_cancelled_leaves_the_beginning_to_the_next(pipeline: Pipeline, source: Path) -> None:
    _, messages = split_of(pipeline, source, dump=date_of(FIRST), only_store="table")
    deliver_all(pipeline, deliver_all(pipeline, messages, ParseChunk)[::2], LoadTable)
    cancel(pipeline.context)
    assert any(documents(pipeline).values())
    pipeline.load(source, date_of(SECOND), only_store="table")
    found = documents(pipeline)
    assert history(pipeline) == differences({entity: {} for entity in ENTITIES}, found, SECOND)
    assert pipeline.query("SELECT count(*) FROM changes") == [(0,)]


def test_a_cancelled_month_tells_what_it_has_written_and_the_next_goes_on(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source, date_of(FIRST), only_store="table")
    before = documents(pipeline)
    _, messages = split_of(pipeline, source, dump=date_of(SECOND), only_store="table")
    deliver_all(pipeline, deliver_all(pipeline, messages, ParseChunk)[::2], LoadTable)
    cancel(pipeline.context)
    so_far = differences(before, documents(pipeline), SECOND)
    assert so_far
    assert {one.kind for one in so_far} == {"added", "changed"}
    assert history(pipeline)[-len(so_far) :] == so_far
    pipeline.load(source, date_of(SECOND), only_store="table")
    whole = differences(before, documents(pipeline), SECOND)
    assert [one for one in history(pipeline) if one.dump == SECOND] == whole


def test_a_finish_that_outlives_its_run_removes_nothing(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_artists(pipeline, tmp_path, APRIL, {1: "a", 2: "a"})
    source = write_dump(tmp_path, MAY, {"artists": [artist(1)]})
    begun, _ = split_of(pipeline, source, dump=MAY, only_store="table")

    def cancel_and_allow(*_: object) -> None:
        cancel(pipeline.context)

    monkeypatch.setattr("functions.finish.deletions.over_limit", cancel_and_allow)
    with pytest.raises(RunInactive):
        remove_gone(pipeline.context, begun.run)
    assert pipeline.ids("artists") == {1, 2}
    assert kinds(pipeline) == [("04", 1, "added"), ("04", 2, "added")]


def test_an_entity_that_comes_later_has_a_beginning_of_its_own(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source, date_of(FIRST), only_store="table", entities=("artists",), bulk="auto")
    pipeline.load(source, date_of(SECOND), only_store="table")
    assert dict(pipeline.query("SELECT entity, dump FROM baselines")) == {
        "artists": date_of(FIRST),
        "labels": date_of(SECOND),
        "masters": date_of(SECOND),
        "releases": date_of(SECOND),
    }
    assert {one.id for one in history(pipeline, "releases")} == pipeline.ids("releases")
    assert pipeline.query("SELECT DISTINCT entity FROM changes") == [("artists",)]


def test_a_record_that_leaves_quarantine_belongs_to_its_month(pipeline: Pipeline, tmp_path: Path) -> None:
    bad = b"<artist><id>2</id><name>B\xff</name></artist>"
    write_dump(tmp_path, APRIL, {"artists": [artist(1), artist(3)]})
    write_dump(tmp_path, MAY, {"artists": [artist(1), bad, artist(3)]})
    for date in (APRIL, MAY):
        pipeline.load(tmp_path, date, only_store="table")
    assert kinds(pipeline) == [("04", 1, "added"), ("04", 3, "added")]
    pipeline.query("UPDATE quarantine SET bytes = %s", artist(2).encode())
    pipeline.go_on(begin_retry(pipeline.context).messages)
    assert kinds(pipeline)[-1] == ("05", 2, "added")


def test_a_reset_empties_history_and_counts(pipeline: Pipeline, source: Path) -> None:
    for dump in (FIRST, SECOND):
        pipeline.load(source, date_of(dump), only_store="table")
    pipeline.reset()
    assert history(pipeline) == []
    assert month_counts(pipeline.context, BEGINNING) == []
    for table in ("changes", "baselines", "counts", "count_deltas"):
        assert pipeline.query(f"SELECT count(*) FROM {table}") == [(0,)]  # noqa: S608
    assert pipeline.query("SELECT counts_version FROM installation") == [(None,)]


class Served:
    """Two months behind the gateway and the command line."""

    def __init__(self, pipeline: Pipeline, settings: Settings) -> None:
        self.pipeline, self.settings = pipeline, settings


@pytest.fixture(scope="module")
def served(fresh_settings: FreshSettings, source: Path) -> Iterator[Served]:
    settings = fresh_settings()
    with open_pipeline(settings) as pipeline:
        for dump in (FIRST, SECOND):
            pipeline.load(source, date_of(dump), only_store="table", bulk="auto")
        yield Served(pipeline, settings)


def test_pages_hold_everything_once_whatever_their_size(served: Served) -> None:
    whole = history(served.pipeline)
    for limit in (13, 1_000_000):
        found, end = page(served.pipeline.context, BEGINNING, limit=limit)
        while end:
            more, end = page(served.pipeline.context, BEGINNING, after=parse_place(str(end)), limit=limit)
            found += more
        assert found == whole


def test_the_gateway_serves_them_page_by_page(served: Served) -> None:
    with TestClient(create_app(served.settings)) as client:
        found: list[Any] = []
        cursor: str | None = ""
        while cursor is not None:
            answer = client.get(f"/api/changes?since={FIRST}&entity=releases&limit=90&cursor={cursor}").json()
            assert len(answer["changes"]) <= 90
            found += answer["changes"]
            cursor = answer["next"]
        assert found == msgspec.to_builtins(history(served.pipeline, "releases"))
        later = client.get(f"/api/changes?since={SECOND}&limit=1000").json()["changes"]
        assert {one["dump"] for one in later} == {SECOND}
        assert client.get("/api/changes?since=20990101").json() == {"changes": [], "next": None}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "since"),
        ("since=", "'' is no month: give the date of its dump, as in 20260401."),
        ("since=2026", "'2026' is no month"),
        ("since=20261301", "'20261301' is no month"),
        (f"since={FIRST}&limit=0", "limit: Expected `int` >= 1."),
        (f"since={FIRST}&limit=1001", "limit: Expected `int` <= 1000."),
        (f"since={FIRST}&limit=x", "limit: Expected `int`"),
        (f"since={FIRST}&entity=genres", "entity: Invalid enum value 'genres'"),
        (f"since={FIRST}&cursor=x", "'x' is no cursor"),
        (f"since={FIRST}&cursor=20269901.artists.1", "is no cursor"),
        (f"since={FIRST}&cursor=20260901.artists.9999999999999999999", "is no cursor"),
        (f"since={FIRST}&cursor={'9' * 61}", "cursor: Expected `str` of length <= 60."),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(served: Served, query: str, sentence: str) -> None:
    with TestClient(create_app(served.settings)) as client:
        answer = client.get(f"/api/changes?{query}")
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]


@pytest.fixture
def linernotes(served: Served, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command line, in this process."""
    for name, value in environment_of(served.settings).items():
        monkeypatch.setenv(name, value)
    app = typer.Typer()
    register(app)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def test_the_command_prints_one_object_a_line(served: Served, linernotes: Any) -> None:
    done = linernotes("--since", FIRST, "--json")
    assert done.exit_code == 0
    assert [json.loads(line) for line in done.stdout.splitlines()] == msgspec.to_builtins(history(served.pipeline))


def test_the_command_sums_up_and_lists_when_asked(served: Served, linernotes: Any) -> None:
    short = linernotes("--since", SECOND, "--entity", "releases").stdout
    [one] = month_counts(served.pipeline.context, date_of(SECOND), ["releases"])
    assert [str(number) for number in (one.added, one.changed, one.removed)] == short.splitlines()[1].split()[2:]
    long = linernotes("--since", SECOND, "--entity", "releases", "--list").stdout
    assert long.startswith(short)
    assert f"{SECOND} releases" in long.removeprefix(short)
    assert " → " in long
    assert "Nothing is known" in linernotes("--since", "20990101").stdout
