"""What is due of the derivations, cut into batches: all documents for a new version, else those that changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import psycopg
import structlog

from functions.derivations.tables import begin_tables, swap_tables
from functions.runtime.entities import CODE, ENTITIES, Entity
from functions.runtime.function_table import DerivationSpec
from functions.runtime.ledger.store import DERIVATION_LOCK, active_run, add_event
from functions.runtime.messages import Derive, Message
from functions.runtime.stores.context import Context
from functions.runtime.stores.lock_wait import lock
from functions.runtime.stores.query_files import statements

_log = structlog.get_logger(__name__)
_sql = statements(__file__, "batches.sql")

#: Documents of one batch: what a worker holds in memory, and what is lost when it ends in the middle.
BATCH_RECORDS = 20_000

Connection = psycopg.Connection[Any]


def plan_derivations(context: Context) -> list[Message]:
    """Make batches of what is due, once no run is active; the first of them to send.

    One transaction: whoever writes documents meanwhile waits, and notes what it writes for the next plan.
    """
    specs = context.functions.derivations
    if not specs:
        return []
    with context.connection() as connection:
        lock(connection, _sql.begin, {}, "the batches of documents")
        lock(connection, _sql.hold, {"space": DERIVATION_LOCK}, "the derivations")
        if active_run(connection):
            return []
        connection.execute(_sql.register, {"names": [spec.name for spec in specs]})
        made = {name: (version, variant) for name, version, variant in connection.execute(_sql.versions)}
        filled = _filled(connection)
        stale = [spec for spec in specs if made[spec.name] != (spec.version, spec.variant(context.settings))]
        _add_changes(context, connection, [spec for spec in specs if spec not in stale])
        begun = [spec for spec in stale if filled & set(spec.entities_by(context.settings))]
        _begin_builds(context, connection, begun)
    return send_due(context)


def send_due(context: Context) -> list[Message]:
    """Messages for batches that were not sent so far, as many as there is room for; at the end, what is caught up.

    None while a run is active, which the end of that run makes up for.
    """
    with context.connection() as connection:
        lock(connection, _sql.begin, {}, "the batches of documents")
        complete = _note_caught_up(context, connection)
        if active_run(connection):
            return complete
        rows = connection.execute(_sql.send, {"window": context.settings.window}).fetchall()
    return [*complete, *(Derive(batch=batch) for (batch,) in sorted(rows))]


def send_lost(context: Context) -> list[Message]:
    """Messages for batches that were sent, and whose lease has expired."""
    values = {"lease": context.settings.lease, "window": context.settings.window}
    with context.connection() as connection:
        return [Derive(batch=batch) for (batch,) in connection.execute(_sql.send_again, values)]


def forget_derivations(connection: Connection, names: Sequence[str] | None = None) -> None:
    """Have derivations made again from all documents, those of these names or all; what is read stays until then."""
    lock(connection, _sql.begin, {}, "the batches of documents")
    lock(connection, _sql.hold, {"space": DERIVATION_LOCK}, "the derivations")
    lock(connection, _sql.hold_batches, {}, "the batches of documents")
    chosen = [name for (name, *_) in connection.execute(_sql.versions) if names is None or name in names]
    connection.execute(_sql.drop_work, {"names": chosen})
    connection.execute(_sql.drop_finished)
    connection.execute(_sql.forget, {"names": chosen})


def revive(connection: Connection, batches: Sequence[int] | None = None) -> int:
    """Give what is dead of these batches, or of all, another life, and what was given up to be assembled; how many."""
    again = connection.execute(_sql.revive_assembly).rowcount
    return again + connection.execute(_sql.revive, {"batches": None if batches is None else list(batches)}).rowcount


def _add_changes(context: Context, connection: Connection, specs: Sequence[DerivationSpec]) -> None:
    changes = connection.execute(_sql.take_changes).fetchall()
    for code, rows in groupby(changes, key=lambda row: row[0]):
        entity = ENTITIES[code - 1]
        wanted = [spec.name for spec in specs if entity in spec.entities_by(context.settings)]
        readers = _readers(context, specs, entity)
        ids = [number for _, number in rows]
        firsts = range(0, len(ids) if readers else 0, BATCH_RECORDS)
        for first in firsts:
            values = {"entity": code, "ids": ids[first : first + BATCH_RECORDS]}
            _add_work(connection, connection.execute(_sql.add_ids, values).fetchone(), readers)
        connection.execute(_sql.count_planned, {"names": readers, "count": len(firsts)})
        if wanted:
            connection.execute(_sql.fall_behind, {"names": wanted})


def _begin_builds(context: Context, connection: Connection, specs: Sequence[DerivationSpec]) -> None:
    if not specs:
        return
    lock(connection, _sql.hold_batches, {}, "the batches of documents")
    names = [spec.name for spec in specs]
    lock(connection, _sql.hold_derivations, {"names": names}, "the derivations")
    connection.execute(_sql.drop_work, {"names": names})
    connection.execute(_sql.drop_finished)
    for spec in specs:
        begin_tables(connection, spec)
        variant = spec.variant(context.settings)
        connection.execute(_sql.begin_build, {"name": spec.name, "version": spec.version, "variant": variant})
        add_event(connection, "derivation-begun", name=spec.name, version=spec.version)
    for entity in ENTITIES:
        readers = _readers(context, specs, entity)
        ranges = list(_ranges(connection, entity)) if readers else []
        for first, last in ranges:
            values = {"entity": CODE[entity], "first": first, "last": last}
            _add_work(connection, connection.execute(_sql.add_range, values).fetchone(), readers)
        connection.execute(_sql.count_planned, {"names": readers, "count": len(ranges)})


def _readers(context: Context, specs: Sequence[DerivationSpec], entity: Entity) -> list[str]:
    """Those that make rows of an entity's documents."""
    return [spec.name for spec in specs if spec.tables and entity in spec.entities_by(context.settings)]


