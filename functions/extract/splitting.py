"""One split of one file. Begun again, it goes on behind the last part that the ledger has."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import structlog
from pyroaring import BitMap64

from functions.extract.cutter import Cutter, Found
from functions.extract.difference import changed
from functions.extract.identity import raw_digest, record_id
from functions.extract.inflate import Inflation
from functions.extract.part_file import encode_index
from functions.extract.quarantine import Reason, Rejected, put_aside
from functions.extract.scan import Piece, Scan
from functions.runtime.context import Context
from functions.runtime.errors import SourceError
from functions.runtime.ledger.rows import File, Run, run_prefix
from functions.runtime.ledger.store import add_event, run_of, sql
from functions.runtime.messages import Message, ParseChunk

_log = structlog.get_logger(__name__)

_BATCH_RECORDS = 5_000
_BATCH_BYTES = 4 * 1024 * 1024
_NOTE_EVERY_S = 2.0
_WAIT_S = 0.1


class _Interrupted(Exception):
    """The run is paused or over: leave the file as it is."""


class Splitting:
    """The pass over one file."""

    def __init__(self, context: Context, run: Run, file: File) -> None:
        assert run.dump is not None  # noqa: S101 - a run that splits has a dump
        self._context, self._run, self._file = context, run, file
        self._dump = run.dump
        self._scan = Scan(file.entity, context.settings.max_record_bytes)
        self._cutter = Cutter(context.settings.part_bytes)
        self._seen = BitMap64()
        self._rejected: list[Rejected] = []
        self._unknown_ids = 0
        self._records = self._unchanged = 0
        self._noted_at = time.monotonic()
        self._next_part, self._done_to = self._where_to_go_on()

    def parts(self) -> Iterator[Message]:
        """Cut the file into parts, each stored and noted before its message is yielded."""
        try:
            with Path(self._file.location or "").open("rb") as file:
                inflation = Inflation(file)
                yield from self._cut(inflation)
                self._note_end(inflation)
        except _Interrupted:
            _log.info("split interrupted", records=self._records)
        except OSError as error:
            raise SourceError(f"{self._file.location} cannot be read: {error.strerror}.") from error

    def _cut(self, inflation: Inflation) -> Iterator[Message]:
        batch: list[Found] = []
        size = 0
        for piece in self._scan.pieces(inflation):
            record = self._known(piece)
            if record is None:
                continue
            batch.append(record)
            size += len(record.data)
            if len(batch) >= _BATCH_RECORDS or size >= _BATCH_BYTES:
                yield from self._collect(batch)
                self._note_progress(inflation.read_bytes)
                batch, size = [], 0
        yield from self._collect(batch)
        if self._cutter.records:
            yield self._store_part()
        self._put_aside()

    def _known(self, piece: Piece) -> Found | None:
        """The record of a piece, with its id noted; None for what goes to quarantine or is in a part already."""
        number = None if piece.stray else record_id(self._file.entity, piece.data)
        self._records += not piece.stray
        if piece.stray:
            self._reject(piece, None, "stray-bytes", "bytes that belong to no record")
        elif number is None:
            self._reject(piece, None, "no-id", "no id from 0 to 2^63 - 1 can be made out")
        elif number in self._seen:
            self._reject(piece, number, "duplicate-id", "an earlier record of this file has the id")
        else:
            self._seen.add(number)
            if piece.at >= self._done_to:
                return Found(number, piece.at, piece.data, raw_digest(piece.data))
        return None

    def _reject(self, piece: Piece, number: int | None, reason: Reason, detail: str) -> None:
        self._unknown_ids += number is None
        self._rejected.append(Rejected(piece.at, number, reason, detail, piece.data))
        if len(self._rejected) >= 100 or len(piece.data) >= _BATCH_BYTES:
            self._put_aside()

    def _collect(self, batch: list[Found]) -> Iterator[Message]:
        with self._context.connection() as connection:
            found = changed(connection, self._file.entity, batch)
        self._unchanged += len(batch) - len(found)
        for record in found:
            if self._cutter.add(record):
                yield self._store_part()
                self._wait_for_room()

    def _store_part(self) -> Message:
        index, xml, end = self._cutter.take()
        run, entity, part = self._file.run, self._file.entity, self._next_part
        self._next_part += 1
        self._context.bucket.put(f"{run_prefix(run)}/{entity}/{part}.xml", xml)
        self._context.bucket.put(f"{run_prefix(run)}/{entity}/{part}.index", encode_index(index))
        with self._context.connection() as connection:
            connection.execute(
                sql.insert_part,
                {
                    "run": run,
                    "entity": entity,
                    "part": part,
                    "kind": "xml",
                    "state": "cut",
                    "records": len(index.ids),
                    "stream_end": end,
                },
            )
        return ParseChunk(run=run, entity=entity, part=part)

    def _wait_for_room(self) -> None:
        """Back-pressure: wait while too many parts are under way."""
        while True:
            self._check_running()
            with self._context.connection() as connection:
                row = connection.execute(sql.pending, {"run": self._file.run, "entity": self._file.entity}).fetchone()
            if row is None or row[0] < self._context.settings.pending_parts:
                return
            time.sleep(_WAIT_S)
            self._note_progress(None)

    def _check_running(self) -> None:
        with self._context.connection() as connection:
            if run_of(connection, self._file.run).state != "running":
                raise _Interrupted

    def _note_progress(self, read_bytes: int | None) -> None:
        if time.monotonic() - self._noted_at < _NOTE_EVERY_S:
            return
        self._noted_at = time.monotonic()
        self._check_running()
        self._put_aside()
        with self._context.connection() as connection:
            connection.execute(sql.file_progress, self._progress(read_bytes))

    def _progress(self, read_bytes: int | None) -> dict[str, object]:
        return {
            "run": self._file.run,
            "entity": self._file.entity,
            "records": self._records,
            "unchanged": self._unchanged,
            "read_bytes": read_bytes,
        }

    def _put_aside(self) -> None:
        with self._context.connection() as connection:
            put_aside(connection, self._file.run, self._dump, self._file.entity, self._rejected)
        self._rejected = []

    def _note_end(self, inflation: Inflation) -> None:
        problem = self._problem(inflation)
        seen_key = f"{run_prefix(self._file.run)}/{self._file.entity}/seen"
        self._context.bucket.put(seen_key, self._seen.serialize())
        values = self._progress(inflation.read_bytes)
        values |= {"whole": problem is None, "problem": problem, "seen_key": seen_key}
        with self._context.connection() as connection:
            connection.execute(sql.file_split, values)
            if problem:
                add_event(connection, "not-whole", self._file.run, file=self._file.name, problem=problem)
        _log.info("split", records=self._records, unchanged=self._unchanged, parts=self._next_part, problem=problem)

    def _problem(self, inflation: Inflation) -> str | None:
        """Why nothing may be deleted for this entity; None for a whole file."""
        if inflation.read_bytes == 0:
            return "the file is empty"
        if inflation.problem:
            return inflation.problem
        if not self._scan.closed:
            return f"the closing </{self._file.entity}> is missing"
        if self._unknown_ids:
            return f"{self._unknown_ids} pieces in quarantine do not tell their id"
        return None

    def _where_to_go_on(self) -> tuple[int, int]:
        values = {"run": self._file.run, "entity": self._file.entity}
        with self._context.connection() as connection:
            row = connection.execute(sql.last_part, values).fetchone()
        return (row[0] + 1, row[1]) if row else (0, 0)
