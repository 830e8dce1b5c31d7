"""What the supervisor does with workers, among the events of the ledger. All of it blocks for a moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import psycopg

from functions.runtime.errors import SettingError
from functions.runtime.ledger.store import Connection, add_event
from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo
from infra.stack.scaling import Decision

#: Ends of a process that are all noted; of later ones one of so many.
_ALL: Final = 5
_EVERY: Final = 20


def is_noted(restarts: int) -> bool:
    """Whether an end of a process is worth an event: one that never comes up ends again and again."""
    return restarts <= _ALL or restarts % _EVERY == 0


def note_started(settings: Settings, fixed: Mapping[str, int]) -> None:
    """The stack has begun to keep workers, of some functions a number that was set by hand."""
    _note(settings, lambda connection: add_event(connection, "stack-started", fixed=dict(fixed)))


def note_ended(settings: Settings, function: str, process: str, text: str, restarts: int) -> None:
    """A process has ended by itself, and is started again for so many times now."""
    detail: dict[str, Any] = {"function": function, "process": process, "error": text, "restarts": restarts}
    _note(settings, lambda connection: add_event(connection, "process-ended", **detail))


def note_scaled(settings: Settings, before: Mapping[str, int], decisions: Mapping[str, Decision]) -> None:
    """Each of these functions has another number of workers from now on, or was asked for by hand."""

    def note(connection: Connection) -> None:
        for name, decision in decisions.items():
            add_event(
                connection,
                "scaled",
                function=name,
                workers=decision.workers,
                before=before[name],
                reason=decision.reason,
            )

    _note(settings, note)


def _note(settings: Settings, note: Callable[[Connection], None]) -> None:
    """Nothing is noted where there is no PostgreSQL, while it does not answer, or where its address is none."""
    if settings.postgres_address:
        with suppress(psycopg.Error, SettingError), psycopg.connect(postgres_conninfo(settings)) as connection:
            note(connection)
