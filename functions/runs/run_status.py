"""Runs as `linernotes status --json` and `/api/runs` show them."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from msgspec import Struct

from functions.extract.limits.schema_drift import Collapse, Unknown
from functions.runtime.entities import Entity
from functions.runtime.ledger.models import Run
from functions.runtime.ledger.store import Connection, fetch, run_of, sql, totals_of
from functions.runtime.masking import mask
from functions.runtime.stores.context import Context


class WrittenCounts(Struct, frozen=True):
    """What a run has written: parts that were parsed, rows, nodes, edges created or deleted."""

    parts: int
    rows: int
    nodes: int
    edges: int


class FileView(Struct, frozen=True):
    """One entity file of a run.

    `read_bytes` of its `bytes` are here while it is fetched (`listed`), and are read while it is split (`fetched`).
    `problem` says why it is not whole, missing or refused; nothing of it is removed then. `damaged` counts what was
    found damaged in the bucket and made again. `unkept` counts pieces in quarantine of which only the size was kept.
    `note` says what was unusual and does no harm. `drift` counts what the model does not know, and `collapsed` names
    fields that most records lost against the run before.
    """

    entity: Entity
    name: str
    state: str
    bytes: int | None
    read_bytes: int
    records: int
    unchanged: int
    parts: int
    parts_done: int
    parts_dead: int
    quarantined: int
    damaged: int
    unkept: int
    whole: bool
    problem: str | None
    note: str | None
    drift: dict[str, Unknown]
    collapsed: list[Collapse]


class StepView(Struct, frozen=True):
    """A step of a run's end, as in `graph` of `releases`: `done` of `total` if that is known; `seconds` it took."""

    step: str
    entity: str
    done: int
    total: int | None
    seconds: float

    @property
    def name(self) -> str:
        """As it is shown."""
        return f"{self.step} {self.entity}".strip()


class RunView(Struct, frozen=True):
    """One run.

    `dump` is its date as in 20260401; None for a run without a dump. `bulk` names the stores that it fills by the bulk
    load; the others take the incremental load. `steps` are those of its end; the one that it is at stands last.
    """

    id: int
    kind: str
    dump: str | None
    source: str
    state: str
    reason: str | None
    engine: str
    bulk: list[Literal["table", "graph"]]
    entities: list[Entity]
    started_at: dt.datetime
    finished_at: dt.datetime | None
    written: WrittenCounts
    files: list[FileView]
    steps: list[StepView]


def run_views(context: Context, limit: int = 10, before: int | None = None) -> list[RunView]:
    """The latest runs, newest first; `before` a number, if one is given."""
    with context.connection() as connection:
        runs = fetch(connection, Run, sql.recent_runs, limit=limit, before=before)
        return [_view(connection, run) for run in runs]


def run_view(context: Context, run: int) -> RunView:
    """One run.

    Raises:
        PermanentError: the ledger has no such run.
    """
    with context.connection() as connection:
        return _view(connection, run_of(connection, run))


def steps_of(context: Context, run: int) -> list[StepView]:
    """The steps of a run's end; the one that it is at stands last."""
    with context.connection() as connection:
        return fetch(connection, StepView, sql.steps, run=run)


def dead_parts(context: Context, run: int) -> int:
    """How many parts of a run wait to be requeued."""
    with context.connection() as connection:
        return totals_of(connection, run).dead


def _view(connection: Connection, run: Run) -> RunView:
    return RunView(
        id=run.id,
        kind=run.kind,
        dump=f"{run.dump:%Y%m%d}" if run.dump else None,
        source=mask(run.source),
        state=run.state,
        reason=run.reason,
        engine=run.engine,
        bulk=run.bulk,
        entities=run.entities,
        started_at=run.started_at,
        finished_at=run.finished_at,
        written=fetch(connection, WrittenCounts, sql.written, run=run.id)[0],
        files=fetch(connection, FileView, sql.file_views, run=run.id),
        steps=fetch(connection, StepView, sql.steps, run=run.id),
    )
