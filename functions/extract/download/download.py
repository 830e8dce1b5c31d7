"""`download`: one entity file of a dump, fetched and its checksum proven."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from functions.extract.download.download_progress import DownloadProgress
from functions.extract.download.dump import is_remote
from functions.extract.download.dump_folder import write_checksum
from functions.extract.download.fetch import fetch
from functions.runtime.addresses import scheme_of
from functions.runtime.errors import RunInactive, TransientError
from functions.runtime.ledger.claims import file_attempt
from functions.runtime.ledger.models import ACTIVE, File, Run
from functions.runtime.ledger.store import (
    FILE_LOCK,
    LOCK_TIMEOUT_S,
    SITE_LOCK,
    add_event,
    after_download,
    file_of,
    hold,
    move_run,
    run_of,
    sql,
)
from functions.runtime.messages import Download, Message
from functions.runtime.stores.context import Context

_log = structlog.get_logger(__name__)


def download(context: Context, message: Download) -> list[Message]:
    """Fetch the file, compare its SHA-256 with the CHECKSUM file, and send what is due."""
    with hold(context, FILE_LOCK, f"{message.run}/{message.entity}", LOCK_TIMEOUT_S):
        with context.connection() as connection:
            run = run_of(connection, message.run)
            file = file_of(connection, message.run, message.entity)
        if run.state == "running" and file.state == "listed":
            with file_attempt(context, message):
                _fetch_and_check(context, run, file)
    return after_download(context, message.run)


def _fetch_and_check(context: Context, run: Run, file: File) -> None:
    assert file.location is not None  # noqa: S101 - the ledger lists no file without one
    assert file.sha256 is not None  # noqa: S101
    notes, address = DownloadProgress(context, file), _address(context, file) or file.location
    before = _state_here(address)
    try:
        with _turn(context, address):
            path, found = fetch(context.settings, address, file.name, file.sha256, notes)
    except RunInactive:
        _log.info("download interrupted", file=file.name)
    except TransientError as error:
        _put_off(context, file, error)
        raise
    else:
        if found == file.sha256:
            _note_fetched(context, run, file, path, before or path.stat())
        else:
            _refuse(context, file, found)


def _address(context: Context, file: File) -> str | None:
    """Where the file is with its secrets, if it has any: the file itself says what may be shown."""
    with context.connection() as connection:
        row = connection.execute(sql.address, {"run": file.run, "entity": file.entity}).fetchone()
    return row[0] if row else None


@contextmanager
def _turn(context: Context, location: str) -> Iterator[None]:
    """One download of a site at a time: it shuts out for an hour who asks for much at once."""
    if scheme_of(location) not in {"http", "https"}:
        yield
        return
    with hold(context, SITE_LOCK, urlsplit(location).netloc.rpartition("@")[2]):
        yield


def _put_off(context: Context, file: File, error: TransientError) -> None:
    seconds = error.retry_after
    if seconds is None:
        return
    with context.connection() as connection:
        connection.execute(sql.file_put_off, {"run": file.run, "entity": file.entity, "seconds": seconds})
        add_event(connection, "download-put-off", file.run, file=file.name, seconds=seconds, error=str(error))


def _state_here(location: str) -> os.stat_result | None:
    """What a file that is here already is before it is hashed: one that takes its place meanwhile is another then."""
    if not is_remote(location):
        with suppress(OSError):  # reading it says what is wrong
            return Path(location).stat()
    return None


def _note_fetched(context: Context, run: Run, file: File, path: Path, state: os.stat_result) -> None:
    if is_remote(file.location or ""):
        write_checksum(path, file.sha256 or "", synthetic=run.synthetic, sample=run.sample)
    values = {"run": file.run, "entity": file.entity, "location": str(path)}
    values |= {"bytes": state.st_size, "modified_ns": state.st_mtime_ns}
    with context.connection() as connection:
        connection.execute(sql.file_fetched, values)
        connection.execute(sql.forget_address, {"run": file.run, "entity": file.entity})
    _log.info("fetched", file=file.name, bytes=values["bytes"])


def _refuse(context: Context, file: File, found: str) -> None:
    """A wrong checksum ends the run before anything is loaded: no split starts until every file is right."""
    reason = (
        f"{file.name} has SHA-256 {found}, its CHECKSUM file says {file.sha256}: nothing was loaded; fetch it again."
    )
    with context.connection() as connection:
        move_run(connection, file.run, to="failed", when=ACTIVE, reason=reason)
        add_event(connection, "wrong-checksum", file.run, file=file.name, found=found, expected=file.sha256)
    _log.error("wrong checksum", file=file.name, found=found, expected=file.sha256)
