"""What is due next: one pure function of the ledger, used after each success and by sweep, resume and unpause."""

from __future__ import annotations

from collections.abc import Iterable

from functions.runtime.function_table import FunctionTable, function_name
from functions.runtime.ledger.models import Backlog, File, Part, Run, Totals
from functions.runtime.messages import Download, Finish, Message, PartMessage, PartState, Split


def due(
    functions: FunctionTable, run: Run, files: Iterable[File], parts: Iterable[Part], totals: Totals
) -> list[Message]:
    """The messages that take a run further.

    Args:
        functions: the function table, which says what a part in a state waits for.
        files: all files of the run.
        parts: the parts to look at: one after a success, all unfinished ones for a sweep or resume.
        totals: over all parts of the run.

    A paused or ended run has nothing due. Splits wait until every file is fetched, so that a wrong checksum loads
    nothing; `Finish` waits for every split and every part, dead ones too.
    """
    if run.state == "finishing":
        return [*_parts_due(functions, run, parts), *_finish_due(run, totals)]
    if run.state != "running":
        return []
    files = list(files)
    parts = list(parts)
    messages = [*_files_due(run, files), *recuts_due(run, files, parts), *_parts_due(functions, run, parts)]
    if all_split(files):
        messages += _finish_due(run, totals)
    return messages


def lost(backlog: Backlog, depth: int, window: int) -> int:
    """How many messages of a backlog have to be sent again, as far as their leases have expired.

    Args:
        backlog: the parts that wait for one step.
        depth: the messages that the step's queue holds; one that is there is not lost, however long it waits.
        window: the most that are sent at once.
    """
    return min(max(backlog.sent - depth, 0), window)


def state_before(functions: FunctionTable, message: PartMessage) -> PartState:
    """The state of a part that waits for this message's step."""
    return next(state for state, kind in functions.steps.items() if isinstance(message, kind))


def queue_of_backlog(functions: FunctionTable, backlog: Backlog) -> str:
    """The queue of the step that a backlog waits for."""
    return f"{function_name(functions.steps[backlog.state])}.{backlog.entity}"


def due_after_split(run: Run, files: Iterable[File]) -> list[Message]:
    """`Finish` after the last split: before parts are done, too, it may take out what the dump no longer has."""
    ready = run.state in {"running", "finishing"} and all_split(files)
    return [Finish(run=run.id)] if ready else []


def all_split(files: Iterable[File]) -> bool:
    """Whether every file that is there was read to its end, or refused."""
    return all(file.state in {"split", "missing", "refused"} for file in files)


def _files_due(run: Run, files: list[File]) -> list[Message]:
    listed = [file for file in files if file.state == "listed"]
    if listed:
        return [Download(run=run.id, entity=file.entity) for file in listed]
    return [Split(run=run.id, entity=file.entity) for file in files if file.state == "fetched"]


def recuts_due(run: Run, files: Iterable[File], parts: Iterable[Part]) -> list[Message]:
    """Splits that cut damaged parts again; one that is not through does so by itself."""
    damaged = {part.entity for part in parts if part.state == "damaged"}
    return [
        Split(run=run.id, entity=file.entity)
        for file in files
        if file.entity in damaged and file.state in {"split", "missing"} and run.state == "running"
    ]


def _parts_due(functions: FunctionTable, run: Run, parts: Iterable[Part]) -> list[Message]:
    steps = functions.steps
    return [steps[part.state](run=run.id, entity=part.entity, part=part.part) for part in parts if part.state in steps]


def _finish_due(run: Run, totals: Totals) -> list[Message]:
    return [Finish(run=run.id)] if totals.unfinished == 0 and totals.dead == 0 else []
