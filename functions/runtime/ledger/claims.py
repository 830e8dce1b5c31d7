"""Claiming a part: its row is locked until the step's store has committed, and each start is counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from dramatiq.middleware import Shutdown

from functions.runtime.errors import PermanentError, StoreUnavailable, TransientError
from functions.runtime.ledger.models import Part, Run
from functions.runtime.ledger.store import LOCK_TIMEOUT_S, Connection, add_event, fetch, run_of, sql
from functions.runtime.messages import Download, PartMessage, PartState, Split
from functions.runtime.stores.context import Context
from functions.runtime.stores.lock_wait import lock


@dataclass(slots=True)
class Claim:
    """A part that this function holds, with the transaction that holds it.

    Attributes:
        damaged: whether an object of the part was found damaged: nothing was done, and it is going to be cut again.
    """

    connection: Connection
    run: Run
    part: Part
    damaged: bool = False


@contextmanager
def claim(context: Context, message: PartMessage, state: PartState) -> Iterator[Claim | None]:
    """Lock the part of a message for one step; None when there is nothing to do.

    A second delivery waits for the first and then finds the part past `state`. A paused or ended run is nothing to do.

    Raises:
        Busy: another holds the part for long.
        PermanentError: the step was started more often than `max_attempts`; the part is dead.
    """
    _count_attempt(context, message, state)
    with (
        counted(context, sql.uncount_part, {**part_key(message), "state": state}),
        context.connection() as connection,
        connection.transaction(),
    ):
        lock(connection, sql.lock_part, part_key(message), _name(message), LOCK_TIMEOUT_S)
        part = fetch(connection, Part, sql.part, **part_key(message))
        run = run_of(connection, message.run)
        if not part or part[0].state != state or run.state not in {"running", "finishing"}:
            yield None
        else:
            yield Claim(connection, run, part[0])


def mark_dead(context: Context, message: PartMessage, error: str) -> None:
    """Note that a part's message has become a dead letter."""
    with context.connection() as connection:
        connection.execute(sql.part_dead, {**part_key(message), "error": error})
        add_event(connection, "part-dead", message.run, entity=message.entity, part=message.part, error=error)


@contextmanager
def file_attempt(context: Context, message: Download | Split) -> Iterator[None]:
    """Count a start of a file's step; whatever gets it further has it counted anew.

    A start that found a store away, or whose worker had to end, is not counted.

    Raises:
        PermanentError: it was started more often than `max_attempts` without getting further.
    """
    key: dict[str, object] = {"run": message.run, "entity": message.entity}
    with context.connection() as connection:
        row = connection.execute(sql.attempt_file, key).fetchone()
    _refuse_endless(context, row, f"The {type(message).__name__.lower()} of {message.entity} in run {message.run}")
    with counted(context, sql.uncount_file, key):
        yield


@contextmanager
def run_attempt(context: Context, run: int) -> Iterator[None]:
    """Count a start of a run's end, unless it found a store away or its worker had to end.

    Raises:
        PermanentError: it was started more often than `max_attempts` without an end.
    """
    with context.connection() as connection:
        row = connection.execute(sql.attempt_run, {"run": run}).fetchone()
    _refuse_endless(context, row, f"The end of run {run}")
    with counted(context, sql.uncount_run, {"run": run}):
        yield


@contextmanager
def counted(context: Context, uncount: str, key: dict[str, object]) -> Iterator[None]:
    """Take a start that was just counted back when it ends by no fault of what was started.

    That is a store that was found away, and a worker that has to end; one that ends meanwhile takes it back by itself.
    """
    start = context.starts.begin(uncount, key)
    try:
        yield
    except (TransientError, Shutdown) as error:
        blameless = isinstance(error, Shutdown) or not error.counts_starts
        if blameless and context.starts.end(start):
            with suppress(StoreUnavailable), context.connection() as connection:
                connection.execute(uncount, key)
        raise
    finally:
        context.starts.end(start)


def part_key(message: PartMessage) -> dict[str, object]:
    """The key of a message's part, as the statements name it."""
    return {"run": message.run, "entity": message.entity, "part": message.part}


def _refuse_endless(context: Context, row: tuple[int] | None, what: str) -> None:
    if row and row[0] > context.settings.max_attempts:
        raise PermanentError(f"{what} was started {row[0]} times without an end.")


def _count_attempt(context: Context, message: PartMessage, state: PartState) -> None:
    with context.connection() as connection:
        values = {**part_key(message), "state": state}
        row = lock(connection, sql.attempt_part, values, _name(message), LOCK_TIMEOUT_S).fetchone()
    if row and row[0] > context.settings.max_attempts:
        error = f"started {row[0]} times without an end"
        mark_dead(context, message, error)
        raise PermanentError(f"{_name(message).capitalize()} was {error}.")


def _name(message: PartMessage) -> str:
    return f"part {message.part} of {message.entity} in run {message.run}"
