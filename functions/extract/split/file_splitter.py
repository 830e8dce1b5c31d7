"""One split of one file. Begun again, it goes on behind the last part that the ledger has."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import structlog
from pyroaring import BitMap64

from functions.extract.limits.stop_run import stop_beyond_limits
from functions.extract.parse.choose_engine import engine_of
from functions.extract.parse.engine import FileReader, RecordBatch
from functions.extract.records.part_index import PartIndex, store_part
from functions.extract.records.quarantine import Rejected, known_before
from functions.extract.split.changed_records import changed, first_of_each
from functions.extract.split.file_type import HEAD_BYTES, barren, foreign
from functions.extract.split.part_builder import PartBuilder
from functions.extract.split.rejected_pieces import SetAside
from functions.extract.xml_stream.inflate import Inflation, InflationLimit
from functions.runtime.errors import RunInactive, SourceError
from functions.runtime.ledger.models import File, Run, run_prefix
from functions.runtime.ledger.store import add_event, run_of, sql
from functions.runtime.ledger.stored_objects import as_json, store_object
from functions.runtime.messages import Message, ParseChunk
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context

_log = structlog.get_logger(__name__)

_NOTE_EVERY_S = 2.0
_WAIT_S = 0.1


class FileSplitter:
    """The pass over one file."""

    def __init__(self, context: Context, run: Run, file: File) -> None:
        assert run.dump is not None  # noqa: S101 - a run that splits has a dump
        self._context, self._run, self._file = context, run, file
        self._cutter = PartBuilder(context.settings.part_bytes)
        self._seen = BitMap64()
        with context.connection() as connection:
            known = known_before(connection, run.id, file.entity)
        self._aside = SetAside(file, run.dump, context.settings.quarantine_bytes, known)
        self._reading: FileReader | None = None
        self._records = 0
        self._noted_at = time.monotonic()
        self._next_part, self._done_to, cut = self._where_to_go_on()
        self._cut_at = self._done_to
        self._unchanged = -cut  # of the stream up to `_done_to`, all but what was cut: it is not compared again

    def parts(self) -> Iterator[Message]:
        """Cut the file into parts, each stored and noted before its message is yielded."""
        path = Path(self._file.location or "")
        settings = self._context.settings
        reading = engine_of(self._run.engine).read(
            path, self._file.entity, settings.max_record_bytes, _inflation_limit(settings)
        )
        self._reading = reading
        try:
            head = _head(path)
            refusal = foreign(self._file.entity, head) if head or not path.stat().st_size else None
            if refusal:
                self._refuse(refusal)
                return
            for batch in reading:
                yield from self._collect(batch)
                yield from self._cut_early(batch)
                self._note_progress()
            if self._cutter.size:
                yield self._store_part()
            if self._records:
                self._note_end(reading)
            else:
                self._refuse(reading.problem or barren(self._file.entity, head))
        except RunInactive:
            _log.info("split interrupted", records=self._records)
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}.") from error

    def _collect(self, batch: RecordBatch) -> Iterator[Message]:
        """Note every id, and put what is new or changed into parts."""
        index = batch.index
        self._records += len(index.ids) + sum(piece.reason != "stray-bytes" for piece in batch.rejected)
        self._aside.begun = self._aside.begun or bool(index.ids)
        self._aside.add(batch.rejected)
        first = self._unseen(batch)
        with self._context.connection() as connection:
            found = changed(connection, self._file.entity, index, self._fresh(index, first))
        self._unchanged += len(first) - len(found)
        self._aside.note_unchanged(index.ids, found)
        if self._aside.is_due:
            self._note()
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

    def _cut_early(self, batch: RecordBatch) -> Iterator[Message]:
        """Let go of what changed in a long stretch with few changes: it is loaded while the split goes on."""
        end = batch.index.places[-1] + batch.index.lengths[-1] if batch.index.places else 0
        if self._cutter.size and end - self._cut_at >= self._context.settings.part_span_bytes:
            yield self._store_part()
            self._cut_at = end
            self._wait_for_room()

    def _unseen(self, batch: RecordBatch) -> Sequence[int]:
        """The places of the first record of each id; the others go to quarantine."""
        first, later = first_of_each(batch.index, self._seen)
        begins = list(accumulate(batch.index.lengths, initial=0)) if later else []
        self._aside.add([_duplicate(batch, place, begins) for place in later])
        return first

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
            connection.execute(sql.file_progress, self._progress())
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
            self._note_progress()

    def _check_running(self) -> None:
        with self._context.connection() as connection:
            if run_of(connection, self._file.run).state != "running":
                raise RunInactive

    def _note_progress(self) -> None:
        if time.monotonic() - self._noted_at < _NOTE_EVERY_S:
            return
        self._check_running()
        self._note()

    def _note(self) -> None:
        """Store what waits to be put aside, with how far the split is; it ends where too much was rejected."""
        self._noted_at = time.monotonic()
        with self._context.connection() as connection:
            self._aside.store(connection)
            connection.execute(sql.file_progress, self._progress())
            stopped = stop_beyond_limits(connection, self._context.settings, self._run, self._file.entity)
        if stopped:
            raise RunInactive

    def _progress(self) -> dict[str, object]:
        return {
            "run": self._file.run,
            "entity": self._file.entity,
            "records": self._records,
            "unchanged": max(0, self._unchanged),
            "rejected": self._aside.rejected,
            "kept_bytes": self._aside.kept_bytes,
            "read_bytes": self._reading.read_bytes if self._reading else None,
        }

    def _note_end(self, reading: FileReader) -> None:
        problem = self._problem(reading)
        seen_key = f"{run_prefix(self._file.run)}/{self._file.entity}/seen"
        stored = store_object(self._context.bucket, seen_key, self._seen.serialize())
        end: dict[str, object] = {"whole": problem is None, "problem": problem, "note": reading.note}
        end |= {"seen_key": seen_key, "seen": as_json(stored)}
        with self._context.connection() as connection:
            self._aside.store(connection)
            connection.execute(sql.file_split, self._progress() | end)
            if problem and not self._run.sample:
                add_event(connection, "not-whole", self._file.run, file=self._file.name, problem=problem)
            stop_beyond_limits(connection, self._context.settings, self._run, self._file.entity)
        _log.info("split", records=self._records, unchanged=self._unchanged, parts=self._next_part, problem=problem)

    def _refuse(self, problem: str) -> None:
        """Leave a file alone that holds no record of its entity, as if it were missing."""
        with self._context.connection() as connection:
            connection.execute(
                sql.file_refused, {"run": self._file.run, "entity": self._file.entity, "problem": problem}
            )
            add_event(connection, "file-refused", self._file.run, file=self._file.name, problem=problem)
        _log.warning("file refused", file=self._file.name, problem=problem)

    def _problem(self, reading: FileReader) -> str | None:
        """Why nothing may be deleted for this entity; None for a whole file."""
        if self._run.sample:
            return "only a sample of it is here"
        if reading.problem:
            return reading.problem
        if not reading.closed:
            return f"the closing </{self._file.entity}> is missing"
        if self._aside.unknown_ids:
            return f"{self._aside.unknown_ids} pieces in quarantine do not tell their id"
        return None

    def _where_to_go_on(self) -> tuple[int, int, int]:
        """The next part's number, the end of the last one in the stream, and how many records all of them hold."""
        values = {"run": self._file.run, "entity": self._file.entity}
        with self._context.connection() as connection:
            row = connection.execute(sql.last_part, values).fetchone()
        return (row[0] + 1, row[1], row[2]) if row else (0, 0, 0)


def _duplicate(batch: RecordBatch, place: int, begins: Sequence[int]) -> Rejected:
    at, number, data = batch.index.places[place], batch.index.ids[place], batch.data[begins[place] : begins[place + 1]]
    return Rejected(at, number, "duplicate-id", "an earlier record of this file has the id", data)


def _inflation_limit(settings: Settings) -> InflationLimit:
    """The ratio of the settings; the stores of the embedded stack are on the disk of its home."""
    home = Path(settings.home)
    free = shutil.disk_usage(home).free if settings.profile == "embedded" and home.is_dir() else None
    return InflationLimit(settings.max_inflation, free)


def _head(path: Path) -> bytes:
    """The first bytes of what a file holds, decompressed."""
    head = b""
    with path.open("rb") as file:
        for chunk in Inflation(file):
            head += chunk
            if len(head) >= HEAD_BYTES:
                break
    return head


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
