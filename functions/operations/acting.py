"""What every action of a person shares: it is an event that says who, what and with which outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from functions.runtime.errors import LinernotesError, StoreUnavailable
from functions.runtime.ledger.store import add_event
from functions.runtime.messages import Message
from functions.runtime.stores.context import Context

#: Sends one message.
Send = Callable[[Message], object]


@contextmanager
def acting(context: Context, action: str, by: str, **detail: Any) -> Iterator[None]:
    """Note an action that was not done as an event, with the sentence that says why. One that was done notes itself.

    Args:
        context: the stores; while PostgreSQL is away nothing is noted.
        action: what was asked for, as in `load`.
        by: who has asked for it, such as `cli:anna` or `key:nightly`.
        detail: of what.
    """
    try:
        yield
    except LinernotesError as error:
        with suppress(StoreUnavailable, psycopg.Error), context.connection() as connection:
            add_event(connection, "action-failed", action=action, by=by, outcome=error.told, **detail)
        raise


def send_all(send: Send, messages: Iterable[Message]) -> int:
    """Send messages; returns how many."""
    count = 0
    for message in messages:
        send(message)
        count += 1
    return count
