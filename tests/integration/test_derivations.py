"""What is made from documents beside the graph: batches, attempts, dead letters, new versions; each by its own."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from litestar.testing import TestClient

from functions.derivations import plan
from functions.derivations.copy_text import copy_text
from functions.derivations.derive import HOOKS
from functions.derivations.plan import forget_derivations, plan_derivations, revive, send_due
from functions.derivations.status import DerivationStatus, derivation_status
from functions.operations.dead_letter_actions import requeue
from functions.runs.reset import reset
from functions.runs.run_commands import sweep
from functions.runtime.errors import PermanentError, TransientError
from functions.runtime.ledger.store import DERIVATION_LOCK
from functions.runtime.messages import Derive, Message
from functions.runtime.settings import Settings
from gateway.app import create_app
from infra.backup.backup import write_backup
from infra.backup.restore import restore_backup
from infra.cli.run_commands import print_derivations
from tests.integration.pipeline import APRIL, MAY, Pipeline, artist, deliver, open_pipeline, small, write_dump
from tests.integration.tiny.first_letter import MIGRATION, PLAN, table_of
from tests.processes import wait_until
from tests.stack import environment_of

ROOT = Path(__file__).resolve().parents[2]
BLOCKED = """SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database
             WHERE NOT granted AND d.datname = current_database()"""


@pytest.fixture
def pipeline(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pipeline]:
    """A pipeline whose function table has the tiny derivation, batches of 15 documents."""
    monkeypatch.setattr(plan, "BATCH_RECORDS", 15)
    with open_pipeline(settings) as opened:
        opened.query(MIGRATION)
        tiny = Pipeline(dataclasses.replace(opened.context, functions=table_of()))
        tiny.reset()
        yield tiny


def letters(pipeline: Pipeline) -> dict[int, str]:
    return dict(pipeline.query("SELECT id, letter FROM first_letters"))


def wanted(pipeline: Pipeline) -> dict[int, str]:
    return dict(pipeline.query("SELECT id, left(data ->> 'name', 1) FROM artists"))


def facts(pipeline: Pipeline) -> set[int]:
    return {number for (number,) in pipeline.query("SELECT id FROM release_facts")}


def work(pipeline: Pipeline) -> list[tuple[str, bool]]:
    return pipeline.query("SELECT derivation, dead FROM derivation_work ORDER BY derivation, batch")


def source(tmp_path: Path, name: str = "X") -> Path:
    """May, in which artists 3 and 60 are called otherwise, or are new, and artist 4 is gone."""
    records = small()
    write_dump(tmp_path, APRIL, records)
    artists = [record for number, record in enumerate(records["artists"], 1) if number not in {3, 4}]
    records["artists"] = [*artists, *(f"<artist><id>{number}</id><name>{name}</name></artist>" for number in (3, 60))]
    return write_dump(tmp_path, MAY, records)


@pytest.mark.parametrize("bulk", ["auto", "no"])
def test_a_first_load_is_followed_by_all_and_a_month_by_what_changed(
    pipeline: Pipeline, tmp_path: Path, bulk: str
) -> None:
    folder = source(tmp_path)
    assert pipeline.load(folder, APRIL, bulk=bulk).state == "done"
    assert letters(pipeline) == wanted(pipeline)
    assert facts(pipeline) == pipeline.ids("releases")
    assert work(pipeline) == []
    before = dict(pipeline.query("SELECT id, xmin::text FROM first_letters"))
    assert pipeline.load(folder, MAY, accept_deletions=True).state == "done"
    after = dict(pipeline.query("SELECT id, xmin::text FROM first_letters"))
    assert letters(pipeline) == wanted(pipeline)
    assert {number for number in after if after[number] != before.get(number)} == {3, 60}
    assert 4 not in after


def begin(pipeline: Pipeline, folder: Path, dump: dt.date = APRIL) -> list[Message]:
    """Load a month without what follows from it; the messages for that."""
    begun = pipeline.begin(folder, dump, accept_deletions=True)
    waiting, derive = list(begun.messages), list[Message]()
    while waiting:
        message = waiting.pop(0)
        if isinstance(message, Derive):
            derive.append(message)
        else:
            waiting += pipeline.context.functions.spec_of(message).load()(pipeline.context, message) or ()
    assert pipeline.run(begun.run.id).state == "done"  # it waits for no derivation
    return derive


@pytest.mark.parametrize(("kind", "error"), [("transient", TransientError), ("permanent", PermanentError)])
def test_what_one_derivation_fails_at_keeps_no_other_from_its_rows(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, error: type[Exception]
) -> None:
    messages = begin(pipeline, source(tmp_path))
    monkeypatch.setenv(PLAN, f"20:{kind}")
    failed = []
    while messages:
        message = messages.pop(0)
        try:
            messages += pipeline.context.functions.spec_of(message).load()(pipeline.context, message)
        except error as raised:
            failed.append((message, raised))
            messages += send_due(pipeline.context)
    assert len(failed) == 1
    assert facts(pipeline) == pipeline.ids("releases")
    assert work(pipeline) == [("first-letter", False)]
    assert letters(pipeline) == {}  # nothing is swapped in before all of it is there
    HOOKS.on_dead(pipeline.context, *failed[0])
    assert work(pipeline) == [("first-letter", True)]
    assert sweep(pipeline.context) == []
    monkeypatch.delenv(PLAN)
    with pipeline.context.connection() as connection:
        assert revive(connection) == 1
    pipeline.go_on(send_due(pipeline.context))
    assert letters(pipeline) == wanted(pipeline)


def test_a_process_that_is_killed_in_a_batch_leaves_it_to_the_next(pipeline: Pipeline, tmp_path: Path) -> None:
    messages = begin(pipeline, source(tmp_path))
    script = (
        "from functions.runtime.settings import read_settings\n"
        "from functions.runtime.stores.context import open_context\n"
        "from tests.inline import run_inline\n"
        "from functions.derivations.plan import send_due\n"
        "from functions.runtime.messages import Derive\n"
        "from tests.integration.tiny.first_letter import table_of\n"
        f"with open_context(read_settings(), table_of()) as context:\n    run_inline(context, {messages!r})\n"
    )
    environment = {**os.environ, **environment_of(pipeline.context.settings), PLAN: "20:kill", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == -9, done.stderr
    pipeline.query("UPDATE document_batches SET sent_at = now() - interval '1 day' WHERE sent_at IS NOT NULL")
    pipeline.go_on(sweep(pipeline.context))
    assert letters(pipeline) == wanted(pipeline)
    assert facts(pipeline) == pipeline.ids("releases")


def test_a_new_version_is_built_beside_what_is_read(pipeline: Pipeline, tmp_path: Path) -> None:
    folder = source(tmp_path)
    pipeline.load(folder, APRIL)
    old = letters(pipeline)
    newer = Pipeline(dataclasses.replace(pipeline.context, functions=table_of(version=2)))
    messages = plan_derivations(newer.context)
    pipeline.query("UPDATE artists SET data = jsonb_set(data, '{name}', '\"Z\"') WHERE id = 7")
    first, *rest = messages
    newer.context.functions.spec_of(first).load()(newer.context, first)
    assert letters(newer) == old
    newer.go_on([*rest, *send_due(newer.context)])
    assert letters(newer) == old | {7: "Z"}


def test_a_rebuild_and_a_reset_begin_again(pipeline: Pipeline, tmp_path: Path) -> None:
    folder = source(tmp_path)
    pipeline.load(folder, APRIL)
    pipeline.query("UPDATE first_letters SET letter = '?'")
    with pipeline.context.connection() as connection:
        forget_derivations(connection, ["first-letter"])
    pipeline.go_on(sweep(pipeline.context))
    assert letters(pipeline) == wanted(pipeline)
    pipeline.reset()
    assert letters(pipeline) == {}
    assert work(pipeline) == []
    pipeline.load(folder, APRIL)
    assert letters(pipeline) == wanted(pipeline)


def test_a_reset_lets_a_worker_through_that_it_blocks(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.load(source(tmp_path), APRIL)
    with pipeline.context.connection() as worker, ThreadPoolExecutor(1) as threads:
        worker.execute("SELECT FROM first_letters LIMIT 1")
        emptying = threads.submit(reset, pipeline.context, by="a test")
        wait_until(lambda: pipeline.query(BLOCKED) != [])
        worker.execute("SELECT FROM artists LIMIT 1")  # the reset has it, waits longer, and gives way
        worker.commit()
        emptying.result()
    assert letters(pipeline) == {}
    assert pipeline.query("SELECT detail ->> 'by' FROM events WHERE kind = 'emptied'") == [("a test",)]


@pytest.mark.parametrize(
    "held",
    [
        pytest.param(f"SELECT pg_advisory_xact_lock({DERIVATION_LOCK}, hashtext('derivations'))", id="a plan"),
        pytest.param("SELECT FROM releases LIMIT 1", id="a reader"),
    ],
)
def test_a_first_load_lets_through_whoever_reads_the_tables_it_makes_ready(
    pipeline: Pipeline, tmp_path: Path, held: str
) -> None:
    """Whoever plans derivations holds them and reads all tables then; a reader may have begun with any of them."""
    folder = source(tmp_path)
    with pipeline.context.connection() as other, ThreadPoolExecutor(1) as threads:
        other.execute(held)
        beginning = threads.submit(pipeline.begin, folder, APRIL, bulk="auto")
        wait_until(lambda: pipeline.query(BLOCKED) != [])
        other.execute("SELECT FROM artists LIMIT 1")
        other.commit()
        begun = beginning.result()
    pipeline.go_on(begun.messages)
    assert letters(pipeline) == wanted(pipeline)


def test_every_batch_may_be_made_twice(pipeline: Pipeline, tmp_path: Path) -> None:
    messages = begin(pipeline, source(tmp_path))
    pipeline.go_on([*messages, *messages])
    assert letters(pipeline) == wanted(pipeline)


def test_the_tiny_one_knows_its_artists(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.load(write_dump(tmp_path, APRIL, {"artists": [artist(9)]}), APRIL)
    assert letters(pipeline) == {9: "A"}


def test_while_a_run_is_active_no_further_batch_is_sent(pipeline: Pipeline, tmp_path: Path) -> None:
    folder = source(tmp_path)
    messages = begin(pipeline, folder)
    month = pipeline.begin(folder, MAY, accept_deletions=True)
    first = messages[0]
    assert pipeline.context.functions.spec_of(first).load()(pipeline.context, first) == []
    pipeline.go_on([*messages, *month.messages])
    assert letters(pipeline) == wanted(pipeline)
    assert facts(pipeline) == pipeline.ids("releases")


def said(derived: DerivationStatus, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command line prints of one derivation."""
    print_derivations([derived])
    return capsys.readouterr().out


