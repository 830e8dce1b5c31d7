"""Parsing pieces in quarantine again: all that match a filter."""

from __future__ import annotations

from msgspec import Struct

from functions.extract.records.quarantine import count_retryable
from functions.extract.records.quarantine_filter import PieceFilter
from functions.operations.acting import Send, acting, send_all
from functions.runs.begin import begin_retry
from functions.runtime.ledger.store import held_dumps
from functions.runtime.stores.context import Context


class Retried(Struct, frozen=True):
    """A run that parses pieces again, and how many messages were sent for it."""

    run: int
    messages: int


def count(context: Context, wanted: PieceFilter) -> int:
    """How many of the pieces that match would be parsed again now, for whoever is to agree to a number."""
    with context.connection() as connection:
        return count_retryable(connection, held_dumps(connection), wanted)


def retry(context: Context, send: Send, by: str, wanted: PieceFilter, most: int | None = None) -> Retried:
    """Parse again the pieces that match.

    Args:
        send: sends a message.
        by: who has asked for it.
        wanted: which of them.
        most: how many somebody has agreed to; None: all.

    Raises:
        RefusedError: a run is active, none can be parsed again, or there are more than `most`.
    """
    with acting(context, "retry", by):
        begun = begin_retry(context, wanted=wanted, most=most, by=by)
        sent = send_all(send, begun.messages)
    return Retried(begun.run.id, sent)
