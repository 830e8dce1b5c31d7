"""Whether the work of one function gets on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from functions.operations.answers import Answers
from functions.operations.idle_reasons import Look, idle_reasons
from functions.operations.plurals import plural
from functions.operations.snapshot import look_of, read_ledger
from functions.runtime.function_table import FunctionSpec, FunctionTable
from functions.runtime.messaging import queue_admin
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "health.sql")

#: Reasons for which the work of a function does not get on by itself.
_TROUBLES: Final = frozenset({"scaled-to-zero", "no-worker", "lock-held", "lost"})


class FunctionHealth(Struct, frozen=True):
    """One line of the function table: `degraded` when its work does not get on.

    `says` is a sentence. `ready`, `delayed`, `in_work` and `dead` add up over its queues, and are None while the broker
    does not answer. `last_at` is when it last got something done, `age_s` how long ago that is.
    """

    function: str
    status: Literal["ok", "degraded"]
    says: str
    workers: int
    busy: int
    ready: int | None
    delayed: int | None
    in_work: int | None
    dead: int | None
    last_at: dt.datetime | None
    age_s: float | None


def function_health(context: Context, name: str) -> FunctionHealth:
    """Whether the work of a function gets on.

    Raises:
        SettingError: there is no such function.
        StoreUnavailable: PostgreSQL does not answer.
    """
    spec = context.functions.spec(name)
    answers = Answers(context)
    ledger, queues = read_ledger(context), None
    with answers.reading("broker") as there:
        queues = queue_admin.queue_stats(context.settings, context.functions.queues) if there else None
    answers.ask()
    look = look_of(context, answers, ledger, queues)
    mine = None if queues is None else [queue for queue in queues if queue.name in spec.queues]
    workers = (look.workers or {})[name]
    wrong = list(function_troubles(look, context.functions, name))
    last = _last_done(context, spec)
    return FunctionHealth(
        function=name,
        status="degraded" if wrong else "ok",
        says=" ".join(wrong) or _well(workers.workers, workers.busy),
        workers=workers.workers,
        busy=workers.busy,
        ready=None if mine is None else sum(queue.ready for queue in mine),
        delayed=None if mine is None else sum(queue.delayed for queue in mine),
        in_work=None if mine is None else sum(queue.unacked for queue in mine),
        dead=None if mine is None else sum(queue.dead for queue in mine),
        last_at=last,
        age_s=round((ledger.at - last).total_seconds(), 1) if last else None,
    )


def function_troubles(look: Look, functions: FunctionTable, name: str) -> Iterator[str]:
    """Why the work of a function does not get on, each as a sentence; pure."""
    spec = functions.spec(name)
    needed = {"PostgreSQL", "broker", "bucket"} | ({"graph"} if spec.uses_graph else set())
    yield from (text for store, text in look.down.items() if store in needed)
    for reason in idle_reasons(look, functions):
        if reason.function == name and reason.kind in _TROUBLES:
            yield reason.text
    dead = sum(queue.dead for queue in (look.queues or {}).values() if queue.name in spec.queues)
    if dead:
        yield f"{plural(dead, 'message of its own was', 'messages of its own were')} given up."


def _well(workers: int, busy: int) -> str:
    if not workers:
        return "It has nothing to do, and no worker: its first message wakes one."
    return f"{plural(workers, 'worker')}, {busy} at work."


def _last_done(context: Context, spec: FunctionSpec) -> dt.datetime | None:
    with context.connection() as connection:
        if spec.takes:
            row = connection.execute(_sql.last_of_parts, {"step": spec.takes}).fetchone()
        else:
            row = connection.execute(getattr(_sql, f"last_{spec.name}")).fetchone()
    return row[0] if row else None
