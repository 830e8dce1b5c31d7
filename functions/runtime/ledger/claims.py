"""Claiming a part: its row is locked until the step's store has committed, and each start is counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from functions.runtime.context import Context
from functions.runtime.errors import PermanentError
from functions.runtime.ledger.rows import Part, PartState, Run
from functions.runtime.ledger.store import Connection, add_event, due_after_part, fetch, run_of, sql
from functions.runtime.messages import Download, Message, PartMessage, Split


@dataclass(frozen=True, slots=True)
class Claim:
    """A part that this function holds, with the transaction that holds it."""

    connection: Connection
    run: Run
    part: Part


@contextmanager
def claim(context: Context, message: PartMessage, state: PartState) -> Iterator[Claim | None]:
    """Lock the part of a message for one step; None when there is nothing to do.

    A second delivery waits for the first and then finds the part past `state`. A paused or ended run is nothing to do.

    Raises:
        PermanentError: the step was started more often than `max_attempts`; the part is dead.
    """
    _count_attempt(context, message, state)
    with context.connection() as connection, connection.transaction():
        part = fetch(connection, Part, sql.lock_part, **part_key(message))
        run = run_of(connection, message.run)
        if not part or part[0].state != state or run.state not in {"running", "finishing"}:
            yield None
        else:
            yield Claim(connection, run, part[0])


def after(context: Context, message: PartMessage) -> list[Message]:
    """What is due once a step of this part is through."""
    with context.connection() as connection:
        part = fetch(connection, Part, sql.part, **part_key(message))
    return due_after_part(context, message.run, part)


def bury(context: Context, message: PartMessage, error: str) -> None:
    """Note that a part's message has become a dead letter."""
    with context.connection() as connection:
        connection.execute(sql.part_dead, {**part_key(message), "error": error})
        add_event(connection, "part-dead", message.run, entity=message.entity, part=message.part, error=error)


def count_file_attempt(context: Context, message: Download | Split) -> None:
    """Count a start of a file's step; whatever gets it further has it counted anew.

    Raises:
        PermanentError: it was started more often than `max_attempts` without getting further.
    """
    with context.connection() as connection:
        row = connection.execute(sql.attempt_file, {"run": message.run, "entity": message.entity}).fetchone()
    _refuse_endless(context, row, f"The {type(message).__name__.lower()} of {message.entity} in run {message.run}")


def count_run_attempt(context: Context, run: int) -> None:
    """Count a start of a run's end.

    Raises:
        PermanentError: it was started more often than `max_attempts` without an end.
    """
    with context.connection() as connection:
        row = connection.execute(sql.attempt_run, {"run": run}).fetchone()
    _refuse_endless(context, row, f"The end of run {run}")


def part_key(message: PartMessage) -> dict[str, object]:
    """The key of a message's part, as the statements name it."""
    return {"run": message.run, "entity": message.entity, "part": message.part}


def _refuse_endless(context: Context, row: tuple[int] | None, what: str) -> None:
    if row and row[0] > context.settings.max_attempts:
        raise PermanentError(f"{what} was started {row[0]} times without an end.")


def _count_attempt(context: Context, message: PartMessage, state: PartState) -> None:
    with context.connection() as connection:
        row = connection.execute(sql.attempt_part, {**part_key(message), "state": state}).fetchone()
    if row and row[0] > context.settings.max_attempts:
        error = f"started {row[0]} times without an end"
        bury(context, message, error)
        raise PermanentError(f"Part {message.part} of {message.entity} in run {message.run} was {error}.")