def _filled(connection: Connection) -> set[Entity]:
    """The entities that have documents."""
    return {ENTITIES[code - 1] for (code,) in connection.execute(_sql.filled)}


def _add_work(connection: Connection, row: tuple[Any, ...] | None, names: Iterable[str]) -> None:
    assert row is not None  # noqa: S101 - an INSERT with RETURNING
    connection.execute(_sql.add_work, {"batch": row[0], "names": list(names)})


def _ranges(connection: Connection, entity: Entity) -> Iterator[tuple[int, int]]:
    """Ranges of ids that cover all documents of an entity, a batch each; the last one ends where ids end."""
    first, statement = -(2**63), getattr(_sql, f"next_{entity}")
    while row := connection.execute(statement, {"first": first, "size": BATCH_RECORDS}).fetchone():
        yield first, row[0] - 1
        first = row[0]
    yield first, 2**63 - 1


def _note_caught_up(context: Context, connection: Connection) -> list[Message]:
    """Publish what is complete; messages for what has still to be assembled, and waits for nothing."""
    specs = {spec.name: spec for spec in context.functions.derivations}
    for name, building in connection.execute(_sql.caught_up).fetchall():
        if name not in specs or not specs[name].assemble:
            publish(connection, name, specs.get(name), building=building)
    filled = _filled(connection)
    behind = {
        name
        for (name,) in connection.execute(_sql.behind)
        if name not in specs
        or filled & set(specs[name].entities_by(context.settings))  # else there is nothing to wait for
    }
    ready = [spec.name for spec in specs.values() if spec.assemble and not behind & set(spec.after)]
    values = {"names": ready, "lease": context.settings.lease}
    return [specs[name].assembly(derivation=name) for (name,) in connection.execute(_sql.send_assemble, values)]


def publish(connection: Connection, name: str, spec: DerivationSpec | None, *, building: bool) -> None:
    """Have what was made of a derivation be what is read; it is caught up."""
    if building and spec:
        swap_tables(connection, spec)
        add_event(connection, "derivation-built", name=name)
        _log.info("derivation built", derivation=name)
    connection.execute(_sql.set_caught_up, {"name": name})
