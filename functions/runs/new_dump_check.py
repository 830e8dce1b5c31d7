"""The periodic check: is a new dump there? It is announced once, and loaded unasked only when a setting says so."""

from __future__ import annotations

from typing import Any, Final

import structlog

from functions.extract.download.dump import Dump
from functions.extract.download.source import find_dump
from functions.runs.load import begin, plan_load, usual_options
from functions.runtime.errors import LinernotesError, RefusedError, SourceUnavailable, TransientError
from functions.runtime.ledger.store import Connection, add_event
from functions.runtime.masking import mask
from functions.runtime.messages import Message
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

#: Seconds until a source that does not answer is asked again, unless it asks for others itself.
_ASK_AGAIN_S: Final = 3_600.0

_sql = statements(__file__, "new_dump_check.sql")
log = structlog.get_logger(__name__)


def check(context: Context) -> list[Message]:
    """Look for a dump newer than all that were loaded; returns what is to be sent when its load was begun.

    A source that cannot be used is noted as an event and in the log.

    Raises:
        SourceUnavailable: the source does not answer now, which is noted once until a look succeeds.
        StoreUnavailable: PostgreSQL does not answer.
    """
    dump = _newest(context)
    if dump is None:
        return []
    with context.connection() as connection:
        if _ask(connection, _sql.was_begun, dump=dump.date):
            log.info("no new dump", source=dump.source, newest=_name(dump))
            return []
        _announce(connection, "new-dump", dump, bytes=dump.bytes, missing=dump.missing)
    return _begin(context, dump) if context.settings.auto_load else []


def _newest(context: Context) -> Dump | None:
    source = mask(context.settings.check_source)
    try:
        return find_dump(context.settings, context.settings.check_source)
    except (TransientError, OSError) as error:
        with context.connection() as connection:
            if not _ask(connection, _sql.failure_noted, source=source):
                _note_failure(connection, source, error)
        raise SourceUnavailable(str(error), getattr(error, "retry_after", None) or _ASK_AGAIN_S) from error
    except LinernotesError as error:
        with context.connection() as connection:
            _note_failure(connection, source, error)
        return None


def _note_failure(connection: Connection, source: str, error: Exception) -> None:
    log.warning("new dump check failed", source=source, error=str(error))
    add_event(connection, "check-failed", source=source, error=mask(str(error)))


def _begin(context: Context, dump: Dump) -> list[Message]:
    """The same load as by hand; what that says on a terminal is an event here."""
    try:
        plan = plan_load(context, dump, usual_options(context.settings))
        begun = begin(context, plan)
    except RefusedError as error:
        log.warning("new dump not loaded", dump=_name(dump), error=str(error))
        with context.connection() as connection:
            _announce(connection, "new-dump-refused", dump, error=str(error))
        return []
    with context.connection() as connection:
        add_event(connection, "load-planned", begun.run.id, notes=[*plan.sentences, *plan.missing])
    log.info("new dump loading", run=begun.run.id, notes=[*plan.sentences, *plan.missing])
    return begun.messages


def _announce(connection: Connection, kind: str, dump: Dump, **detail: Any) -> None:
    """Say it, as an event once only."""
    names: dict[str, Any] = {"dump": _name(dump), "source": dump.source}
    if kind == "new-dump":
        log.info("new dump found, load it with `linernotes load`", **names)
    if not _ask(connection, _sql.announced, kind=kind, **names):
        add_event(connection, kind, **names, **detail)


def _ask(connection: Connection, statement: str, **values: object) -> bool:
    row = connection.execute(statement, values).fetchone()
    return bool(row and row[0])


def _name(dump: Dump) -> str:
    return f"{dump.date:%Y%m%d}"
