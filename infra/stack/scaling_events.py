"""The autoscaler's decisions among the events of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import psycopg

from functions.runtime.ledger.store import add_event
from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo
from infra.stack.scaling import Decision


def note_scaled(settings: Settings, before: Mapping[str, int], decisions: Mapping[str, Decision]) -> None:
    """Add an event for each function that got another number of workers; none while PostgreSQL is away. Blocks."""
    if not settings.postgres_address:
        return
    with suppress(psycopg.Error), psycopg.connect(postgres_conninfo(settings)) as connection:
        for name, decision in decisions.items():
            add_event(
                connection,
                "scaled",
                function=name,
                workers=decision.workers,
                before=before[name],
                reason=decision.reason,
            )
