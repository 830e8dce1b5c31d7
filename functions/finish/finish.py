"""`finish`: what needs the whole run. Each step may run again; a run that broke off here goes on here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed

import structlog

from functions.counts.bring import bring_counts
from functions.finish.deletions import over_limit, removals, remove
from functions.finish.drift import note_drift
from functions.finish.leftovers import leftover_parts
from functions.finish.settle import settle_graph
from functions.finish.statistics import analyze_outgrown
from functions.history.note import settle_baselines
from functions.load_graph.bulk.documents import RunOver
from functions.load_graph.bulk.fill import fill_graph
from functions.load_graph.identity import ensure_graph
from functions.load_table.indexes import AT_ONCE, begin_indexes
from functions.runtime.context import Context
from functions.runtime.function import function
from functions.runtime.ledger.claims import count_run_attempt
from functions.runtime.ledger.rows import Run, RunState, run_prefix
from functions.runtime.ledger.steps import Steps
from functions.runtime.ledger.store import (
    FINISH_LOCK,
    add_event,
    files_of,
    hold,
    move_run,
    run_of,
    sql,
    totals_of,
)
from functions.runtime.messages import Finish, Message

_log = structlog.get_logger(__name__)


@function(queue="finish", message=Finish, per_entity=False, time_limit_s=86_400, glyph="✓")
def finish(context: Context, message: Finish) -> list[Message]:
    """Remove what the dump no longer has, bring indexes, counts and graph up to the documents, end the run."""
    with hold(context, FINISH_LOCK, str(message.run)) as held:
        run = _begin(context, message.run)
        if run is None:
            return []
        count_run_attempt(context, run.id)
        steps = Steps(held, run.id)
        try:
            alarm = _remove(context, run, steps)
            if messages := _bring(context, run, steps):
                held.execute(sql.ended_attempt, {"run": run.id})
                return messages
        except RunOver:
            return []
        note_drift(context, run.id)
        _end(context, run, alarm)
    return []


def _begin(context: Context, number: int) -> Run | None:
    """The run, now finishing; None when it is over, or not yet there."""
    with context.connection() as connection:
        run, totals = run_of(connection, number), totals_of(connection, number)
        if run.state not in {"running", "finishing"} or totals.unfinished or totals.dead:
            return None
        move_run(connection, number, to="finishing", when=("running",))
    return run


def _remove(context: Context, run: Run, steps: Steps) -> str | None:
    """Carry out the deletions; or a sentence when there are more than the limit allows, and then none is."""
    if not run.writes_tables or run.kind != "load" or run.dump is None:
        return None
    steps.begin("removals")
    with context.connection() as connection:
        planned = removals(context, files_of(connection, run.id))
    alarm = None if run.accept_deletions else over_limit(planned, context.settings.deletion_share)
    if alarm:
        return alarm
    for removal in planned:
        gone = remove(context, removal, run, run.dump)
        _log.info("removed", entity=removal.entity, records=gone)
    return None


def _bring(context: Context, run: Run, steps: Steps) -> list[Message]:
    """Bring indexes, counts and graph up to the documents; the messages for what has to be projected first.

    A graph that is filled as a whole leaves a third of two cores idle: indexes are built and records counted meanwhile.
    """
    if run.writes_graph and run.bulk_graph:
        with ThreadPoolExecutor(1, "beside-the-graph") as beside:
            building = beside.submit(_build, context, None, at_once=1)
            filled = fill_graph(context, run, steps)
        building.result()
        if filled:
            return []
    else:
        _build(context, steps)
    return _show(context, run, steps) if run.writes_graph else []


def _build(context: Context, steps: Steps | None, at_once: int = AT_ONCE) -> None:
    """Build the indexes that are missing, bring counts and statistics up to the documents.

    Records are counted where no index is left to begin with, and while statistics are gathered, which wait for indexes.
    """
    with ThreadPoolExecutor(at_once, "build") as threads:
        building = begin_indexes(context, threads)
        counting = threads.submit(bring_counts, context)
        if building and steps:
            steps.begin("indexes", total=len(building))
        for built in as_completed(building):
            built.result()
            if steps:
                steps.advance()
        if steps:
            steps.begin("statistics")
        analyze_outgrown(context)
        if steps:
            steps.begin("counting")
        counting.result()


def _show(context: Context, run: Run, steps: Steps) -> list[Message]:
    """Have the graph show what no part of the run held, then settle it."""
    steps.begin("leftovers")
    ensure_graph(context, run.id)
    if messages := leftover_parts(context, run.id):
        return messages
    steps.begin("settling")
    settle_graph(context, run.id)
    return []


def _end(context: Context, run: Run, alarm: str | None) -> None:
    with context.connection() as connection:
        connection.execute(sql.turn_generation)
        state: RunState = "stopped" if alarm else "done"
        if move_run(connection, run.id, to=state, when=("finishing",), reason=alarm or ""):
            add_event(connection, f"run-{state}", run.id, reason=alarm)
            settle_baselines(
                connection, [file.entity for file in files_of(connection, run.id) if file.state == "split"]
            )
    context.bucket.remove_folder(run_prefix(run.id))
    (_log.warning if alarm else _log.info)("run ended", state=state, reason=alarm)
