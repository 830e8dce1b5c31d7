"""Steering the active run: pause, unpause, cancel, resume; and the sweep that sends again what was lost."""

from __future__ import annotations

from functions.runtime.context import Context
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.due import due
from functions.runtime.ledger.rows import ACTIVE, File, Part, Run, run_prefix
from functions.runtime.ledger.store import (
    FILE_LOCK,
    FINISH_LOCK,
    active_run,
    add_event,
    all_due,
    fetch,
    files_of,
    is_held,
    move_run,
    sql,
    totals_of,
)
from functions.runtime.messages import Download, Finish, Message, PartMessage, Split


def pause(context: Context) -> Run:
    """Stop work at the next boundary of a part. Functions acknowledge their messages and drop them.

    Raises:
        RefusedError: no run is running.
    """
    return _move(context, "pause", to="paused", when=("running",))


def unpause(context: Context) -> tuple[Run, list[Message]]:
    """Go on with a paused run; returns it and what is due.

    Raises:
        RefusedError: no run is paused.
    """
    run = _move(context, "unpause", to="running", when=("paused",))
    return run, resend(context, run)


def cancel(context: Context) -> Run:
    """End the active run where it is. What it has loaded stays, and a later load goes on from there.

    Raises:
        RefusedError: no run is active.
    """
    run = _move(context, "cancel", to="cancelled", when=ACTIVE)
    context.bucket.remove_folder(run_prefix(run.id))
    return run


def resume(context: Context) -> tuple[Run, list[Message]]:
    """Send again whatever is due of the active run, whether or not it was sent before.

    Raises:
        RefusedError: no run is active, or it is paused.
    """
    with context.connection() as connection:
        run = active_run(connection)
    if run is None:
        raise RefusedError("No run is active: there is nothing to resume.")
    if run.state == "paused":
        raise RefusedError(f"Run {run.id} is paused: go on with `linernotes unpause`.")
    return run, resend(context, run)


def resend(context: Context, run: Run) -> list[Message]:
    """Everything due of a run, its leases begun anew."""
    with context.connection() as connection:
        connection.execute(sql.touch_all, {"run": run.id})
    return all_due(context, run.id)


def sweep(context: Context) -> list[Message]:
    """What is due of the active run and whose lease has expired: its message was lost, or its worker."""
    with context.connection() as connection:
        run = active_run(connection)
        if run is None or run.state == "paused":
            return []
        values = {"run": run.id, "lease": context.settings.lease}
        parts = fetch(connection, Part, sql.expired_parts, **values)
        expired = {file.entity for file in fetch(connection, File, sql.expired_files, **values)}
        files, totals = files_of(connection, run.id), totals_of(connection, run.id)
    finishing = is_held(context, FINISH_LOCK, str(run.id))
    return [
        message
        for message in due(run, files, parts, totals)
        if isinstance(message, PartMessage)
        or (isinstance(message, Download | Split) and message.entity in expired and not _is_worked_on(context, message))
        or (isinstance(message, Finish) and not finishing)
    ]


def _is_worked_on(context: Context, message: Download | Split) -> bool:
    """A long download notes no progress, but its worker holds the file."""
    return is_held(context, FILE_LOCK, f"{message.run}/{message.entity}")


def _move(context: Context, verb: str, *, to: str, when: tuple[str, ...]) -> Run:
    with context.connection() as connection:
        run = active_run(connection)
        if run is None or not move_run(connection, run.id, to=to, when=when):  # type: ignore[arg-type]
            state = f"run {run.id} is {run.state}" if run else "no run is active"
            raise RefusedError(f"There is nothing to {verb}: {state}.")
        add_event(connection, f"run-{to}", run.id)
    return run
