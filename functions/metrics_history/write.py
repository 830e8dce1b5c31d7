"""Samples into their table, roll-ups of them into theirs, and what is too old out of all three."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from functions.metrics_history.roll_up import Rolled, roll_up_each, sample
from functions.runtime.ledger.store import Connection
from functions.runtime.settings import Settings
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "metrics_history.sql")

#: Seconds between two samples.
SAMPLE_S: Final = 10


def write_sample(connection: Connection, values: Mapping[str, float]) -> None:
    """Note what was found now. A second sample within the same ten seconds takes the place of the first."""
    places = _places(connection, values)
    row: list[float | None] = [None] * max(places.values(), default=0)
    for name, value in values.items():
        row[places[name] - 1] = float(value)
    connection.execute(_sql.add_sample, {"every": SAMPLE_S, "value": row})


def _places(connection: Connection, names: Mapping[str, float]) -> dict[str, int]:
    """The number of every figure; those that are new get one."""
    known: dict[str, int] = dict(connection.execute(_sql.names).fetchall())
    new = sorted(names.keys() - known.keys())
    if new:
        connection.execute(_sql.lock_names)
        connection.execute(_sql.add_names, {"names": new})
        known = dict(connection.execute(_sql.names).fetchall())
    return known


def roll_up_due(connection: Connection) -> None:
    """Roll up every minute and hour that has passed.

    What a scheduler that was killed has left is made up for by the next one.
    """
    minutes = connection.execute(_sql.minutes_due).fetchall()
    _add(connection, _sql.add_minute, [(at, sample(value)) for at, value in minutes])
    hours = connection.execute(_sql.hours_due).fetchall()
    _add(connection, _sql.add_hour, [(at, Rolled(*figures)) for at, *figures in hours])


def forget_old(connection: Connection, settings: Settings) -> None:
    """Drop what the settings no longer keep, and what a clock that was ahead has left in the future."""
    connection.execute(_sql.forget_future_hours)
    connection.execute(_sql.forget_future_minutes)
    connection.execute(_sql.forget_future_samples)
    connection.execute(_sql.forget_samples, {"hours": settings.keep_samples_hours})
    connection.execute(_sql.forget_minutes, {"days": settings.keep_minutes_days})
    connection.execute(_sql.forget_hours, {"days": settings.keep_hours_days})


def _add(connection: Connection, statement: str, rows: Sequence[tuple[Any, Rolled]]) -> None:
    for at, rolled in roll_up_each(rows):
        connection.execute(statement, {"at": at, **rolled._asdict()})
