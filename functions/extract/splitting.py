"""One split of one file. Begun again, it goes on behind the last part that the ledger has."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import structlog
from pyroaring import BitMap64

from functions.extract.cutter import Cutter
from functions.extract.difference import changed, first_of_each
from functions.extract.engine import BATCH_BYTES, Batch, Reading, engine_of
from functions.extract.part_file import PartIndex, store_part
from functions.extract.quarantine import Rejected, put_aside
from functions.runtime.context import Context
from functions.runtime.errors import SourceError
from functions.runtime.ledger.objects import as_json, store_object
from functions.runtime.ledger.rows import File, Run, run_prefix
from functions.runtime.ledger.store import add_event, run_of, sql
from functions.runtime.messages import Message, ParseChunk

_log = structlog.get_logger(__name__)

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
        self._cutter = Cutter(context.settings.part_bytes)
        self._seen = BitMap64()
        self._rejected: list[Rejected] = []
        self._unknown_ids = 0
        self._records = 0
        self._noted_at = time.monotonic()
        self._next_part, self._done_to, cut = self._where_to_go_on()
        self._cut_at = self._done_to
        self._unchanged = -cut  # of the stream up to `_done_to`, all but what was cut: it is not compared again

    def parts(self) -> Iterator[Message]:
        """Cut the file into parts, each stored and noted before its message is yielded."""
        path = Path(self._file.location or "")
        reading = engine_of(self._run.engine).read(path, self._file.entity, self._context.settings.max_record_bytes)
        try:
            for batch in reading:
                yield from self._collect(batch)
                yield from self._cut_early(batch)
                self._note_progress(reading.read_bytes)
            if self._cutter.size:
                yield self._store_part()
            self._put_aside()
            self._note_end(reading)
        except _Interrupted:
            _log.info("split interrupted", records=self._records)
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}.") from error

    def _collect(self, batch: Batch) -> Iterator[Message]:
        """Note every id, and put what is new or changed into parts."""
        index = batch.index
        self._records += len(index.ids) + sum(piece.reason != "stray-bytes" for piece in batch.rejected)
        self._unknown_ids += len(batch.rejected)
        self._reject(batch.rejected)
        first = self._unseen(batch)
        with self._context.connection() as connection:
            found = changed(connection, self._file.entity, index, self._fresh(index, first))
        self._unchanged += len(first) - len(found)
        begins = list(accumulate(index.lengths, initial=0)) if found else []
        for place, behind in _runs(found):
            while place < behind:
                place = self._cutter.add(index, batch.data, begins, place, behind)
                if self._cutter.is_full:
                    yield self._store_part()
                    self._wait_for_room()

    def _fresh(self, index: PartIndex, places: Sequence[int]) -> Sequence[int]:
        """Those of the places that lie behind what an earlier start of this split has cut."""
        if not places or index.places[places[0]] >= self._done_to:
            return places
        return [place for place in places if index.places[place] >= self._done_to]

    def _cut_early(self, batch: Batch) -> Iterator[Message]:
        """Let go of what changed in a long stretch with few changes: it is loaded while the split goes on."""
        end = batch.index.places[-1] + batch.index.lengths[-1] if batch.index.places else 0
        if self._cutter.size and end - self._cut_at >= self._context.settings.stretch_bytes:
            yield self._store_part()
            self._cut_at = end
            self._wait_for_room()

    def _unseen(self, batch: Batch) -> Sequence[int]:
        """The places of the first record of each id; the others go to quarantine."""
        first, later = first_of_each(batch.index, self._seen)
        begins = list(accumulate(batch.index.lengths, initial=0)) if later else []
        self._reject([_duplicate(batch, place, begins) for place in later])
        return first

    def _reject(self, pieces: list[Rejected]) -> None:
        self._rejected += pieces
        if len(self._rejected) >= 100 or sum(len(piece.data) for piece in self._rejected) >= BATCH_BYTES:
            self._put_aside()

    def _store_part(self) -> Message:
        index, xml, end = self._cutter.take()
        self._cut_at = end
        run, entity, part = self._file.run, self._file.entity, self._next_part
        self._next_part += 1
        objects = store_part(self._context.bucket, f"{run_prefix(run)}/{entity}/{part}", index, xml)
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
                    "objects": as_json(objects),
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
            "unchanged": max(0, self._unchanged),
            "read_bytes": read_bytes,
        }

    def _put_aside(self) -> None:
        with self._context.connection() as connection:
            put_aside(connection, self._file.run, self._dump, self._file.entity, self._rejected)
        self._rejected = []

    def _note_end(self, reading: Reading) -> None:
        problem = self._problem(reading)
        seen_key = f"{run_prefix(self._file.run)}/{self._file.entity}/seen"
        stored = store_object(self._context.bucket, seen_key, self._seen.serialize())
        values = self._progress(reading.read_bytes)
        values |= {"whole": problem is None, "problem": problem, "seen_key": seen_key, "seen": as_json(stored)}
        with self._context.connection() as connection:
            connection.execute(sql.file_split, values)
            if problem:
                add_event(connection, "not-whole", self._file.run, file=self._file.name, problem=problem)
        _log.info("split", records=self._records, unchanged=self._unchanged, parts=self._next_part, problem=problem)

    def _problem(self, reading: Reading) -> str | None:
        """Why nothing may be deleted for this entity; None for a whole file."""
        if reading.read_bytes == 0:
            return "the file is empty"
        if reading.problem:
            return reading.problem
        if not reading.closed:
            return f"the closing </{self._file.entity}> is missing"
        if self._unknown_ids:
            return f"{self._unknown_ids} pieces in quarantine do not tell their id"
        return None

    def _where_to_go_on(self) -> tuple[int, int, int]:
        """The next part's number, the end of the last one in the stream, and how many records all of them hold."""
        values = {"run": self._file.run, "entity": self._file.entity}
        with self._context.connection() as connection:
            row = connection.execute(sql.last_part, values).fetchone()
        return (row[0] + 1, row[1], row[2]) if row else (0, 0, 0)


def _duplicate(batch: Batch, place: int, begins: Sequence[int]) -> Rejected:
    at, number, data = batch.index.places[place], batch.index.ids[place], batch.data[begins[place] : begins[place + 1]]
    return Rejected(at, number, "duplicate-id", "an earlier record of this file has the id", data)


def _runs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Places that follow one another, as the first and the one behind the last: of most batches nothing, or all."""
    if len(places) == 0:
        return
    if places[-1] - places[0] == len(places) - 1:
        yield places[0], places[-1] + 1
        return
    first = before = places[0]
    for place in places[1:]:
        if place != before + 1:
            yield first, before + 1
            first = place
        before = place
    yield first, before + 1
