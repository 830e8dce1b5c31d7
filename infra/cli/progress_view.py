"""Watching a run until it ends: a bar for each entity, with its rate and the time left."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

from msgspec import Struct
from rich.progress import BarColumn, ProgressColumn, Task, TaskID, TimeRemainingColumn
from rich.text import Text

from functions.extract.download.throughput import Speed
from functions.extract.limits.schema_drift import REPLACED_CHARACTERS
from functions.runs.run_status import StepView, run_view, steps_of
from functions.runtime.entities import Entity
from functions.runtime.errors import StoreUnavailable
from functions.runtime.ledger.models import ACTIVE, Run
from functions.runtime.ledger.store import fetch, files_of, run_of, sql
from functions.runtime.stores.context import Context
from infra.cli.output import Bars, note, print_json, text_column

_EVERY_S = 0.5
_AWAY_S = 5.0
#: Characters of a bar: with all that stands beside it, a line has less than 80.
_BAR = 20
_DONE, _FAILED, _INCOMPLETE, _STOPPED = 0, 1, 3, 4


class EntityProgress(Struct, frozen=True):
    """How far a run is with one entity. `share` of its records are through, 0 to 1."""

    entity: Entity
    state: str
    bytes: int | None
    read_bytes: int
    records: int
    unchanged: int
    done: int
    waiting: int
    dead: int
    unfinished: int
    put_off: float

    @property
    def through(self) -> int:
        """Records that need nothing more."""
        return self.unchanged + self.done

    @property
    def share(self) -> float:
        """Of the file while it is fetched; then estimated from the share of it that has been read."""
        if self.state in {"missing", "refused"} and self.done + self.waiting:
            return self.done / (self.done + self.waiting)
        if self.state in {"split", "refused"}:
            return self.through / self.records if self.records else 1.0
        read = self.read_bytes / self.bytes if self.bytes else 0.0
        if self.state == "listed":
            return min(0.99, read)
        return min(0.99, read * self.through / self.records) if self.records else 0.0


class _Rate(ProgressColumn):
    """Records a second since the run began."""

    def render(self, task: Task) -> Text:
        if not task.fields["through"]:
            return Text()
        rate = task.fields["through"] / task.elapsed if task.elapsed else 0.0
        return Text(f"{rate:>9,.0f}/s")


def watch_run(context: Context, run: int, *, as_json: bool) -> int:
    """Show a run until it ends or only dead parts are left; returns the exit code."""
    progress = Bars(
        text_column("{task.description:<14}"),
        BarColumn(_BAR),
        text_column("{task.fields[through]:>11,}"),
        _Rate(),
        TimeRemainingColumn(),
        text_column("{task.fields[note]}"),
        transient=False,
    )
    with progress:
        ended = _follow(context, run, progress, {}, defaultdict(Speed))
    if as_json:
        print_json(run_view(context, run))
    else:
        _sum_up(context, ended)
    return _exit_code(context, ended)


def _exit_code(context: Context, run: Run) -> int:
    """0 done, 3 done with files missing or refused, 4 stopped at a limit, 1 for every other end."""
    if run.state == "stopped":
        return _STOPPED
    if run.state != "done":
        return _FAILED
    with context.connection() as connection:
        files = files_of(connection, run.id)
    lacking = any(file.state in {"missing", "refused"} and file.problem for file in files)
    return _INCOMPLETE if lacking and run.kind == "load" else _DONE


def entities_progress(context: Context, run: int) -> list[EntityProgress]:
    """How far a run is with each entity."""
    with context.connection() as connection:
        return fetch(connection, EntityProgress, sql.progress, run=run)


def _follow(context: Context, number: int, progress: Bars, tasks: dict[str, TaskID], speeds: dict[str, Speed]) -> Run:
    while True:
        try:
            if ended := _look(context, number, progress, tasks, speeds):
                return ended
        except StoreUnavailable as error:  # the run waits for it, and so does who watches
            note((str(error), "yellow"), " It is waited for.")
            time.sleep(_AWAY_S)
        time.sleep(_EVERY_S)


def _look(
    context: Context, number: int, progress: Bars, tasks: dict[str, TaskID], speeds: dict[str, Speed]
) -> Run | None:
    """Show how far a run is; the run once it has ended."""
    with context.connection() as connection:
        run = run_of(connection, number)
    entities = entities_progress(context, number)
    for entity in entities:
        _show(progress, tasks, entity, speeds[entity.entity])
    for step in (steps := steps_of(context, number)):
        _show_step(progress, tasks, step, now=run.state in ACTIVE and step is steps[-1])
    return run if run.state not in ACTIVE or _is_stuck(entities) else None


def _is_stuck(entities: list[EntityProgress]) -> bool:
    """Only dead parts are left: nothing moves until somebody requeues them."""
    waiting = any(entity.unfinished or entity.state in {"listed", "fetched"} for entity in entities)
    return not waiting and any(entity.dead for entity in entities)


def _show(progress: Bars, tasks: dict[str, TaskID], entity: EntityProgress, speed: Speed) -> None:
    if entity.entity not in tasks:
        tasks[entity.entity] = progress.add_task(entity.entity, total=1.0, through=0, note="")
    notes: dict[str, Any] = {
        "listed": _coming(entity, speed),
        "missing": "from the documents" if entity.done + entity.waiting else "no file",
        "refused": "refused",
    }
    text = f"{entity.dead} dead parts" if entity.dead else notes.get(entity.state, "")
    progress.update(tasks[entity.entity], completed=entity.share, through=entity.through, note=text)


def _show_step(progress: Bars, tasks: dict[str, TaskID], step: StepView, *, now: bool) -> None:
    """A bar for a step of the run's end, without end as long as one goes on whose length is not known."""
    if step.name not in tasks:
        tasks[step.name] = progress.add_task(step.name, total=step.total, through=0, note="")
    known = step.total is not None
    done, total = (step.done, step.total) if known or now else (1, 1)
    progress.update(tasks[step.name], total=total, completed=done, through=step.done)


