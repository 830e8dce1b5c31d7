"""The functions: how many workers each has and why, what they are at, and what they take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from functions.operations.worker_lines import WorkerLine
from functions.runtime.function_table import FunctionTable
from functions.runtime.ledger.store import Connection, fetch
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "sections.sql")

#: The reason of a number that somebody has asked for, as the autoscaler says it.
BY_HAND: Final = "set by hand"


class Scaled(Struct, frozen=True):
    """The last decision about the number of a function's workers."""

    function: str
    at: dt.datetime
    workers: int
    before: int
    reason: str


class Scaling(Struct, frozen=True):
    """What the supervisor has said since it was started: the last decision about each function, what is fixed by hand.

    `restarts`: how often processes of a function have ended by themselves; None where nobody says.
    """

    decisions: dict[str, Scaled]
    fixed: dict[str, int]
    restarts: dict[str, int] | None


class FunctionView(Struct, frozen=True):
    """One line of the function table. `memory` is that of its workers, `since` when the first of them was started.

    `sleeping`: it has no worker, and its first message wakes it. `fixed`: how many workers were asked for by hand.
    """

    name: str
    icon: str
    workers: int
    busy: int
    memory: int
    since: dt.datetime | None
    doing: list[str]
    sleeping: bool
    fixed: int | None
    scaled: Scaled | None
    restarts: int | None


def read_scaling(connection: Connection, functions: FunctionTable) -> Scaling:
    """What the supervisor has said of the workers' numbers."""
    [(started, fixed)] = connection.execute(_sql.stack_started).fetchall()
    found = fetch(connection, Scaled, _sql.scaled, names=list(functions.names), after=started)
    decisions = {one.function: one for one in found}
    fixed = {name: int(count) for name, count in fixed.items() if name not in decisions}
    fixed |= {one.function: one.workers for one in found if one.reason == BY_HAND}
    if not started:
        return Scaling(decisions, fixed, None)
    restarts: dict[str, int] = {}
    for name, count in connection.execute(_sql.restarts, {"after": started}).fetchall():
        restarts[name] = restarts.get(name, 0) + count
    return Scaling(decisions, fixed, restarts)


def function_views(functions: FunctionTable, workers: Sequence[WorkerLine], scaling: Scaling) -> list[FunctionView]:
    """Every line of the function table."""
    by_name: Mapping[str, list[WorkerLine]] = {
        name: [worker for worker in workers if worker.function == name] for name in functions.names
    }
    return [
        FunctionView(
            name=spec.name,
            icon=spec.icon,
            workers=len(mine := by_name[spec.name]),
            busy=sum(worker.state == "busy" for worker in mine),
            memory=sum(worker.memory for worker in mine),
            since=min((worker.since for worker in mine), default=None),
            doing=sorted(worker.doing for worker in mine if worker.doing),
            sleeping=not mine and scaling.fixed.get(spec.name) != 0,
            fixed=scaling.fixed.get(spec.name),
            scaled=scaling.decisions.get(spec.name),
            restarts=None if scaling.restarts is None else scaling.restarts.get(spec.name, 0),
        )
        for spec in functions
    ]
