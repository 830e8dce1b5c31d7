"""How far a run is with each entity and each stage: counted by the ledger, reckoned here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

from functions.operations.rates import Ended, Work, rate_of, read_rate, rounded, run_seconds, stage_seconds
from functions.runs.disk_estimate import RECORD_BYTES
from functions.runtime.entities import Entity
from functions.runtime.function_table import FunctionTable, function_name
from functions.runtime.ledger.models import ACTIVE, FileState, Run, RunKind, RunState
from functions.runtime.masking import mask
from functions.runtime.messages import PartState

#: The share of a month that is new or changed, where nothing is known of it.
_USUAL_CHANGED: Final = 0.05
#: The stage in which a file is read and cut.
SPLIT: Final = "split"


class FileCount(Struct, frozen=True):
    """One file of a run, as the ledger has it."""

    entity: Entity
    name: str
    state: FileState
    bytes: int
    read_bytes: int
    records: int
    unchanged: int
    rejected: int
    removed: int
    problem: str | None
    note: str | None
    sent_at: dt.datetime | None
    began_at: dt.datetime | None
    split_at: dt.datetime | None


class PartCount(Struct, frozen=True):
    """The parts of one entity that are in one state.

    Of their messages `unsent` wait for room, `put_off` come back by themselves, the first at `back_at`; the first of
    the others was sent at `sent_at`.
    """

    entity: Entity
    kind: Literal["xml", "ids"]
    state: PartState
    died_in: PartState | None
    parts: int
    records: int
    unsent: int = 0
    put_off: int = 0
    back_at: dt.datetime | None = None
    sent_at: dt.datetime | None = None


class Step(Struct, frozen=True):
    """A step of a run's end: `done` of `total`, if that is known. It goes on as long as `ended_at` is None."""

    step: str
    entity: str
    done: int
    total: int | None
    began_at: dt.datetime
    at: dt.datetime
    ended_at: dt.datetime | None


class Counted(Struct, frozen=True):
    """A run as the ledger has counted it, at a moment of its clock; `end_sent_at`: the message for its end was sent."""

    at: dt.datetime
    run: Run
    files: list[FileCount]
    parts: list[PartCount]
    ended: list[Ended]
    steps: list[Step]
    end_sent_at: dt.datetime | None = None


class StageProgress(Struct, frozen=True):
    """One entity in one stage: `records` of `expected` are through it, and `parts` of its parts.

    `expected` is None while it cannot be told; a split makes the parts, which are none before it. `rate` are records a
    second of late; of a split, bytes of the file. `seconds_left` is for what is left of this stage by that rate: 0 when
    nothing is left, None when that is not known.
    """

    function: str
    records: int
    expected: int | None
    rate: float | None
    parts: int = 0
    seconds_left: float | None = None


class EntityProgress(Struct, frozen=True):
    """One entity of a run.

    `share` of its records are through everything, 0 to 1. `changed` are the records that were cut into parts: those
    that are new or changed. `parts` counts the parts by state. `expected` is how many records the file has, estimated
    while it is read.
    """

    entity: Entity
    state: FileState
    bytes: int
    read_bytes: int
    records: int
    expected: int | None
    unchanged: int
    changed: int
    removed: int
    rejected: int
    done: int
    dead: int
    share: float
    parts: dict[str, int]
    stages: list[StageProgress]
    rate: float | None
    problem: str | None
    note: str | None


class RunProgress(Struct, frozen=True):
    """The active run, or the latest one, with all that is to be said of how far it is.

    `month` is that of its dump, as in 2026-11. `seconds_left` is for the entities, not for the end of the run; while
    the run is at its end, for the step in hand.
    """

    id: int
    kind: RunKind
    dump: str | None
    month: str | None
    source: str
    state: RunState
    active: bool
    reason: str | None
    engine: str
    bulk: list[Literal["table", "graph"]]
    started_at: dt.datetime
    finished_at: dt.datetime | None
    share: float
    seconds_left: float | None
    entities: list[EntityProgress]
    steps: list[Step]


