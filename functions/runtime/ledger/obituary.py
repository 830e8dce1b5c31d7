"""What the ledger learns of a message that was given up: its part is dead, or its run has failed."""

from __future__ import annotations

from functions.runtime.broker.fate import Hooks
from functions.runtime.context import Context
from functions.runtime.ledger.claims import bury
from functions.runtime.ledger.rows import ACTIVE
from functions.runtime.ledger.store import add_event, move_run
from functions.runtime.messages import Message, PartMessage


def hooks() -> Hooks:
    """The hooks of every worker."""
    return Hooks(on_dead=note_dead)


def note_dead(context: Context, message: Message, error: BaseException) -> None:
    """A part waits for `dead-letters requeue`; without its download, split or finish a run cannot go on at all."""
    if isinstance(message, PartMessage):
        bury(context, message, str(error))
        return
    with context.connection() as connection:
        move_run(connection, message.run, to="failed", when=ACTIVE, reason=str(error))
        add_event(connection, "run-failed", message.run, error=str(error))
