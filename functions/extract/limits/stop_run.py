"""Stopping a run beyond its limits, as the ledger counts, in the transaction that has counted."""

from __future__ import annotations

from typing import Any

import msgspec
import psycopg
import structlog

from functions.extract.limits.load_limits import Compared, Tally, collapsed_alarm, collapsed_fields, rejected_alarm
from functions.extract.limits.schema_drift import SAMPLE_BYTES, field_names
from functions.runtime.entities import Entity
from functions.runtime.ledger.models import Run
from functions.runtime.ledger.store import add_event, fetch, move_run
from functions.runtime.settings import Settings
from functions.runtime.stores.query_files import statements

_log = structlog.get_logger(__name__)
_sql = statements(__file__, "stop_run.sql")

Connection = psycopg.Connection[Any]


class _Numbered(msgspec.Struct):
    id: int


class _Line(msgspec.Struct):
    data: msgspec.Raw


_line, _numbered = msgspec.json.Decoder(_Line), msgspec.json.Decoder(_Numbered)


def tallies_of(connection: Connection, run: int, entity: Entity | None = None) -> list[Tally]:
    """The counts of the files of a run that are read, or of one of them."""
    return fetch(connection, Tally, _sql.tallies, run=run, entity=entity)


def alarm_of(
    connection: Connection, settings: Settings, run: Run, entity: Entity | None = None, *, fields: bool = True
) -> str | None:
    """Why a run has to stop, by what is in the ledger; None while it may go on.

    Args:
        entity: the one to look at; all if absent.
        fields: whether to look at fields, too.
    """
    if run.kind != "load":
        return None
    tallies = tallies_of(connection, run.id, entity)
    alarm = None if run.accept_rejected else rejected_alarm(tallies, settings.rejected_share)
    if alarm or not fields or run.accept_collapsed or run.bulk_table:
        return alarm
    return collapsed_alarm(
        {tally.entity: collapsed_fields(tally, _compared(connection, run.id, tally.entity)) for tally in tallies}
    )


def stop_beyond_limits(
    connection: Connection, settings: Settings, run: Run, entity: Entity, *, fields: bool = False
) -> bool:
    """Stop a run that is beyond its limits with this entity; whether it was stopped."""
    alarm = alarm_of(connection, settings, run, entity, fields=fields)
    if alarm is None or not move_run(connection, run.id, to="stopped", when=("running", "finishing"), reason=alarm):
        return False
    add_event(connection, "run-stopped", run.id, reason=alarm)
    _log.warning("run stopped", run=run.id, reason=alarm)
    return True


def is_looked_at(part: int, every: int) -> bool:
    """Whether fields are looked at after this part, of those in which they are counted: less and less often."""
    turn, rest = divmod(part, every)
    return rest == 0 and turn & (turn - 1) == 0


def compare_fields(connection: Connection, entity: Entity, lines: bytes) -> Compared | None:
    """Which fields the first records of a part have, and had as they are stored; None where none is stored."""
    new = {}
    for line in lines[: lines.rfind(b"\n", 0, SAMPLE_BYTES) + 1 or len(lines)].splitlines():
        data = bytes(_line.decode(line).data)
        new[_numbered.decode(data).id] = data
    stored = dict(connection.execute(getattr(_sql, f"stored_{entity}"), {"ids": list(new)}).fetchall())
    if not stored:
        return None
    counts: dict[str, list[int]] = {"": [len(stored), len(stored)]}
    before = [text.encode() for text in stored.values()]
    now = [new[number] for number in stored]
    for name in field_names(entity):
        key = b'"%b":' % name.encode()
        if had := sum(key in text for text in before):
            counts[name] = [had, sum(key in text for text in now)]
    return counts


def _compared(connection: Connection, run: int, entity: Entity) -> Compared:
    rows = connection.execute(_sql.compared, {"run": run, "entity": entity})
    return {name: (before, now) for name, before, now in rows}