def progress_of(counted: Counted, functions: FunctionTable) -> RunProgress:
    """How far a run is."""
    run = counted.run
    entities = [_entity(counted, functions, file) for file in counted.files]
    return RunProgress(
        id=run.id,
        kind=run.kind,
        dump=f"{run.dump:%Y%m%d}" if run.dump else None,
        month=f"{run.dump:%Y-%m}" if run.dump else None,
        source=mask(run.source),
        state=run.state,
        active=run.state in ACTIVE,
        reason=run.reason,
        engine=run.engine,
        bulk=run.bulk,
        started_at=run.started_at,
        finished_at=run.finished_at,
        share=_run_share(entities),
        seconds_left=_seconds_left(counted, functions),
        entities=entities,
        steps=counted.steps,
    )


def stages_of(run: Run, functions: FunctionTable) -> dict[PartState, str]:
    """The function that takes a part of this run out of each state, in the order of the work."""
    found = {state: function_name(kind) for state, kind in functions.steps.items()}
    wanted: dict[PartState, bool] = {
        "cut": run.writes_tables,
        "parsed": run.writes_tables,
        "loaded": run.projects_parts,
    }
    return {state: name for state, name in found.items() if wanted.get(state, True)}


def _entity(counted: Counted, functions: FunctionTable, file: FileCount) -> EntityProgress:
    parts = _parts_of(counted, file)
    changed = sum(count.records for count in parts)
    done = sum(count.records for count in parts if count.state == "done")
    stages = _stages(counted, functions, file, parts)
    by_state: dict[str, int] = {}
    for count in parts:
        by_state[count.state] = by_state.get(count.state, 0) + count.parts
    return EntityProgress(
        entity=file.entity,
        state=file.state,
        bytes=file.bytes,
        read_bytes=file.read_bytes,
        records=file.records,
        expected=expected_records(file),
        unchanged=file.unchanged,
        changed=changed,
        removed=file.removed,
        rejected=file.rejected,
        done=done,
        dead=by_state.get("dead", 0),
        share=share_of(file, done, changed),
        parts=by_state,
        stages=stages,
        rate=stages[-1].rate if stages else None,
        problem=file.problem,
        note=file.note,
    )


def expected_records(file: FileCount) -> int | None:
    """How many records a file has; estimated while it is read, None before."""
    if file.state in {"split", "refused", "missing"}:
        return file.records
    if file.state == "fetched" and file.records and file.read_bytes and file.bytes:
        return max(file.records, round(file.records * file.bytes / file.read_bytes))
    return None


def share_of(file: FileCount, done: int, changed: int) -> float:
    """The share of an entity that is through everything, 0 to 1; none of it while its file is fetched."""
    if file.state in {"missing", "refused"} and changed:
        return round(done / changed, 3)
    if file.state in {"split", "refused", "missing"}:
        return round(min(1.0, (file.unchanged + done) / file.records), 3) if file.records else 1.0
    read = file.read_bytes / file.bytes if file.bytes else 0.0
    if file.state == "listed":
        return 0.0
    return round(min(0.99, read * (file.unchanged + done) / file.records), 3) if file.records else 0.0


def _parts_of(counted: Counted, file: FileCount) -> list[PartCount]:
    """Lists of ids count only where there is nothing else, as when the graph is filled again."""
    lists = file.state in {"missing", "refused"}
    return [count for count in counted.parts if count.entity == file.entity and (count.kind == "xml" or lists)]


def _stages(
    counted: Counted, functions: FunctionTable, file: FileCount, parts: Sequence[PartCount]
) -> list[StageProgress]:
    expected = _expected_changed(counted, file, parts)
    works = _works(counted, functions, file, _rates_of(counted))
    found = [
        StageProgress(
            name,
            through(state, parts, functions),
            expected,
            works[state].rate,
            sum(count.parts for count in behind(state, parts, functions)),
            None if expected is None else _rounded(stage_seconds([works[state]])),
        )
        for state, name in stages_of(counted.run, functions).items()
    ]
    if file.state not in {"missing", "refused"}:
        work = _split_work(counted, file)
        left = None if file.state == "listed" else _rounded(stage_seconds([work]))
        total = sum(count.parts for count in parts)
        found.insert(0, StageProgress(SPLIT, file.records, expected_records(file), work.rate, total, left))
    return found


