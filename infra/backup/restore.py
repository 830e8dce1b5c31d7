"""Restoring a backup: into a new database beside the old one, which takes its place in one transaction at the end.

Whatever breaks off before leaves the stores as they were. The graph is not known any more from that moment, so that a
rebuild, or the next load, empties it and fills it from the documents.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql as composed

from functions.access.roles import settle_roles
from functions.load_graph.graph_identity import forget_graph
from functions.load_table.collation import make_collation
from functions.privacy.suppressed import keep_suppressed
from functions.registry import FUNCTIONS
from functions.runs.disk_estimate import check_disk, rebuild_need
from functions.runs.reset import keep_scaling, scaling_of
from functions.runtime.errors import LinernotesError, RefusedError, StoreUnavailable
from functions.runtime.ledger.store import BEGIN_LOCK, active_run, add_event
from functions.runtime.ledger.store import sql as ledger_sql
from functions.runtime.messaging import queue_admin
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, postgres_conninfo, postgres_errors
from functions.runtime.stores.migrations import migrate_postgres, migration_files
from functions.runtime.stores.query_files import statements
from functions.runtime.stores.statement_progress import Tell, silent
from infra.backup.backup import rows_of, take_turn
from infra.backup.copy_progress import Copying
from infra.backup.foreign_code import forget_access, refuse_foreign, restorer
from infra.backup.manifest import FORMAT, Manifest, Show, check_files, read_manifest
from infra.backup.pg_programs import find_program, run_program
from infra.stack.postgres_databases import create_postgres_database, drop_postgres_database

_sql = statements(__file__, "backup.sql")
_PROCESSES = min(4, os.cpu_count() or 1)
_TRIES = 3
#: Its line in the list of what a backup holds.
_COLLATION = re.compile(r"\d+; \d+ \d+ COLLATION \S+ people ")


def refuse_restore(context: Context, place: Path, *, replace: bool, ignore_disk: bool = False) -> Manifest:
    """The manifest of a backup, if it may be restored here now.

    Args:
        replace: also where the stores hold records.
        ignore_disk: also where the disk seems too small.

    Raises:
        SourceError: it is no whole backup.
        RefusedError: it is newer than this program, a run is active, or the stores hold records and `replace` is False.
    """
    manifest = read_manifest(place)
    _refuse_newer(manifest)
    with context.connection() as connection:
        take_turn(connection, context.settings.postgres_database)  # refused while it is backed up
        _refuse_in_use(connection, replace=replace)
        _refuse_without_rights(connection, context.settings)
    if context.settings.profile == "embedded" and not ignore_disk:
        check_disk(rebuild_need(context, restored=manifest.database_bytes))
    return manifest


def restore_backup(
    context: Context, place: Path, *, replace: bool, show: Show, ignore_disk: bool = False, tell: Tell = silent
) -> Manifest:
    """Put a backup in the place of what PostgreSQL holds, and empty queues and work bucket.

    Args:
        context: of the stores.
        place: the backup.
        replace: also where the stores hold records.
        show: called with how far it is.
        ignore_disk: also where the disk seems too small.
        tell: called with sentences of what is not as it should be.

    Raises:
        SourceError: it is no whole backup, or was altered.
        RefusedError: as for `refuse_restore`.
        RefusedError: it brings code or grants that linernotes does not make.
        LinernotesError: pg_restore failed.
    """
    manifest = refuse_restore(context, place, replace=replace, ignore_disk=ignore_disk)
    check_files(place, manifest, show)
    settings = context.settings
    with _turn(settings):
        beside = f"{settings.postgres_database}_restored"
        drop_postgres_database(settings, beside)
        create_postgres_database(settings, beside)
        try:
            _fill(settings, place, manifest, beside, show)
            _settle(settings, place, manifest, beside, tell)
            _swap(settings, beside, replace=replace)
        except BaseException:
            drop_postgres_database(settings, beside)
            raise
    queue_admin.flush(settings, FUNCTIONS.queues)
    queue_admin.purge(settings, FUNCTIONS.queues)
    context.bucket.remove_folder("runs")
    return manifest


def _fill(settings: Settings, place: Path, manifest: Manifest, database: str, show: Show) -> None:
    """Run what pg_dump wrote, as a user that may nothing else, and let in only what we would have made ourselves."""
    program = find_program("pg_restore", manifest.postgres, settings)
    options = ["--no-password", "--no-owner", "--no-privileges", "--no-comments", "--exit-on-error"]
    with restorer(settings, database, manifest.migrations) as as_it:
        with _connected(as_it, database) as connection, _own_collation(program, place, connection) as chosen:
            copying = Copying(connection, manifest.rows, show)

            def look() -> None:
                copying.look()
                [(built,)] = connection.execute(_sql.indexes).fetchall()
                show("indexes", min(built, manifest.indexes), manifest.indexes)

            argv = [program, *options, *chosen, f"--jobs={_PROCESSES}", f"--dbname={database}", str(place)]
            run_program(as_it, argv, database, look)
            copying.end()
            show("indexes", manifest.indexes, manifest.indexes)
        reference = f"{settings.postgres_database}_reference"
        refuse_foreign(settings, as_it, database, manifest.migrations, reference)


def _settle(settings: Settings, place: Path, manifest: Manifest, database: str, tell: Tell) -> None:
    """Bring what was restored up to date, so that it may take its place."""
    with _connected(settings, database) as connection:
        if rows_of(connection) != manifest.rows:
            raise LinernotesError(f"{place} gave other numbers of rows than it was made with: nothing was restored.")
        migrate_postgres(connection)
        with _connected(settings, settings.postgres_database) as before:
            [(event,)] = before.execute(_sql.event_number).fetchall()
            connection.execute(_sql.go_on_event, {"event": event})
            keep_suppressed(before, connection)
            keep_scaling(connection, scaling_of(before))
        forget_access(connection)
        if sentence := settle_roles(connection, settings):
            tell(sentence)
        forget_graph(connection)
        connection.execute(_sql.send_again)
        add_event(connection, "restored", made_at=f"{manifest.made_at:%Y-%m-%dT%H:%M:%SZ}", place=str(place))
        connection.execute(_sql.analyze)


@contextmanager
def _own_collation(program: str, place: Path, connection: psycopg.Connection[Any]) -> Iterator[list[str]]:
    """The options that leave out a backup's collation of names, this server's made: it may have none of that kind."""
    listed = subprocess.run([program, "--list", str(place)], capture_output=True, text=True, check=False, cwd="/")
    lines = listed.stdout.splitlines(keepends=True)
    kept = [line for line in lines if not _COLLATION.match(line)]
    if listed.returncode or len(kept) == len(lines):
        yield []
        return
    make_collation(connection)
    with tempfile.NamedTemporaryFile("w", prefix="linernotes-", encoding="utf-8") as chosen:
        chosen.writelines(kept)
        chosen.flush()
        yield [f"--use-list={chosen.name}"]


def _swap(settings: Settings, beside: str, *, replace: bool) -> None:
    """Let the new database take the place of the old one, unless a run was begun meanwhile."""
    name = settings.postgres_database
    with _connected(settings, name) as old, old.transaction():
        old.execute(ledger_sql.hold_to_end, {"space": BEGIN_LOCK, "what": "run"})
        _refuse_in_use(old, replace=replace)
        [(run, generation, own_id)] = old.execute(_sql.numbers).fetchall()
        with _connected(settings, beside) as new:
            new.execute(_sql.go_on_run, {"run": run})
            new.execute(_sql.go_on_generation, {"generation": generation, "id": own_id})
        old.execute(_sql.end_others, {"databases": [name, beside]})
    replaced = f"{name}_replaced"
    drop_postgres_database(settings, replaced)
    for tried in range(1, _TRIES + 1):
        if _renamed(settings, {name: replaced, beside: name}):
            break
        if tried == _TRIES:
            raise StoreUnavailable(
                f"The database {name} is in use by others all the time: stop them, and restore again."
            )
    drop_postgres_database(settings, replaced)


def _renamed(settings: Settings, names: dict[str, str]) -> bool:
    """Rename databases in one transaction, their sessions ended; False when a new session was in the way."""
    with _connected(settings, "postgres") as connection:
        connection.execute(_sql.end_others, {"databases": list(names)})
        try:
            with connection.transaction():
                for old, new in names.items():
                    values = {"old": composed.Identifier(old), "new": composed.Identifier(new)}
                    connection.execute(composed.SQL(_sql.rename).format(**values))
        except psycopg.errors.ObjectInUse:
            return False
    return True


@contextmanager
def _turn(settings: Settings) -> Iterator[None]:
    """The turn is taken in the maintenance database: sessions of the others are ended in between."""
    with postgres_errors(), psycopg.connect(postgres_conninfo(settings, "postgres")) as connection:
        take_turn(connection, settings.postgres_database)
        yield


@contextmanager
def _connected(settings: Settings, database: str) -> Iterator[psycopg.Connection[Any]]:
    with postgres_errors(), psycopg.connect(postgres_conninfo(settings, database), autocommit=True) as connection:
        yield connection


def _refuse_newer(manifest: Manifest) -> None:
    known = {path.name for path in migration_files("sql")}
    unknown = sorted(set(manifest.migrations) - known)
    if unknown or manifest.format > FORMAT:
        raise RefusedError(
            f"The backup was made by a newer linernotes ({', '.join(unknown) or f'format {manifest.format}'}): "
            "update the program, then restore."
        )


def _refuse_in_use(connection: psycopg.Connection[Any], *, replace: bool) -> None:
    run = active_run(connection)
    if run:
        raise RefusedError(
            f"Run {run.id} is {run.state}: restore when it has ended, or end it with `linernotes cancel`."
        )
    if not replace and connection.execute(ledger_sql.holds_records).fetchone() == (True,):
        raise RefusedError("The stores hold records: empty them with `linernotes reset`, or restore with --replace.")


def _refuse_without_rights(connection: psycopg.Connection[Any], settings: Settings) -> None:
    if connection.execute(_sql.may_swap).fetchone() != (True,):
        raise RefusedError(
            f"PostgreSQL's user {settings.postgres_username} must own the database {settings.postgres_database} "
            "and have CREATEDB: a restore makes a database beside it that takes its place at the end."
        )
