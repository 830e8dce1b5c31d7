"""What the ledger learns of a message that failed: it comes back, or its part is dead, or its run has failed."""

from __future__ import annotations

import os
import socket
from typing import Final

from functions.runtime.errors import Busy
from functions.runtime.function_table import function_name
from functions.runtime.ledger.claims import mark_dead, part_key
from functions.runtime.ledger.models import ACTIVE
from functions.runtime.ledger.store import Connection, add_event, move_run, sql
from functions.runtime.masking import mask
from functions.runtime.messages import Download, Message, PartMessage, RunMessage, Split
from functions.runtime.messaging.retry_policy import Hooks, Retry, error_text
from functions.runtime.stores.context import Context

#: Errors of a part that are kept.
ATTEMPTS_KEPT: Final = 20


def hooks() -> Hooks:
    """The hooks of every worker."""
    return Hooks(on_dead=note_dead, on_retry=note_put_off)


def note_dead(context: Context, message: Message, error: BaseException) -> None:
    """A part waits for `dead-letters requeue`; without its download, split or finish a run cannot go on at all."""
    if isinstance(message, PartMessage):
        mark_dead(context, message, mask(str(error)))
        with context.connection() as connection:
            _note_attempt(connection, message, error, None)
        return
    if not isinstance(message, RunMessage):
        return
    with context.connection() as connection:
        move_run(connection, message.run, to="failed", when=ACTIVE, reason=str(error))
        add_event(connection, "run-failed", message.run, error=str(error))


def note_put_off(context: Context, message: Message, retry: Retry) -> None:
    """A message that failed comes back by itself: its lease begins then, so that the sweep does not double it."""
    seconds = retry.seconds
    with context.connection() as connection:
        if isinstance(message, PartMessage):
            connection.execute(sql.put_off_part, {**part_key(message), "seconds": seconds})
            if not isinstance(retry.error, Busy):  # it has not failed: another is at it
                _note_attempt(connection, message, retry.error, seconds)
        elif isinstance(message, Download | Split):
            values = {"run": message.run, "entity": message.entity, "seconds": seconds}
            connection.execute(sql.put_off_file, values)
        elif isinstance(message, RunMessage):
            connection.execute(sql.put_off_run, {"run": message.run, "seconds": seconds})


def _note_attempt(connection: Connection, message: PartMessage, error: BaseException, seconds: float | None) -> None:
    """Keep the last errors of a part; `seconds` until it is tried again, None for never."""
    values = part_key(message) | {
        "function": function_name(type(message)),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "error": error_text(error),
        "decision": "dead" if seconds is None else "retry",
        "seconds": seconds,
    }
    connection.execute(sql.add_attempt, values)
    connection.execute(sql.forget_early_attempts, {**part_key(message), "kept": ATTEMPTS_KEPT})
