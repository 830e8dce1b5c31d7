"""`download`: one entity file of a dump, fetched and its checksum proven."""

from __future__ import annotations

from pathlib import Path

import structlog

from functions.extract.fetch import fetch
from functions.runtime.context import Context
from functions.runtime.function import function
from functions.runtime.ledger.rows import ACTIVE, File
from functions.runtime.ledger.store import (
    FILE_LOCK,
    add_event,
    due_after_file,
    file_of,
    hold,
    move_run,
    run_of,
    sql,
)
from functions.runtime.messages import Download, Message, Split

_log = structlog.get_logger(__name__)


@function(queue="download", message=Download, time_limit_s=86_400, glyph="⇣")
def download(context: Context, message: Download) -> list[Message]:
    """Fetch the file, compare its SHA-256 with the CHECKSUM file, and send what is due."""
    with hold(context, FILE_LOCK, f"{message.run}/{message.entity}"):
        with context.connection() as connection:
            run = run_of(connection, message.run)
            file = file_of(connection, message.run, message.entity)
        if run.state == "running" and file.state == "listed":
            _fetch_and_check(context, file)
    return due_after_file(context, message.run, Split)


def _fetch_and_check(context: Context, file: File) -> None:
    assert file.location is not None  # noqa: S101 - the ledger lists no file without one
    path, found = fetch(context.settings, file.location, file.name, lambda _: None)
    if found == file.sha256:
        _note_fetched(context, file, path)
    else:
        _refuse(context, file, path, found)


def _note_fetched(context: Context, file: File, path: Path) -> None:
    values = {"run": file.run, "entity": file.entity, "location": str(path), "bytes": path.stat().st_size}
    with context.connection() as connection:
        connection.execute(sql.file_fetched, values)
    _log.info("fetched", file=file.name, bytes=values["bytes"])


def _refuse(context: Context, file: File, path: Path, found: str) -> None:
    """A wrong checksum ends the run before anything is loaded: no split starts until every file is right."""
    reason = (
        f"{file.name} has SHA-256 {found}, its CHECKSUM file says {file.sha256}: nothing was loaded; fetch it again."
    )
    if path.is_relative_to(context.settings.dumps_folder):
        path.unlink(missing_ok=True)
    with context.connection() as connection:
        move_run(connection, file.run, to="failed", when=ACTIVE, reason=reason)
        add_event(connection, "wrong-checksum", file.run, file=file.name, found=found, expected=file.sha256)
    _log.error("wrong checksum", file=file.name, found=found, expected=file.sha256)
