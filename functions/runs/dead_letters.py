"""Dead letters: messages that were given up, and the parts that wait for them."""

from __future__ import annotations

from functions.derivations.plan import revive, send_due
from functions.registry import FUNCTIONS
from functions.runs.run_commands import resend
from functions.runtime.ledger.store import active_run, add_event, sql
from functions.runtime.messages import Derive, Message
from functions.runtime.messaging import queue_admin
from functions.runtime.messaging.queues import DeadLetter
from functions.runtime.stores.context import Context


def requeue(context: Context) -> tuple[int, list[Message]]:
    """Give every dead letter another life: its part is as it was before it died, its tries are counted anew.

    The letters of the active run's parts are dropped, and what is due of the run is to be sent in their place: so it
    works as well when the broker has lost them.

    Returns:
        How many letters and parts were brought back, and the messages to send.
    """
    with context.connection() as connection:
        batches = revive(connection)
    with context.connection() as connection:
        run = active_run(connection)
        revived = connection.execute(sql.revive_parts, {"run": run.id}).rowcount if run else 0
        add_event(connection, "requeued", run.id if run else None, parts=revived, batches=batches)
    letters = queue_admin.dead_letters(context.settings, FUNCTIONS.queues)
    ours = [letter.id for letter in letters if run and _run_of(letter) == run.id]
    others = [letter.id for letter in letters if letter.id not in set(ours) and _is_of_a_run(letter)]
    batches_of = [letter.id for letter in letters if (letter.message or {}).get("type") == Derive.__name__]
    queue_admin.purge(context.settings, FUNCTIONS.queues, [*ours, *batches_of])
    queue_admin.requeue(context.settings, FUNCTIONS.queues, others)
    messages = resend(context, run) if run and run.state != "paused" else []
    messages += send_due(context)
    return max(revived, len(ours)) + len(others), messages


def _is_of_a_run(letter: DeadLetter) -> bool:
    return "run" in (letter.message or {})


def _run_of(letter: DeadLetter) -> int | None:
    run = (letter.message or {}).get("run")
    return run if isinstance(run, int) else None
