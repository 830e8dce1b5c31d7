"""What is thrown away in time: leftovers of ended runs, old dumps, old sessions, old events and the like."""

from __future__ import annotations

import re
from typing import Final

from functions.access.sessions import forget_old
from functions.runtime.ledger.models import run_prefix
from functions.runtime.ledger.store import active_run
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "runs.sql")
_DATE = re.compile(r"discogs_(\d{8})_")
_RUN = re.compile(r"runs/([1-9][0-9]{0,17})/")


def keep_house(context: Context) -> dict[str, int]:
    """Throw away what its setting no longer keeps; returns how much of each kind went.

    Raises:
        Exception: what the first kind that could not be thrown away has raised, once all others are done.
    """
    gone: dict[str, int] = {}
    errors: list[Exception] = []
    for kind, throw_away in _KINDS.items():
        try:
            gone[kind] = throw_away(context)
        except Exception as error:  # noqa: BLE001 - raised below
            errors.append(error)
    if errors:
        raise errors[0]
    return gone


def _forget_parts(context: Context) -> int:
    found = {int(run[1]) for run in map(_RUN.match, context.bucket.keys("runs/")) if run}
    with context.connection() as connection:
        values = {"runs": sorted(found), "days": context.settings.keep_parts_days}
        over = connection.execute(_sql.over, values).fetchall()
    for (run,) in over:
        context.bucket.remove_folder(run_prefix(run))
    return len(over)


def _remove_old_dumps(context: Context) -> int:
    """Fetched dumps beyond the newest few and the one being loaded; a folder of its user's is never touched."""
    folder = context.settings.dumps_folder
    found = folder.glob("discogs_*") if folder.is_dir() else ()
    files = [path for path in found if _DATE.match(path.name) and not path.is_dir()]
    dates = sorted({path.name.split("_")[1] for path in files}, reverse=True)
    with context.connection() as connection:
        active = active_run(connection)
    in_use = {f"{active.dump:%Y%m%d}"} if active and active.dump else set()
    old = set(dates[context.settings.keep_dumps :]) - in_use
    for path in files:
        if path.name.split("_")[1] in old:
            path.unlink(missing_ok=True)
    return len(old)


def _delete_events(context: Context) -> int:
    """Those that are old, and what is known of having told them."""
    values = {"days": context.settings.keep_events_days}
    with context.connection() as connection:
        connection.execute(_sql.delete_deliveries, values)
        connection.execute(_sql.delete_attempts, values)
        connection.execute(_sql.delete_part_times, values)
        return connection.execute(_sql.delete_events, values).rowcount


def _forget_sessions(context: Context) -> int:
    with context.connection() as connection:
        return forget_old(connection)


_KINDS: Final = {
    "runs": _forget_parts,
    "dumps": _remove_old_dumps,
    "events": _delete_events,
    "sessions": _forget_sessions,
}
