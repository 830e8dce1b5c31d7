"""Steering a run: pause, unpause, cancel, resume; and the sweep that sends again what was lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from functions.derivations.plan import plan_derivations, send_lost
from functions.runs.consent import signed
from functions.runs.failed_runs import take_up
from functions.runtime.errors import MissingError, RefusedError
from functions.runtime.function_table import queue_of, queues_of
from functions.runtime.ledger.models import ACTIVE, File, Part, Run, RunState, run_prefix
from functions.runtime.ledger.next_messages import due, lost, queue_of_backlog
from functions.runtime.ledger.store import (
    FILE_LOCK,
    FINISH_LOCK,
    Connection,
    active_run,
    add_event,
    all_due,
    backlogs,
    fetch,
    files_of,
    is_held,
    move_run,
    sql,
    totals_of,
    unsent_parts,
)
from functions.runtime.messages import Derive, Download, Finish, Message, PartMessage, Split
from functions.runtime.messaging import queue_admin
from functions.runtime.process.worker_reports import end_sessions_of_gone
from functions.runtime.stores.context import Context


def pause(context: Context, *, by: str | None = None, number: int | None = None) -> Run:
    """Stop work at the next boundary of a part. Functions acknowledge their messages and drop them.

    Args:
        by: who has asked for it, here and below.
        number: of the run that is meant, here and below; None: whichever is active.

    Raises:
        MissingError: there is no run of this number, here and below.
        RefusedError: no run is running.
    """
    return _move(context, "pause", to="paused", when=("running",), by=by, number=number)


def unpause(context: Context, *, by: str | None = None, number: int | None = None) -> tuple[Run, list[Message]]:
    """Go on with a paused run; returns it and what is due.

    Raises:
        RefusedError: no run is paused.
    """
    run = _move(context, "unpause", to="running", when=("paused",), by=by, number=number)
    return run, resend(context, run)


def cancel(context: Context, *, by: str | None = None, number: int | None = None) -> Run:
    """End the active run where it is. What it has loaded stays, and a later load goes on from there.

    Raises:
        RefusedError: no run is active.
    """
    run = _move(context, "cancel", to="cancelled", when=ACTIVE, by=by, number=number)
    context.bucket.remove_folder(run_prefix(run.id))
    return run


def resume(context: Context, *, by: str | None = None, number: int | None = None) -> tuple[Run, list[Message]]:
    """Send again whatever is due of the active run, whether or not it was sent before; or take up the one that failed.

    Raises:
        RefusedError: no run is active and the last one cannot be taken up, or the active one is paused.
    """
    with context.connection() as connection:
        _refuse_missing(connection, number)
        run = active_run(connection)
        if run and run.state != "paused":
            _refuse_another("resume", run, number)
            if by:
                add_event(connection, "run-resent", run.id, **signed(by))
    if run is None:
        run = take_up(context, by=by, number=number)
    if run.state == "paused":
        raise RefusedError(f"Run {run.id} is paused: go on with `linernotes unpause`.")
    return run, resend(context, run)


def resend(context: Context, run: Run) -> list[Message]:
    """Everything due of a run, its leases begun anew; of parts, as many as the window lets through."""
    return all_due(context, run.id)


def sweep(context: Context) -> list[Message]:
    """What is due of the active run and was lost, with its message or its worker; and parts that wait for room.

    Lost is what the queues no longer hold and whose lease has expired. What merely waits in a queue is not sent again.
    Nor does anything wait for what a process holds that is gone.
    """
    end_sessions_of_gone(context)
    with context.connection() as connection:
        run = active_run(connection)
        (asked_at,) = connection.execute(sql.now).fetchone() or (None,)
    if run is None:
        return _sweep_derivations(context)
    if run.state == "paused":
        return []
    depths = queue_admin.depths(context.settings, context.functions.queues)
    behind = min(queue_admin.lag_s(context.settings), context.settings.lease)
    before = asked_at - dt.timedelta(seconds=behind)
    with context.connection() as connection:
        parts = [*_lost_parts(context, connection, run, depths, before), *unsent_parts(context, connection, run.id)]
        values = {"run": run.id, "lease": context.settings.lease}
        expired = {file.entity for file in fetch(connection, File, sql.expired_files, **values)}
        damaged = fetch(connection, Part, sql.expired_damaged, **values)
        parts += damaged
        expired |= {part.entity for part in damaged}
        files, totals = files_of(connection, run.id), totals_of(connection, run.id)
    return [
        message
        for message in due(context.functions, run, files, parts, totals)
        if isinstance(message, PartMessage)
        or (isinstance(message, Download | Split) and message.entity in expired and _is_lost(context, message, depths))
        or (isinstance(message, Finish) and _is_finish_lost(context, run, depths))
    ]


def _sweep_derivations(context: Context) -> list[Message]:
    """What is due of the derivations, and batches whose message was lost; no run is active."""
    planned = plan_derivations(context)
    if planned or not context.functions.derivations:
        return planned
    depths = queue_admin.depths(context.settings, context.functions.queues)
    return [] if depths.get(queues_of(Derive)[0]) else send_lost(context)


def _lost_parts(
    context: Context, connection: Connection, run: Run, depths: Mapping[str, int], before: dt.datetime
) -> Iterator[Part]:
    """Of each queue, as many parts with an expired lease as it lacks messages."""
    for backlog in backlogs(connection, run.id, before):
        missing = lost(backlog, depths.get(queue_of_backlog(context.functions, backlog), 0), context.settings.window)
        if missing:
            values = {"run": run.id, "entity": backlog.entity, "state": backlog.state, "limit": missing}
            yield from fetch(connection, Part, sql.send_again, **values, lease=context.settings.lease)


def _is_finish_lost(context: Context, run: Run, depths: Mapping[str, int]) -> bool:
    """Nobody is at the run's end, no message for it waits, and its lease has expired; then that begins anew."""
    if depths.get(queue_of(Finish(run=run.id))) or is_held(context, FINISH_LOCK, str(run.id)):
        return False
    with context.connection() as connection:
        values = {"run": run.id, "lease": context.settings.lease}
        return connection.execute(sql.expired_finish, values).fetchone() is not None


def _is_lost(context: Context, message: Download | Split, depths: Mapping[str, int]) -> bool:
    """Its message waits no more, and nobody works on it."""
    return not depths.get(queue_of(message)) and not _is_worked_on(context, message)


def _is_worked_on(context: Context, message: Download | Split) -> bool:
    """A long download notes no progress, but its worker holds the file."""
    return is_held(context, FILE_LOCK, f"{message.run}/{message.entity}")


def _move(
    context: Context, verb: str, *, to: RunState, when: tuple[RunState, ...], by: str | None, number: int | None
) -> Run:
    with context.connection() as connection:
        _refuse_missing(connection, number)
        run = active_run(connection)
        if run is not None:
            _refuse_another(verb, run, number)
        if run is None or not move_run(connection, run.id, to=to, when=when):
            state = f"run {run.id} is {run.state}" if run else "no run is active"
            raise RefusedError(f"There is nothing to {verb}: {state}.")
        add_event(connection, f"run-{to}", run.id, **signed(by))
    return run


def _refuse_missing(connection: Connection, number: int | None) -> None:
    if number is not None and not fetch(connection, Run, sql.run, run=number):
        raise MissingError(f"There is no run {number}.")


def _refuse_another(verb: str, run: Run, number: int | None) -> None:
    """What is meant for one run must not fall on another that has begun since."""
    if number is not None and number != run.id:
        raise RefusedError(f"There is nothing to {verb}: run {number} is not the active one, that is {run.id}.")
