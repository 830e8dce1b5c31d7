"""A backup of everything but the graph, which is made of it: one consistent state, whole or not there at all."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from functions.runtime.errors import LinernotesError, RefusedError, SettingError
from functions.runtime.ledger.store import active_run, fetch
from functions.runtime.named_places import absolute_path, refuse_dangling
from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo, postgres_errors
from functions.runtime.stores.fsync import rename_durably
from functions.runtime.stores.query_files import statements
from infra.backup.copy_progress import Copying
from infra.backup.manifest import Manifest, Show, seal
from infra.backup.pg_programs import find_program, run_program

_sql = statements(__file__, "backup.sql")

#: The suffix of a backup that is one file; any other name is a folder, which several processes write at once.
ONE_FILE = ".backup"
_PROCESSES = min(4, os.cpu_count() or 1)
#: Processes of each try. What is derived may be put into the place of a table meanwhile, which several cannot wait for.
_TRIES = (_PROCESSES, 1, 1, 1, 1, 1)
_REPLACED = re.compile(r"could not obtain lock on relation|relation .* does not exist|could not open relation")
#: Addresses with passwords, of use to an active run only, and which processes there are now.
_LEFT_OUT = tuple(f"--exclude-table-data={name}" for name in ("file_addresses", "workers", "access_*"))
#: Of the size of the tables on disk: 0.27 measured on 20,000 generated releases, rounded up.
_SHARE = 0.4


class Facts(msgspec.Struct, frozen=True):
    """What the database says of itself."""

    postgres: int
    database_bytes: int
    table_bytes: int
    indexes: int
    synthetic: bool | None
    dump: dt.date | None
    migrations: list[str]


def write_backup(settings: Settings, target: Path, show: Show) -> Manifest:
    """Write a backup to a file or folder, which has its name only once it is whole.

    Raises:
        SettingError: the target is no place that can be written to.
        RefusedError: a run is active, the target is there already, or the disk is too small.
        LinernotesError: pg_dump failed.
    """
    target = absolute_path(str(target))
    _refuse_target(target)
    for processes in _TRIES[:-1]:
        try:
            return _write_whole(settings, target, processes, show)
        except LinernotesError as error:
            if not _REPLACED.search(str(error)):
                raise
    return _write_whole(settings, target, _TRIES[-1], show)


def _write_whole(settings: Settings, target: Path, processes: int, show: Show) -> Manifest:
    with _snapshot(settings) as connection:
        _refuse_active(connection)
        facts = fetch(connection, Facts, _sql.facts)[0]
        check_room(target.parent, round(facts.table_bytes * _SHARE), "The backup")
        unfinished = target.with_name(f"{target.name}.unfinished")
        remove(unfinished)
        _reserve(unfinished)
        try:
            manifest = _write(settings, connection, facts, unfinished, processes, show)
        except BaseException:
            remove(unfinished)
            raise
        rename_durably(unfinished, target)
    return manifest


def check_room(folder: Path, needed: int, what: str) -> None:
    """Refuse what the disk cannot hold.

    Raises:
        RefusedError: there is not enough.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise RefusedError(
            f"{what} may need {needed / 1e6:,.0f} MB in {folder}, and {free / 1e6:,.0f} MB are free: make room."
        )


def rows_of(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows each table has that holds records."""
    return dict(connection.execute(_sql.rows).fetchall())


def take_turn(connection: psycopg.Connection[Any], database: str) -> None:
    """Be the only backup or restore of a database until the transaction ends.

    Raises:
        RefusedError: another one is under way.
    """
    if connection.execute(_sql.alone, {"database": database}).fetchone() != (True,):
        raise RefusedError("Another backup or restore is under way: wait for its end.")


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there; of a link only the link."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _reserve(place: Path) -> None:
    """Make the file or folder that pg_dump is to fill ourselves: in a shared folder others could put a link there.

    Raises:
        RefusedError: somebody has made it meanwhile.
    """
    try:
        if _is_one_file(place):
            os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        else:
            place.mkdir(mode=0o700)
    except FileExistsError as error:
        raise RefusedError(f"{place} was made by another program meanwhile: back up to another folder.") from error


def _write(
    settings: Settings,
    connection: psycopg.Connection[Any],
    facts: Facts,
    place: Path,
    processes: int,
    show: Show,
) -> Manifest:
    snapshot = connection.execute(_sql.snapshot).fetchone()
    assert snapshot is not None  # noqa: S101 - a function always answers
    rows = rows_of(connection)
    form = ["--format=custom"] if _is_one_file(place) else ["--format=directory", f"--jobs={processes}"]
    options = ["--no-password", "--no-owner", "--no-privileges", "--no-comments", "--compress=gzip:1"]
    program = find_program("pg_dump", facts.postgres, settings)
    with _asking(settings, settings.postgres_database) as asking:
        copying = Copying(asking, rows, show)
        argv = [program, *form, *options, *_LEFT_OUT, f"--snapshot={snapshot[0]}", f"--file={place}"]
        run_program(settings, argv, settings.postgres_database, copying.look)
        copying.end()
    manifest = Manifest(
        made_at=dt.datetime.now(dt.UTC),
        dump=facts.dump,
        synthetic=facts.synthetic,
        migrations=facts.migrations,
        postgres=facts.postgres,
        rows=rows,
        indexes=facts.indexes,
        database_bytes=facts.database_bytes,
    )
    return seal(place, manifest, show)


@contextmanager
def _snapshot(settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    with postgres_errors(), psycopg.connect(postgres_conninfo(settings)) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        take_turn(connection, settings.postgres_database)
        yield connection


@contextmanager
def _asking(settings: Settings, database: str) -> Iterator[psycopg.Connection[Any]]:
    with postgres_errors(), psycopg.connect(postgres_conninfo(settings, database), autocommit=True) as connection:
        yield connection


def _is_one_file(place: Path) -> bool:
    return place.name.removesuffix(".unfinished").endswith(ONE_FILE)


def _refuse_target(target: Path) -> None:
    refuse_dangling(target)
    if target.exists():
        raise RefusedError(f"{target} is there already: give another name.")
    if not target.parent.is_dir():
        raise SettingError(f"There is no folder {target.parent} to write the backup to: make it.")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise SettingError(f"{target.parent} cannot be written to: this user has no right to it.")


def _refuse_active(connection: psycopg.Connection[Any]) -> None:
    run = active_run(connection)
    if run:
        raise RefusedError(
            f"Run {run.id} is {run.state}: back up when it has ended, or end it with `linernotes cancel`."
        )
