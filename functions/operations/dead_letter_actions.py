"""Trying again what was given up, or dropping it: all that matches a filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from functions.derivations.plan import revive, send_due
from functions.operations.acting import Send, acting, send_all
from functions.operations.dead_letter_list import LetterFilter, LetterView, letters, matching
from functions.registry import FUNCTIONS
from functions.runs.consent import refuse_more
from functions.runs.run_commands import resend
from functions.runtime.function_table import function_name
from functions.runtime.ledger.models import Run
from functions.runtime.ledger.store import active_run, add_event, sql
from functions.runtime.messages import Assemble, Derive, Embed
from functions.runtime.messaging import queue_admin
from functions.runtime.stores.context import Context

#: Everything that was given up.
ALL = LetterFilter()


class Requeued(Struct, frozen=True):
    """How many letters were tried again, how many parts and batches live again, and how many messages were sent."""

    letters: int
    parts: int
    batches: int
    messages: int


class Purged(Struct, frozen=True):
    """How many dead letters were dropped."""

    letters: int


def count(context: Context, wanted: LetterFilter = ALL) -> int:
    """How many dead letters there are now, for whoever is to agree to a number.

    Raises:
        StoreUnavailable: PostgreSQL or the broker does not answer.
    """
    return len(matching(letters(context), wanted))


def requeue(context: Context, send: Send, by: str, wanted: LetterFilter = ALL, most: int | None = None) -> Requeued:
    """Give dead letters another life: their parts are as they were before they died, their tries are counted anew.

    The letters of the active run's parts are dropped, and what is due of the run is sent in their place: so it works as
    well when the broker has lost them.

    Args:
        send: sends a message.
        by: who has asked for it.
        wanted: which of them.
        most: how many somebody has agreed to; None: all.

    Raises:
        RefusedError: more match than `most`.
        StoreUnavailable: PostgreSQL or the broker does not answer.
    """
    with acting(context, "requeue", by, **_named(wanted)):
        found = matching(letters(context), wanted)
        refuse_more("dead letters", len(found), most)
        run, parts, batches = _revive(context, found, by, wanted)
        _move_letters(context, found, run)
        messages = resend(context, run) if run and run.state != "paused" else []
        sent = send_all(send, [*messages, *send_due(context)])
    return Requeued(len(found), parts, batches, sent)


def purge(context: Context, by: str, wanted: LetterFilter = ALL, most: int | None = None) -> Purged:
    """Drop dead letters; their parts stay dead until they are requeued. As for `requeue`."""
    with acting(context, "purge", by, **_named(wanted)):
        found = matching(letters(context), wanted)
        refuse_more("dead letters", len(found), most)
        held = [letter.id for letter in found if letter.held]
        dropped = queue_admin.purge(context.settings, FUNCTIONS.queues, held)
        with context.connection() as connection:
            add_event(connection, "purged", by=by, letters=dropped, **_named(wanted))
    return Purged(dropped)


def _revive(
    context: Context, found: Sequence[LetterView], by: str, wanted: LetterFilter
) -> tuple[Run | None, int, int]:
    """The active run, and how many of its parts and how many batches live again."""
    batches = [letter.batch for letter in found if letter.batch is not None]
    with context.connection() as connection:
        revived_batches = revive(connection, batches)
    with context.connection() as connection:
        run = active_run(connection)
        parts = [letter for letter in found if run and letter.run == run.id and letter.part is not None]
        keys = {"entities": [letter.entity for letter in parts], "parts": [letter.part for letter in parts]}
        revived = connection.execute(sql.revive_parts, {"run": run.id, **keys}).rowcount if run else 0
        detail = {"by": by, "letters": len(found), "parts": revived, "batches": revived_batches}
        add_event(connection, "requeued", run.id if run else None, **detail, **_named(wanted))
    return run, revived, revived_batches


def _move_letters(context: Context, found: Sequence[LetterView], run: Run | None) -> None:
    """Drop letters in whose place others are sent; send those of other runs anew."""
    held = [letter for letter in found if letter.held]
    derived = {function_name(kind) for kind in (Derive, Assemble, Embed)}
    replaced = [letter.id for letter in held if letter.function in derived or (run and letter.run == run.id)]
    others = [letter.id for letter in held if letter.run is not None and letter.id not in set(replaced)]
    if replaced:
        queue_admin.purge(context.settings, FUNCTIONS.queues, replaced)
    if others:
        queue_admin.requeue(context.settings, FUNCTIONS.queues, others)


def _named(wanted: LetterFilter) -> dict[str, Any]:
    """What an event says of a filter: names of many letters would fill it."""
    given: dict[str, Any] = msgspec.to_builtins(wanted)
    given.pop("ids", None)
    shown = {name: value for name, value in given.items() if value is not None}
    return {"filter": shown} if shown else {}
