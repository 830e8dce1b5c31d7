"""Reading and writing the ledger. Each function takes the connection whose transaction it joins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from functions.runtime.entities import Entity
from functions.runtime.errors import PermanentError, RunGone, RunInactive
from functions.runtime.ledger.models import Backlog, File, Part, Run, RunState, Totals
from functions.runtime.ledger.next_messages import due, due_after_split, recuts_due, state_before
from functions.runtime.masking import mask
from functions.runtime.messages import Finish, Message, PartMessage, PartState, Split
from functions.runtime.stores.context import Context
from functions.runtime.stores.lock_wait import lock
from functions.runtime.stores.query_files import statements

sql = statements(__file__, "ledger.sql")
Connection = psycopg.Connection[tuple[Any, ...]]
S = TypeVar("S", bound=msgspec.Struct)

#: Seconds after which a message is given back when another holds what it needs, rather than keep its worker waiting.
LOCK_TIMEOUT_S = 60.0

#: Spaces of advisory locks: what one holder at a time may do.
FILE_LOCK, FINISH_LOCK, GRAPH_LOCK, SITE_LOCK, BEGIN_LOCK, COUNT_LOCK, DERIVATION_LOCK = 1, 2, 3, 4, 5, 6, 7


def fetch(connection: Connection, struct: type[S], statement: str, **values: Any) -> list[S]:
    """Run a statement and make a struct of each row."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return [msgspec.convert(row, struct) for row in cursor.execute(statement, values)]


def run_of(connection: Connection, run: int) -> Run:
    """A run by its number.

    Raises:
        RunGone: the ledger has no such run (it was reset).
    """
    rows = fetch(connection, Run, sql.run, run=run)
    if not rows:
        raise RunGone(f"The ledger has no run {run}: it was reset since.")
    return rows[0]


def active_run(connection: Connection) -> Run | None:
    """The one run that is running, paused or finishing."""
    rows = fetch(connection, Run, sql.active_run)
    return rows[0] if rows else None


def files_of(connection: Connection, run: int) -> list[File]:
    """All files of a run."""
    return fetch(connection, File, sql.files, run=run)


def file_of(connection: Connection, run: int, entity: Entity) -> File:
    """One file of a run.

    Raises:
        PermanentError: the run has no such file.
    """
    rows = fetch(connection, File, sql.file, run=run, entity=entity)
    if not rows:
        raise PermanentError(f"Run {run} has no file of {entity}.")
    return rows[0]


def totals_of(connection: Connection, run: int) -> Totals:
    """How many parts of a run are unfinished, and how many are dead."""
    return fetch(connection, Totals, sql.totals, run=run)[0]


def unfinished_parts(connection: Connection, run: int) -> list[Part]:
    """The parts of a run that are neither done nor dead."""
    return fetch(connection, Part, sql.unfinished_parts, run=run)


def move_run(connection: Connection, run: int, *, to: RunState, when: tuple[RunState, ...], reason: str = "") -> bool:
    """Take a run from one of the states `when` to another; False when it is in none of them."""
    values = {"run": run, "to": to, "from": list(when), "reason": mask(reason) or None}
    return bool(fetch(connection, Run, sql.move_run, **values))


def hold_run(connection: Connection, run: int) -> bool:
    """Whether a run is still on; then nobody ends it, and no other begins, before this transaction is over."""
    return connection.execute(sql.hold_run, {"run": run}).fetchone() is not None


def refuse_ended(connection: Connection, run: int) -> None:
    """Stop what works on a run that is over; until this transaction ends nobody empties the ledger.

    Raises:
        RunInactive: it is paused or over.
        RunGone: the ledger has no such run (it was reset).
    """
    if run_of(connection, run).state not in {"running", "finishing"}:
        raise RunInactive


def held_dumps(connection: Connection) -> dict[Entity, dt.date]:
    """The dump that the stores hold of each entity, or have begun to hold."""
    return dict(connection.execute(sql.held_dumps).fetchall())


def holds_records(connection: Connection) -> bool:
    """Whether anything is known of any record: an empty installation knows nothing."""
    return connection.execute(sql.holds_records).fetchone() == (True,)


def add_event(connection: Connection, kind: str, run: int | None = None, **detail: Any) -> None:
    """Append to the events, which are never changed."""
    add_past_event(connection, 0.0, kind, run, detail)


def add_past_event(connection: Connection, age_s: float, kind: str, run: int | None, detail: Mapping[str, Any]) -> None:
    """Append what happened so many seconds ago."""
    shown = {name: mask(value) if isinstance(value, str) else value for name, value in detail.items()}
    connection.execute(sql.add_event, {"run": run, "kind": kind, "detail": Jsonb(shown), "age": age_s})


