"""Cutting damaged parts again: from the stretch of the dump that each came from, or out of the quarantine."""

from __future__ import annotations

import sys
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path

import structlog
from msgspec import Struct
from pyroaring import BitMap64

from functions.extract.download.fetch import sha256_of
from functions.extract.parse.choose_engine import engine_of
from functions.extract.parse.engine import RecordBatch
from functions.extract.records.part_index import PartIndex, store_part
from functions.extract.records.quarantine import Retryable, part_of, retryable
from functions.extract.records.quarantine_filter import retried
from functions.extract.split.changed_records import changed, first_of_each
from functions.extract.split.part_builder import PartBuilder
from functions.extract.xml_stream.inflate import InflationLimit
from functions.runtime.errors import RunInactive, SourceError
from functions.runtime.ledger.models import File, Run, run_prefix
from functions.runtime.ledger.store import fetch, run_of, sql
from functions.runtime.ledger.stored_objects import as_json
from functions.runtime.messages import Message, ParseChunk
from functions.runtime.stores.context import Context

_log = structlog.get_logger(__name__)

_ASK_EVERY_S = 2.0


class StreamRange(Struct, frozen=True):
    """The bytes of the stream that a damaged part was cut from.

    Of a part of the quarantine: the number of the last piece of the part before, and of its own last piece.
    """

    part: int
    stream_begin: int
    stream_end: int


def damaged_parts(context: Context, file: File) -> list[StreamRange]:
    """The damaged parts of a file, in stream order."""
    with context.connection() as connection:
        return fetch(connection, StreamRange, sql.damaged_parts, run=file.run, entity=file.entity)


def recut(context: Context, run: Run, file: File, damaged: list[StreamRange]) -> Iterator[Message]:
    """Cut these parts again, each under its own number; the messages that parse them.

    None of their rows was committed: the records that they held are new or changed still.

    Raises:
        SourceError: the dump's file is gone, or is not the one that was split.
        RunInactive: the run is paused or over.
    """
    if run.kind != "retry":
        refuse_another(context, run, file)
    parts = (_of_quarantine if run.kind == "retry" else _of_dump)(context, run, file, damaged)
    for range_, index, xml in parts:
        key = {"run": file.run, "entity": file.entity, "part": range_.part}
        objects = store_part(context.bucket, f"{run_prefix(file.run)}/{file.entity}/{range_.part}", index, xml)
        with context.connection() as connection:
            connection.execute(sql.part_recut, {**key, "records": len(index.ids), "objects": as_json(objects)})
        _log.info("part cut again", part=range_.part, records=len(index.ids))
        yield ParseChunk(run=file.run, entity=file.entity, part=range_.part)


def _of_quarantine(
    context: Context, run: Run, file: File, damaged: list[StreamRange]
) -> Iterator[tuple[StreamRange, PartIndex, bytes]]:
    assert run.dump is not None  # noqa: S101 - pieces belong to a dump
    with context.connection() as connection:
        pieces = retryable(connection, {file.entity: run.dump}, retried(run.source))
    for range_ in damaged:
        with context.connection() as connection:
            index, xml = part_of(connection, [piece for piece in pieces if _is_in(piece, range_)])
        yield range_, index, xml


def _is_in(piece: Retryable, range_: StreamRange) -> bool:
    """Whether a part was cut of it; a run that an earlier version has begun is one part, without an end."""
    return not range_.stream_end or range_.stream_begin < piece.id <= range_.stream_end


def _of_dump(
    context: Context, run: Run, file: File, damaged: list[StreamRange]
) -> Iterator[tuple[StreamRange, PartIndex, bytes]]:
    """Read the stream up to the end of the last damaged part: the first record of an id may stand far before it."""
    path, waiting, seen, cutter = Path(file.location or ""), list(damaged), BitMap64(), PartBuilder(sys.maxsize)
    with _reading(path):
        limit = InflationLimit(context.settings.max_inflation)
        for batch in engine_of(run.engine).read(path, file.entity, context.settings.max_record_bytes, limit):
            first, _ = first_of_each(batch.index, seen)
            while waiting and batch.index.places:
                _collect(context, file, batch, first, waiting[0], cutter)
                if batch.index.places[-1] + batch.index.lengths[-1] < waiting[0].stream_end:
                    break
                index, xml, _ = cutter.take() if cutter.size else (PartIndex(), b"", 0)
                yield waiting.pop(0), index, xml
            if not waiting or not _is_running(context, run):
                return
    raise SourceError(f"{path} ends before the parts that were cut from it: load the dump again.")


def _collect(
    context: Context, file: File, batch: RecordBatch, first: Sequence[int], range_: StreamRange, cutter: PartBuilder
) -> None:
    """Take what is new or changed in that part of the stretch that lies in this batch."""
    places = batch.index.places
    low, high = bisect_left(places, range_.stream_begin), bisect_left(places, range_.stream_end)
    chosen = [place for place in first if low <= place < high]
    with context.connection() as connection:
        found = changed(connection, file.entity, batch.index, chosen)
    begins = list(accumulate(batch.index.lengths, initial=0)) if found else []
    for place in found:
        cutter.add(batch.index, batch.data, begins, place, place + 1)


def may_be_another(file: File) -> bool:
    """Whether a file has another size or time of change than when it was fetched. One that is gone has none."""
    try:
        found = Path(file.location or "").stat()
    except OSError:
        return False
    return found.st_size != file.bytes or file.modified_ns not in {None, found.st_mtime_ns}


def refuse_another(context: Context, run: Run, file: File) -> None:
    """Stop where a file that is read again, or may have changed, is not the one that was fetched.

    Raises:
        SourceError: it is so.
        RunInactive: the run is paused or over.
    """
    asked = time.monotonic()

    def ask(_done: int, _total: int | None) -> None:
        nonlocal asked
        if time.monotonic() - asked > _ASK_EVERY_S:
            asked = time.monotonic()
            if not _is_running(context, run):
                raise RunInactive

    found = sha256_of(Path(file.location or ""), ask)
    if found != file.sha256:
        raise SourceError(
            f"{file.location} is not the file that was fetched (SHA-256 {found}, and not {file.sha256}), and it has to "
            "be read further: load the dump again."
        )


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error


def _is_running(context: Context, run: Run) -> bool:
    with context.connection() as connection:
        return run_of(connection, run.id).state == "running"
