"""The timeline of a run: which function was at it when, and how long parts have waited for it and run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from functions.runtime.function_table import FunctionTable, function_name
from functions.runtime.ledger.models import FileState
from functions.runtime.ledger.store import Connection, fetch
from functions.runtime.messages import PartState
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "timeline.sql")

#: Slices that a run's time is cut into.
SLICES: Final = 120


class Span(Struct, frozen=True):
    """A stretch in which a function was at one entity of a run; at its end (`finish`), at one step.

    `running_s` and `waiting_s` add up over its parts, which several workers take side by side: a part waits from when
    it was sent until it is begun. `ended_at` is None while it goes on.
    """

    function: str
    what: str
    began_at: dt.datetime
    ended_at: dt.datetime | None
    parts: int = 0
    records: int = 0
    running_s: float = 0.0
    waiting_s: float = 0.0


class Slice(Struct, frozen=True):
    """What ended of one function in one slice of the run's time; `slice` counts from 0."""

    function: str
    slice: int
    parts: int
    records: int
    running_s: float
    waiting_s: float


class Timeline(Struct, frozen=True):
    """A run from its beginning to its end, or until now. Slices have `slice_s` seconds each."""

    run: int
    began_at: dt.datetime
    ended_at: dt.datetime
    slice_s: float
    spans: list[Span]
    slices: list[Slice]


class _Bounds(Struct, frozen=True):
    started_at: dt.datetime
    ended_at: dt.datetime


class _File(Struct, frozen=True):
    entity: str
    state: FileState
    fetched_at: dt.datetime | None
    began_at: dt.datetime | None
    split_at: dt.datetime | None


class _Step(Struct, frozen=True):
    step: str
    entity: str
    began_at: dt.datetime
    ended_at: dt.datetime | None


class _Parts(Struct, frozen=True):
    step: PartState
    entity: str
    parts: int
    records: int
    began_at: dt.datetime
    ended_at: dt.datetime
    running_s: float
    waiting_s: float


class _Sliced(Struct, frozen=True):
    step: PartState
    slice: int
    parts: int
    records: int
    running_s: float
    waiting_s: float


def timeline_of(context: Context, run: int) -> Timeline | None:
    """The timeline of a run; None where the ledger has no such run."""
    with context.connection() as connection:
        found = fetch(connection, _Bounds, _sql.run, run=run)
        return _read(connection, context.functions, run, found[0]) if found else None


def _read(connection: Connection, functions: FunctionTable, run: int, bounds: _Bounds) -> Timeline:
    seconds = max(1.0, (bounds.ended_at - bounds.started_at).total_seconds() / SLICES)
    values = {"run": run, "slices": SLICES, "began": bounds.started_at, "seconds": seconds}
    names = {state: function_name(kind) for state, kind in functions.steps.items()}
    files = fetch(connection, _File, _sql.files, run=run)
    parts = fetch(connection, _Parts, _sql.spans, run=run)
    steps = fetch(connection, _Step, _sql.steps, run=run, over=bounds.ended_at)
    spans = [
        *_file_spans(bounds, files),
        *(_part_span(names[one.step], one) for one in parts if one.step in names),
        *(Span("finish", f"{step.step} {step.entity}".strip(), step.began_at, step.ended_at) for step in steps),
    ]
    order = list(functions.names)
    return Timeline(
        run=run,
        began_at=bounds.started_at,
        ended_at=bounds.ended_at,
        slice_s=round(seconds, 3),
        spans=sorted(spans, key=lambda span: (order.index(span.function), span.began_at)),
        slices=[
            Slice(names[one.step], one.slice, one.parts, one.records, round(one.running_s, 2), round(one.waiting_s, 2))
            for one in fetch(connection, _Sliced, _sql.slices, **values)
            if one.step in names
        ],
    )


def _file_spans(bounds: _Bounds, files: Sequence[_File]) -> Iterator[Span]:
    for file in files:
        yield Span("download", file.entity, bounds.started_at, file.fetched_at)
        if file.began_at:
            yield Span("split", file.entity, file.began_at, file.split_at)


def _part_span(function: str, parts: _Parts) -> Span:
    return Span(
        function=function,
        what=parts.entity,
        began_at=parts.began_at,
        ended_at=parts.ended_at,
        parts=parts.parts,
        records=parts.records,
        running_s=round(parts.running_s, 2),
        waiting_s=round(parts.waiting_s, 2),
    )