def test_status_says_what_is_left_and_what_was_given_up(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = begin(pipeline, source(tmp_path))
    [tiny, *_] = derivation_status(pipeline.context)
    assert (tiny.name, tiny.building, tiny.caught_up_at, tiny.batches_dead) == ("first-letter", True, None, 0)
    assert (tiny.version, tiny.batches, tiny.batches_left, tiny.share) == (1, 3, 3, 0.0)
    assert f"first-letter: generation {tiny.version}, being built, 0 % done, 3 batches left" in said(tiny, capsys)
    monkeypatch.setenv(PLAN, "1:permanent")
    first = messages[0]  # its batch has the artists with the lowest ids
    with pytest.raises(PermanentError) as raised:
        deliver(pipeline, first)
    HOOKS.on_dead(pipeline.context, first, raised.value)
    [tiny, *_] = derivation_status(pipeline.context)
    assert (tiny.batches_dead, tiny.error) == (1, "record 1 is poison")
    pipeline.go_on(messages[1:])
    [tiny, *_] = derivation_status(pipeline.context)
    assert (tiny.batches, tiny.share) == (3, 0.5)  # the third step is the one given up, the fourth puts it in place
    monkeypatch.delenv(PLAN)
    requeue(pipeline.context, print, "cli:test")
    pipeline.go_on([*messages, *send_due(pipeline.context)])
    found = derivation_status(pipeline.context)
    assert all((one.caught_up_at is not None, one.batches, one.share) == (True, 0, 1.0) for one in found)
    assert "first-letter: generation 1, up to date since 20" in said(found[0], capsys)
    assert letters(pipeline) == wanted(pipeline)


def test_the_share_of_a_month_is_that_of_its_own_batches(pipeline: Pipeline, tmp_path: Path) -> None:
    messages = begin_month(pipeline, source(tmp_path))
    [tiny, *_] = derivation_status(pipeline.context)
    assert (tiny.building, tiny.batches, tiny.batches_left, tiny.share) == (False, 1, 1, 0.0)
    with TestClient(create_app(pipeline.context.settings)) as client:
        shown, health = client.get("/operations").text, client.get("/health").json()
    assert '<span>first-letter</span><span class="soft">generation 1 · 0 % done</span>' in shown
    assert health["derivations"][0]["share"] == 0
    pipeline.go_on(messages)
    [tiny, *_] = derivation_status(pipeline.context)
    assert (tiny.batches, tiny.share) == (0, 1.0)
    with pipeline.context.connection() as connection:
        forget_derivations(connection)
    [tiny, *_] = derivation_status(pipeline.context)
    assert (tiny.version, tiny.batches, tiny.share) == (None, 0, 0.0)


def test_emptying_the_stores_and_planning_at_the_same_time_lock_nobody_out(pipeline: Pipeline, tmp_path: Path) -> None:
    folder, rounds = source(tmp_path), 15 if os.environ.get("LINERNOTES_SWEEPS") == "1" else 5

    def plan_often() -> None:
        while not over.is_set():
            sweep(pipeline.context)

    over = threading.Event()
    with ThreadPoolExecutor(2) as threads:
        plans = [threads.submit(plan_often) for _ in range(2)]
        try:
            for _ in range(rounds):
                pipeline.load(folder, APRIL, only_store="table")
                pipeline.reset()
        finally:
            over.set()
        for each in plans:
            each.result()
    pipeline.load(folder, APRIL)
    pipeline.go_on(sweep(pipeline.context))
    pipeline.query("UPDATE document_batches SET sent_at = now() - interval '1 day' WHERE sent_at IS NOT NULL")
    pipeline.go_on(sweep(pipeline.context))
    assert letters(pipeline) == wanted(pipeline)


@pytest.mark.parametrize("behind", ["the first load", "a month"])
def test_a_restored_backup_catches_up_with_its_documents(pipeline: Pipeline, tmp_path: Path, behind: str) -> None:
    folder = source(tmp_path)
    if behind == "the first load":
        first, *messages = begin(pipeline, folder)
        deliver(pipeline, first)
    else:
        messages = begin_month(pipeline, folder)
    assert work(pipeline)
    write_backup(pipeline.context.settings, tmp_path / "one.backup", ignore)
    pipeline.go_on(messages)
    restore_backup(pipeline.context, tmp_path / "one.backup", replace=True, show=ignore)
    assert work(pipeline)
    pipeline.go_on(sweep(pipeline.context))  # no lease has expired
    assert (work(pipeline), letters(pipeline), facts(pipeline)) == ([], wanted(pipeline), pipeline.ids("releases"))
    caught_up = pipeline.query("SELECT * FROM release_facts ORDER BY id")
    with pipeline.context.connection() as connection:
        forget_derivations(connection)
    pipeline.go_on(sweep(pipeline.context))
    assert pipeline.query("SELECT * FROM release_facts ORDER BY id") == caught_up


def begin_month(pipeline: Pipeline, folder: Path) -> list[Message]:
    """Load April, and May without what follows from it; the messages for that."""
    assert pipeline.load(folder, APRIL).state == "done"
    return begin(pipeline, folder, MAY)


def ignore(what: str, done: int, total: int) -> None:
    """Progress is not looked at."""


def test_postgresql_reads_every_value_as_it_was_written(pipeline: Pipeline) -> None:
    odd = ["", r"\N", "NULL", 'a"b', "{,}", "tab\tline\nend\r", "back\\slash", "坂本龍一"]
    rows = [(text, [text, *odd], None, [number, -(2**63)], True) for number, text in enumerate(odd)]
    with pipeline.context.connection() as connection:
        connection.execute("CREATE TEMP TABLE odd (a text, b text[], c integer, d bigint[], e boolean)")
        with connection.cursor().copy("COPY odd FROM STDIN") as copy:
            copy.write(copy_text(rows))
        assert connection.execute("SELECT * FROM odd ORDER BY d").fetchall() == rows
