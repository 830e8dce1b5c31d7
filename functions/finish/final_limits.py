"""What the end of a run decides by the ledger before anything is removed: files without a document, limits."""

from __future__ import annotations

from functions.extract.limits.load_limits import is_settled
from functions.extract.limits.stop_run import alarm_of, tallies_of
from functions.runtime.ledger.models import Run
from functions.runtime.ledger.store import Connection, add_event, sql
from functions.runtime.stores.context import Context


def limits_alarm(context: Context, run: Run) -> str | None:
    """Refuse files of which no record makes a document; then why the run has to stop, or None."""
    if run.kind != "load":
        return None
    with context.connection() as connection:
        alarm = alarm_of(connection, context.settings, run)
        if alarm is None:
            _refuse_barren(connection, run)
    return alarm


def may_remove_early(context: Context, run: Run) -> bool:
    """Whether what is not parsed yet cannot stop the run any more; else removals wait until all of it is parsed."""
    with context.connection() as connection:
        share = 1.0 if run.accept_rejected else context.settings.rejected_share
        settled = all(is_settled(tally, share) for tally in tallies_of(connection, run.id))
        if settled and limits_alarm(context, run) is None:
            return True
        connection.execute(sql.let_removals_wait, {"run": run.id})
    return False


def _refuse_barren(connection: Connection, run: Run) -> None:
    for tally in tallies_of(connection, run.id):
        if tally.unparsed or not tally.records or tally.all_rejected < tally.records:
            continue
        problem = f"the file holds no sound record: all of its {tally.records:,} lie in quarantine"
        connection.execute(sql.file_refused, {"run": run.id, "entity": tally.entity, "problem": problem})
        add_event(connection, "file-refused", run.id, entity=tally.entity, problem=problem)