def _coming(entity: EntityProgress, speed: Speed) -> str:
    """What is to be said of a file that is fetched and checked."""
    if entity.state != "listed" or not (entity.put_off > 1 or entity.read_bytes):
        return "waiting for its turn"
    if entity.put_off > 1:
        return f"put off, as the source asks: {entity.put_off / 60:.0f} min left"
    speed.note(entity.read_bytes)
    return f"fetching and checking, {speed.sentence(entity.bytes)}"


def _sum_up(context: Context, run: Run) -> None:
    view = run_view(context, run.id)
    written = view.written
    note(
        f"Run {run.id} is ",
        (run.state, "bold"),
        f": {written.parts:,} parts, {written.rows:,} rows, "
        f"{written.nodes:,} nodes and {written.edges:,} edges written.",
    )
    if run.reason:
        note(run.reason)
    for file in view.files:
        if file.problem:
            note((file.entity, "yellow"), f": {file.problem}; nothing of it was removed.")
        if file.note:
            note((file.entity, "yellow"), f": {file.note}.")
        if unknown := [name for name in file.drift if name != REPLACED_CHARACTERS]:
            names = ", ".join(unknown[:3]) + (f" and {len(unknown) - 3} more" if len(unknown) > 3 else "")
            note((file.entity, "yellow"), f": the model does not know {names} (`linernotes status`).")
        if file.quarantined:
            unkept = f", of {file.unkept:,} only the size" if file.unkept else ""
            pieces = f"{file.quarantined:,} pieces in quarantine{unkept} (`linernotes quarantine list`)."
            note((file.entity, "yellow"), f": {pieces}")
    if run.state in ACTIVE:
        note("Some parts are dead: see `linernotes status`, then `linernotes dead-letters requeue`.")
