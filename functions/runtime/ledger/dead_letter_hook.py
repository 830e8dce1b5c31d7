"""What the ledger learns of a message that failed: it comes back, or its part is dead, or its run has failed."""

from __future__ import annotations

from functions.runtime.ledger.claims import mark_dead, part_key
from functions.runtime.ledger.models import ACTIVE
from functions.runtime.ledger.store import add_event, move_run, sql
from functions.runtime.masking import mask
from functions.runtime.messages import Download, Message, PartMessage, RunMessage, Split
from functions.runtime.messaging.retry_policy import Hooks
from functions.runtime.stores.context import Context


def hooks() -> Hooks:
    """The hooks of every worker."""
    return Hooks(on_dead=note_dead, on_retry=note_put_off)


def note_dead(context: Context, message: Message, error: BaseException) -> None:
    """A part waits for `dead-letters requeue`; without its download, split or finish a run cannot go on at all."""
    if isinstance(message, PartMessage):
        mark_dead(context, message, mask(str(error)))
        return
    if not isinstance(message, RunMessage):
        return
    with context.connection() as connection:
        move_run(connection, message.run, to="failed", when=ACTIVE, reason=str(error))
        add_event(connection, "run-failed", message.run, error=str(error))


def note_put_off(context: Context, message: Message, seconds: float) -> None:
    """A message that failed comes back by itself: its lease begins then, so that the sweep does not double it."""
    with context.connection() as connection:
        if isinstance(message, PartMessage):
            connection.execute(sql.put_off_part, {**part_key(message), "seconds": seconds})
        elif isinstance(message, Download | Split):
            values = {"run": message.run, "entity": message.entity, "seconds": seconds}
            connection.execute(sql.put_off_file, values)
        elif isinstance(message, RunMessage):
            connection.execute(sql.put_off_run, {"run": message.run, "seconds": seconds})
