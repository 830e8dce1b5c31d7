"""One part with all that became of it: the steps that it has been through, and each attempt that failed."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from msgspec import Struct, structs

from functions.runtime.entities import Entity
from functions.runtime.ledger.store import fetch
from functions.runtime.messages import PartState
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "attempts.sql")


class Attempt(Struct, frozen=True):
    """An attempt that failed: which start of the step it was, where, why, and what followed.

    `retry_at`: when it is tried again; None for a dead letter.
    """

    function: str
    attempt: int
    at: dt.datetime
    host: str
    pid: int
    error: str
    decision: Literal["retry", "dead"]
    retry_at: dt.datetime | None


class PartTime(Struct, frozen=True):
    """A step that the part has been through; `step` is the state it was in before."""

    step: PartState
    due_at: dt.datetime | None
    began_at: dt.datetime
    ended_at: dt.datetime


class PartHistory(Struct, frozen=True):
    """One part. `starts` counts those of the step that it waits for, `recuts` how often it was damaged."""

    run: int
    entity: Entity
    part: int
    kind: Literal["xml", "ids"]
    state: PartState
    died_in: PartState | None
    records: int
    rows: int
    nodes: int
    edges: int
    quarantined: int
    recuts: int
    starts: int
    sent_at: dt.datetime | None
    error: str | None
    steps: list[PartTime] = []
    attempts: list[Attempt] = []


def part_view(context: Context, run: int, entity: Entity, part: int) -> PartHistory | None:
    """One part with its steps and failed attempts, the latest of these first; None where there is no such part."""
    key = {"run": run, "entity": entity, "part": part}
    with context.connection() as connection:
        found = fetch(connection, PartHistory, _sql.part, **key)
        steps, attempts = (
            fetch(connection, PartTime, _sql.times, **key),
            fetch(connection, Attempt, _sql.attempts, **key),
        )
    return structs.replace(found[0], steps=steps, attempts=attempts) if found else None


def attempts_of(context: Context, run: int, entity: Entity, part: int) -> list[Attempt]:
    """The attempts at a part that failed, the latest first; the last twenty."""
    with context.connection() as connection:
        return fetch(connection, Attempt, _sql.attempts, run=run, entity=entity, part=part)
