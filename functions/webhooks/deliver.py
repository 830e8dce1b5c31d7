"""Telling events to other programs: each event to each address, until it is taken or a day has passed.

Which deliveries are due is known by the table of events alone, so that none is forgotten whatever process dies.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import msgspec
import structlog
from msgspec import Struct

from functions.runtime.backoff import backoff
from functions.runtime.ledger.event_kinds import TOLD, Level, level_of, words_of
from functions.runtime.ledger.store import add_event
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.webhooks.post import NotAllowed, NotTaken, post, shown_host, signature

_sql = statements(__file__, "deliver.sql")
log = structlog.get_logger(__name__)

#: Seconds between two tries of a delivery, growing, and after which it is given up, counted from the event.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 10.0, 3_600.0
GIVEN_UP_S: Final = 86_400.0

#: Seconds for which whoever has taken a delivery may be at it: then it is another's.
_LEASE_S: Final = 60.0
#: Messages that one address is told at one look, and addresses that are told at once.
_MOST_AT_ONCE: Final = 50
_MOST_SIDE_BY_SIDE: Final = 4


class Told(Struct, frozen=True):
    """The body of a message: one event. `words` say it in a sentence; `detail` is as docs/events.md has it."""

    id: int
    at: dt.datetime
    kind: str
    level: Level
    run: int | None
    words: str
    detail: dict[str, Any]


class _Delivery(Struct, frozen=True):
    event: int
    attempts: int
    at: dt.datetime
    run: int | None
    kind: str
    detail: dict[str, Any]


def deliver(context: Context) -> dict[str, int]:
    """Tell what is due, once; how many messages were taken, and how many failed.

    Raises:
        StoreUnavailable: PostgreSQL does not answer.
        SettingError: there is nothing to sign with.
    """
    addresses = {digest_of(address): address for address in context.settings.webhook_addresses}
    _note_due(context, addresses)
    if not addresses:
        return {"told": 0, "failed": 0}
    with ThreadPoolExecutor(min(len(addresses), _MOST_SIDE_BY_SIDE)) as pool:
        done = list(pool.map(lambda target: _deliver_to(context, target, addresses[target]), addresses))
    return {"told": sum(told for told, _ in done), "failed": sum(failed for _, failed in done)}


def digest_of(address: str) -> str:
    """How an address is known in the tables: it may hold a secret."""
    return hashlib.sha256(address.encode()).hexdigest()[:32]


def body_of(event: Told) -> bytes:
    """The body of a message."""
    return msgspec.json.encode(event)


def _note_due(context: Context, addresses: Mapping[str, str]) -> None:
    """Note every event of the last day that an address has not been told of; what went before it was named, never."""
    with context.connection() as connection:
        connection.execute(_sql.forget_targets, {"targets": list(addresses)})
        for target, address in addresses.items():
            connection.execute(_sql.add_target, {"target": target, "host": shown_host(address)})
        connection.execute(_sql.forget_gone)
        connection.execute(_sql.add_due, {"kinds": list(TOLD), "seconds": GIVEN_UP_S})


def _deliver_to(context: Context, target: str, address: str) -> tuple[int, int]:
    """Tell one address what is due, in order, up to the first that is not taken; how many were, and were not."""
    for told in range(_MOST_AT_ONCE):
        delivery = _claim(context, target)
        if delivery is None:
            return told, 0
        if not _try(context, target, address, delivery):
            return told, 1
    return _MOST_AT_ONCE, 0


def _claim(context: Context, target: str) -> _Delivery | None:
    """The first that is due; for a while nobody else takes it."""
    with context.connection() as connection:
        row = connection.execute(_sql.claim, {"target": target, "lease": _LEASE_S}).fetchone()
    return _Delivery(*row) if row else None


def _try(context: Context, target: str, address: str, delivery: _Delivery) -> bool:
    key = {"target": target, "event": delivery.event}
    try:
        status = post(context.settings, address, *_message(context, target, delivery))
    except (NotTaken, NotAllowed) as error:
        _note_failed(context, key, shown_host(address), delivery, error)
        return False
    with context.connection() as connection:
        connection.execute(_sql.delivered, {**key, "status": status})
    return True


def _message(context: Context, target: str, delivery: _Delivery) -> tuple[bytes, dict[str, str]]:
    """Body and headers."""
    kind, detail, moment = delivery.kind, delivery.detail, int(time.time())
    words = words_of(kind, detail)
    body = body_of(Told(delivery.event, delivery.at, kind, level_of(kind), delivery.run, words, detail))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "linernotes",
        "Linernotes-Delivery": f"{delivery.event}-{target}",
        "Linernotes-Event": kind,
        "Linernotes-Timestamp": str(moment),
        "Linernotes-Signature": signature(context.settings.webhook_secret, moment, body),
    }
    return body, headers


def _note_failed(
    context: Context, key: dict[str, object], host: str, delivery: _Delivery, error: NotTaken | NotAllowed
) -> None:
    """Put it off, or give it up when its day has passed or it may never go there."""
    age_s = (dt.datetime.now(dt.UTC) - delivery.at).total_seconds()
    pause = backoff(delivery.attempts, FIRST_PAUSE_S, LONGEST_PAUSE_S)
    given_up = isinstance(error, NotAllowed) or age_s + pause > GIVEN_UP_S
    status = error.status if isinstance(error, NotTaken) else None
    log.warning("event not told", error=str(error), retry_in_s=None if given_up else pause)
    with context.connection() as connection:
        values = {**key, "status": status, "error": str(error)}
        if given_up:
            connection.execute(_sql.give_up, values)
            add_event(connection, "webhook-given-up", host=host, event=delivery.event, error=str(error))
        else:
            connection.execute(_sql.put_off, {**values, "seconds": pause})