def behind(step: PartState, parts: Iterable[PartCount], functions: FunctionTable) -> list[PartCount]:
    """The parts that are past the step that takes them out of a state."""
    order = [*functions.steps, "done"]
    states = set(order[order.index(step) + 1 :])
    return [count for count in parts if count.state in states]


def through(step: PartState, parts: Iterable[PartCount], functions: FunctionTable) -> int:
    """Records of the parts that are behind the step that takes them out of a state."""
    return sum(count.records for count in behind(step, parts, functions))


def _expected_changed(counted: Counted, file: FileCount, parts: Sequence[PartCount]) -> int | None:
    """How many records of a file will be cut into parts."""
    cut = sum(count.records for count in parts)
    if file.state in {"split", "refused", "missing"}:
        return cut
    total = expected_records(file)
    if total is None:
        return None
    return max(cut, round(total * _changed_share(counted, file, cut)))


def _changed_share(counted: Counted, file: FileCount, cut: int) -> float:
    known = file.unchanged + cut
    if known:
        return cut / known
    return 1.0 if counted.run.bulk_table else _USUAL_CHANGED


def _run_share(entities: Sequence[EntityProgress]) -> float:
    """The share of a run, each entity by the bytes of its file, or by its records where it has none."""
    weights = [float(entity.bytes or entity.changed) for entity in entities]
    total = sum(weights)
    shares = (entity.share * weight for entity, weight in zip(entities, weights, strict=True))
    return round(sum(shares) / total, 3) if total else 1.0


def _seconds_left(counted: Counted, functions: FunctionTable) -> float | None:
    if counted.run.state == "finishing":
        return _step_seconds(counted.steps)
    if counted.run.state != "running":
        return None
    rates = _rates_of(counted)
    works = {file.entity: _works(counted, functions, file, rates) for file in counted.files}
    states = stages_of(counted.run, functions)
    stages = [stage_seconds(work[state] for work in works.values() if state in work) for state in states]
    return run_seconds([_split_seconds(counted), *stages])


def _rates_of(counted: Counted) -> dict[tuple[Entity, PartState], float | None]:
    return {(ended.entity, ended.step): rate_of(ended, counted.at) for ended in counted.ended}


def _works(
    counted: Counted,
    functions: FunctionTable,
    file: FileCount,
    rates: Mapping[tuple[Entity, PartState], float | None],
) -> dict[PartState, Work]:
    """What an entity has left of each stage; a file that is not read yet has what its bytes say."""
    parts = _parts_of(counted, file)
    expected = _expected_changed(counted, file, parts)
    if expected is None:
        expected = round(file.bytes / RECORD_BYTES[file.entity] * _changed_share(counted, file, 0))
    weight = (
        file.bytes / file.records
        if file.records and file.state == "split" and file.bytes
        else RECORD_BYTES[file.entity]
    )
    dead = sum(count.records for count in parts if count.state == "dead")
    return {
        state: Work(expected - dead - through(state, parts, functions), weight, rates.get((file.entity, state)))
        for state in stages_of(counted.run, functions)
    }


def _split_seconds(counted: Counted) -> float | None:
    """Until every file is read: one is read after the other."""
    return stage_seconds(_split_work(counted, file) for file in counted.files if file.state in {"listed", "fetched"})


def _split_work(counted: Counted, file: FileCount) -> Work:
    """What is left to read of a file, in bytes."""
    left = file.bytes - _read(file) if file.state in {"listed", "fetched"} else 0
    return Work(left, 1.0, read_rate(_read(file), file.began_at, file.sent_at, counted.at))


def _read(file: FileCount) -> int:
    """Bytes that the split has read; while a file is fetched, they are those that are here."""
    return file.read_bytes if file.state == "fetched" else 0


def _step_seconds(steps: Sequence[Step]) -> float | None:
    """Until the step in hand is through, where it is counted."""
    step = steps[-1] if steps else None
    if step is None or step.ended_at or not step.total or not step.done:
        return None
    took = (step.at - step.began_at).total_seconds()
    return run_seconds([took / step.done * (step.total - step.done)])


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else rounded(seconds)
