"""What becomes of damage in the bucket: a part is cut again, a file read again, a bounded number of times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from functions.runtime.errors import PermanentError
from functions.runtime.ledger.claims import Claim
from functions.runtime.ledger.store import add_event, move_run, sql
from functions.runtime.ledger.stored_objects import DamagedObject
from functions.runtime.messages import Message, Split
from functions.runtime.stores.context import Context

_log = structlog.get_logger(__name__)


@contextmanager
def damage_noted(context: Context, held: Claim | None) -> Iterator[None]:
    """Note a part as damaged when an object of it is, in the transaction that holds it; what is written before stays.

    Raises:
        PermanentError: it was damaged more often than `max_attempts`; the part is dead.
    """
    try:
        yield
    except DamagedObject as damage:
        if held is None:
            raise
        _refuse_endless(context, held.part.recuts, damage)
        part = held.part
        held.damaged = True
        key = {"run": part.run, "entity": part.entity, "part": part.part}
        if held.connection.execute(sql.part_damaged, {**key, "error": str(damage)}).fetchone():
            detail = {"entity": part.entity, "part": part.part, "error": str(damage)}
            add_event(held.connection, "part-damaged", part.run, **detail)
            _log.warning("part damaged", error=str(damage))


def reread_file(context: Context, run: int, damage: DamagedObject) -> list[Message]:
    """Have a file read again whose bitmap of ids is damaged; the messages for that.

    Raises:
        PermanentError: it was damaged more often than `max_attempts`.
    """
    with context.connection() as connection:
        row = connection.execute(sql.reread_file, {"run": run, "key": damage.key}).fetchone()
        if row is None:
            return []  # another has done it, or the run is over
        entity, rereads = row
        _refuse_endless(context, rereads - 1, damage)
        move_run(connection, run, to="running", when=("finishing",))
        add_event(connection, "file-damaged", run, entity=entity, error=str(damage))
    _log.warning("bitmap of ids damaged", entity=entity, error=str(damage))
    return [Split(run=run, entity=entity)]


def _refuse_endless(context: Context, times: int, damage: DamagedObject) -> None:
    if times >= context.settings.max_attempts:
        raise PermanentError(f"The bucket loses what is put into it, {times + 1} times by now: {damage}") from damage
