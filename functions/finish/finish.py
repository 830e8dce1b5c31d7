"""`finish`: what needs the whole run. Each step may run again; a run that broke off here goes on here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress

import structlog

from functions.counts.refresh import bring_counts
from functions.derivations.plan import plan_derivations
from functions.finish.analyze_tables import analyze_outgrown
from functions.finish.deletions import note_named_pieces, remove_gone
from functions.finish.drift_events import note_drift
from functions.finish.early_deletions import remove_early
from functions.finish.final_limits import limits_alarm
from functions.finish.graph_cleanup import settle_graph
from functions.finish.unprojected_records import make_leftovers
from functions.history.write_changes import settle_baselines
from functions.load_graph.bulk.bulk_load import fill_graph
from functions.load_graph.graph_identity import ensure_graph
from functions.load_table.indexes import CONCURRENCY, begin_indexes
from functions.load_table.years import DATED, settle_years
from functions.runtime.errors import RunInactive
from functions.runtime.ledger.claims import run_attempt
from functions.runtime.ledger.damaged_objects import reread_file
from functions.runtime.ledger.models import Run, RunState, run_prefix
from functions.runtime.ledger.next_messages import all_split
from functions.runtime.ledger.run_progress import Steps
from functions.runtime.ledger.store import (
    FINISH_LOCK,
    LOCK_TIMEOUT_S,
    add_event,
    due_ahead,
    files_of,
    hold,
    hold_run,
    move_run,
    run_of,
    sql,
    totals_of,
)
from functions.runtime.ledger.stored_objects import DamagedObject
from functions.runtime.messages import Finish, Message
from functions.runtime.stores.context import Context, ping_graph

_log = structlog.get_logger(__name__)


def finish(context: Context, message: Finish) -> list[Message]:
    """Remove what the dump no longer has, bring indexes, counts and graph up to the documents, end the run.

    Called while parts are still loaded, it removes and does no more: no part has a record of what is gone.
    """
    with hold(context, FINISH_LOCK, str(message.run), LOCK_TIMEOUT_S) as held, suppress(RunInactive):
        run, parts_done = _begin(context, message.run)
        with run_attempt(context, run.id):
            try:
                messages = _end(context, run, Steps(held, run.id)) if parts_done else remove_early(context, run)
            except DamagedObject as damage:
                messages = reread_file(context, run.id, damage)
        held.execute(sql.ended_attempt, {"run": run.id})
        return messages
    return []


def _begin(context: Context, number: int) -> tuple[Run, bool]:
    """The run, and whether all of its parts are done: then it is finishing from now on.

    Raises:
        RunInactive: it is over or paused, not all of it is split, or a part is dead.
    """
    with context.connection() as connection:
        run, totals = run_of(connection, number), totals_of(connection, number)
        if run.state not in {"running", "finishing"} or totals.dead or not all_split(files_of(connection, number)):
            raise RunInactive
        if not totals.unfinished:
            move_run(connection, number, to="finishing", when=("running",))
    return run, not totals.unfinished


def _end(context: Context, run: Run, steps: Steps) -> list[Message]:
    """Do what needs the whole run, and end it; or the messages for what has to be projected first."""
    if run.writes_graph and not (run.bulk_graph and context.settings.graph_import):
        # Without it there is no end: nothing is done again and again until then. A Neo4j that is at what a dead worker
        # has handed over answers once that is withdrawn, which filling begins with.
        ping_graph(context)
    steps.begin("removals")
    alarm = limits_alarm(context, run)
    if alarm is None:
        _, alarm = remove_gone(context, run)
    note_named_pieces(context, run)
    _settle_years(context, run)
    if not _bring(context, run, steps):
        return due_ahead(context, run.id)
    note_drift(context, run.id)
    _note_end(context, run, alarm)
    return plan_derivations(context)


def _settle_years(context: Context, run: Run) -> None:
    for entity in DATED:
        with context.connection() as connection:
            file = next((file for file in files_of(connection, run.id) if file.entity == entity), None)
            if file and file.state == "split":
                if run.dump is None or not hold_run(connection, run.id):
                    raise RunInactive
                settled = settle_years(connection, entity, run.dump)
                _log.info("years settled", entity=entity, rows=settled)


def _bring(context: Context, run: Run, steps: Steps) -> bool:
    """Bring indexes, counts and graph up to the documents; False when parts have to be projected first.

    A graph that is filled as a whole leaves a third of two cores idle: indexes are built and records counted meanwhile.
    """
    if run.writes_graph and run.bulk_graph:
        with ThreadPoolExecutor(1, "beside-the-graph") as beside:
            building = beside.submit(_build, context, run, None, at_once=1)
            filled = fill_graph(context, run, steps)
        building.result()
        if filled:
            return True
    else:
        _build(context, run, steps)
    return _show(context, run, steps) if run.writes_graph else True


def _build(context: Context, run: Run, steps: Steps | None, at_once: int = CONCURRENCY) -> None:
    """Build the indexes that are missing, bring counts and statistics up to the documents.

    Records are counted where no index is left to begin with, and while statistics are gathered, which wait for indexes.

    Raises:
        RunInactive: the run was ended meanwhile, and the stores may be another's.
        RunGone: the stores were emptied of it.
    """
    with ThreadPoolExecutor(at_once, "build") as threads:
        building = begin_indexes(context, threads, run.id)
        counting = threads.submit(bring_counts, context, run.id)
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


def _show(context: Context, run: Run, steps: Steps) -> bool:
    """Have the graph show what no part of the run held, then settle it; False when that is left to parts first."""
    steps.begin("leftovers")
    ensure_graph(context, run.id)
    if make_leftovers(context, run.id):
        return False
    steps.begin("settling")
    settle_graph(context, run.id)
    return True


def _note_end(context: Context, run: Run, alarm: str | None) -> None:
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
