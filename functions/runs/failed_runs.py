"""Taking up again a run that has failed, where it ended, once what made it fail is mended."""

from __future__ import annotations

from functions.runs.consent import signed
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.models import Run, run_prefix
from functions.runtime.ledger.store import (
    BEGIN_LOCK,
    Connection,
    active_run,
    add_event,
    fetch,
    files_of,
    sql,
    unfinished_parts,
)
from functions.runtime.messages import PartState
from functions.runtime.stores.context import Context

#: What the step that is due of a part reads of it in the bucket.
_NEEDED: dict[PartState, tuple[str, ...]] = {
    "cut": ("xml", "index"),
    "parsed": ("ndjson", "index"),
    "loaded": ("index",),
    "damaged": (),
}


def take_up(context: Context, *, by: str | None = None, number: int | None = None) -> Run:
    """Make the run that failed last the active one again, its starts counted anew. Its dead parts stay dead.

    Args:
        by: who has asked for it.
        number: of the run that is meant.

    Raises:
        RefusedError: another run is active or has begun since, the last run has not failed, or the bucket no longer has
            what it needs.
    """
    with context.connection() as connection:
        connection.execute(sql.hold_to_end, {"space": BEGIN_LOCK, "what": "run"})
        run = _last(connection)
        _refuse(run, active_run(connection), number)
        _refuse_lost(context, connection, run)
        connection.execute(sql.take_up_files, {"run": run.id})
        [taken] = fetch(connection, Run, sql.take_up, run=run.id)
        add_event(connection, "run-resumed", run.id, failed=run.reason, **signed(by))
    return taken


def _last(connection: Connection) -> Run:
    runs = fetch(connection, Run, sql.recent_runs, limit=1, before=None)
    if not runs:
        raise RefusedError("No run is active: there is nothing to resume.")
    return runs[0]


def _refuse(run: Run, active: Run | None, number: int | None) -> None:
    if number is not None and number != run.id:
        raise RefusedError(f"Run {number} cannot be resumed: run {run.id} has begun since.")
    if active:
        raise RefusedError(f"Run {active.id} has just begun: it goes on by itself.")
    if run.state != "failed":
        raise RefusedError(f"No run is active, and the last one, {run.id}, is {run.state}: there is nothing to resume.")


def _refuse_lost(context: Context, connection: Connection, run: Run) -> None:
    there = set(context.bucket.keys(f"{run_prefix(run.id)}/"))
    needed = [file.seen_key for file in files_of(connection, run.id) if file.state == "split" and file.seen_key]
    needed += [part.key(kind) for part in unfinished_parts(connection, run.id) for kind in _NEEDED[part.state]]
    if lost := [key for key in needed if key not in there]:
        raise RefusedError(
            f"Run {run.id} cannot be taken up again: {len(lost)} objects that it needs, as {lost[0]}, are no longer in "
            "the bucket; what a run leaves there is kept for LINERNOTES_KEEP_PARTS_DAYS. Load the dump again: what the "
            "run has loaded counts."
        )
