"""`split`: one pass over a file that notes every id, compares, and cuts parts of what is new or changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from functions.extract.split.file_splitter import FileSplitter
from functions.extract.split.recut_parts import damaged_parts, may_be_another, recut, refuse_another
from functions.runtime.errors import RunInactive
from functions.runtime.ledger.claims import file_attempt
from functions.runtime.ledger.models import File, Run
from functions.runtime.ledger.store import FILE_LOCK, LOCK_TIMEOUT_S, after_split, file_of, hold, run_of
from functions.runtime.messages import Message, Split
from functions.runtime.stores.context import Context


def split(context: Context, message: Split) -> Iterator[Message]:
    """Cut the file, sending each part as it lies in the bucket; then send what is due.

    Parts that were found damaged are cut again, before and after. A split that goes on after a crash goes by places in
    the stream: it does so in the file that was fetched, and in no other.

    Raises:
        SourceError: the file is gone or another by now.
    """
    with hold(context, FILE_LOCK, f"{message.run}/{message.entity}", LOCK_TIMEOUT_S), suppress(RunInactive):
        with context.connection() as connection:
            run = run_of(connection, message.run)
            file = file_of(connection, message.run, message.entity)
        if run.state == "running":
            yield from _recut_damaged(context, message, run, file)
        if run.state == "running" and file.state == "fetched":
            with file_attempt(context, message):
                if file.rereads or may_be_another(file):
                    refuse_another(context, run, file)
                yield from FileSplitter(context, run, file).parts()
            yield from _recut_damaged(context, message, run, file)
    yield from after_split(context, message.run)


def _recut_damaged(context: Context, message: Split, run: Run, file: File) -> Iterator[Message]:
    damaged = damaged_parts(context, file)
    if damaged:
        with file_attempt(context, message):
            yield from recut(context, run, file, damaged)