def all_due(context: Context, run: int) -> list[Message]:
    """Everything that is due of a run, whether or not it was sent before: of parts, as many as the window lets through.

    The others count as not sent, and follow as earlier ones end.
    """
    with context.connection() as connection:
        connection.execute(sql.touch_files, {"run": run})
        connection.execute(sql.forget_sent, {"run": run})
        parts = [*unsent_parts(context, connection, run), *fetch(connection, Part, sql.damaged, run=run)]
        return _due(context, connection, run, parts)


def due_ahead(context: Context, run: int) -> list[Message]:
    """Messages for parts that were not sent so far, as many as the window lets through."""
    with context.connection() as connection:
        found = _due(context, connection, run, unsent_parts(context, connection, run))
    return [message for message in found if isinstance(message, PartMessage)]


def backlogs(connection: Connection, run: int, before: dt.datetime | None = None) -> list[Backlog]:
    """The parts of a run by what they wait for; those count as sent that were sent before a moment, now if absent."""
    return fetch(connection, Backlog, sql.backlog, run=run, before=before or dt.datetime.now(dt.UTC))


def unsent_parts(context: Context, connection: Connection, run: int) -> list[Part]:
    """Parts that were not sent so far, as many as the window of each queue has room for; they count as sent now.

    None of a run that is paused or over.
    """
    if run_of(connection, run).state not in {"running", "finishing"}:
        return []
    waiting = [backlog for backlog in backlogs(connection, run) if backlog.unsent]
    return [part for each in waiting for part in _send_ahead(context, connection, run, each.entity, each.state)]


def _send_ahead(context: Context, connection: Connection, run: int, entity: Entity, state: PartState) -> list[Part]:
    values = {"run": run, "entity": entity, "state": state, "window": context.settings.window}
    return fetch(connection, Part, sql.send_ahead, **values)


def _due(context: Context, connection: Connection, run: int, parts: list[Part]) -> list[Message]:
    found = due(
        context.functions, run_of(connection, run), files_of(connection, run), parts, totals_of(connection, run)
    )
    return _leased(connection, run, found)


def _leased(connection: Connection, run: int, messages: list[Message]) -> list[Message]:
    """These messages; the lease of the one for the run's end begins now."""
    if any(isinstance(message, Finish) for message in messages):
        connection.execute(sql.note_finish_sent, {"run": run})
    return messages


def after_download(context: Context, run: int) -> list[Message]:
    """What the download of a file made due: after the last one the splits, or Finish with nothing to split."""
    with context.connection() as connection:
        found = _due(context, connection, run, [])
    return [message for message in found if isinstance(message, Split | Finish)]


def after_split(context: Context, run: int) -> list[Message]:
    """What the split of a file made due: Finish after the last one."""
    with context.connection() as connection:
        return _leased(connection, run, due_after_split(run_of(connection, run), files_of(connection, run)))


def due_after_part(context: Context, message: PartMessage) -> list[Message]:
    """What a part's step made due: its next step, this step of parts that wait for room, or Finish after the last.

    For a part that was found damaged, a Split.
    """
    key = {"run": message.run, "entity": message.entity, "part": message.part}
    with context.connection() as connection:
        run, parts = run_of(connection, message.run), fetch(connection, Part, sql.part, **key)
        recuts = recuts_due(run, files_of(connection, run.id), parts)
        if run.state in {"running", "finishing"}:
            parts += _send_ahead(
                context, connection, message.run, message.entity, state_before(context.functions, message)
            )
        found = _due(context, connection, message.run, parts)
    return [message for message in found if isinstance(message, PartMessage | Finish) or message in recuts]


@contextmanager
def hold(context: Context, space: int, what: str, timeout_s: float | None = None) -> Iterator[Connection]:
    """Hold an advisory lock on a connection of its own: a second holder waits, a dead one lets go.

    Args:
        space: which kind of thing is held.
        what: which of them.
        timeout_s: how long it is waited for; None: for ever. Waiting does not count against the caller's time limit.

    Yields:
        That connection; it commits each statement by itself.

    Raises:
        Busy: somebody has held it for that long.
    """
    with context.connection() as connection:
        connection.autocommit = True
        key: dict[str, object] = {"space": space, "what": what}
        try:
            lock(connection, sql.hold, key, f"the lock of {what}", timeout_s)
            try:
                yield connection
            finally:
                if not connection.closed and not connection.broken:
                    connection.execute(sql.release, key)
        finally:
            if not connection.closed and not connection.broken:
                connection.autocommit = False


def is_held(context: Context, space: int, what: str) -> bool:
    """Whether somebody holds an advisory lock now."""
    with context.connection() as connection:
        row = connection.execute(sql.try_hold, {"space": space, "what": what}).fetchone()
    return not (row and row[0])
