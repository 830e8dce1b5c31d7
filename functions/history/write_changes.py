"""Noting what a month changes, on the connection whose transaction changes it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import psycopg

from functions.documents.stored_documents import Stored
from functions.history.net_change import DocumentData, Net, Row, net_change
from functions.history.patch import Patch
from functions.runtime.entities import Entity
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "write_changes.sql")
_patch = msgspec.json.Decoder(Patch)

Connection = psycopg.Connection[Any]


def begin_baseline(connection: Connection, entities: Iterable[Entity], dump: dt.date) -> None:
    """A load begins: it is the first one of those entities that have none that came to its end."""
    connection.execute(_sql.begin_baseline, {"entities": list(entities), "dump": dump})


def settle_baselines(connection: Connection, entities: Iterable[Entity]) -> None:
    """A load of these entities came to its end: what later months change is noted from now on."""
    connection.execute(_sql.settle_baselines, {"entities": list(entities)})


def note_written(
    connection: Connection,
    entity: Entity,
    dump: dt.date,
    written: Mapping[int, tuple[str, bytes]],
    stored: Mapping[int, Stored],
) -> None:
    """Note what writing these documents changes.

    Args:
        written: hash and JSON by id.
        stored: those of them that their table has, as it has them.
    """
    if _starts_with(connection, entity, dump):
        _take_back(connection, entity, dump, list(written))
        return
    ids = [number for number, (digest, _) in written.items() if number not in stored or stored[number].hash != digest]
    rows = _take_back(connection, entity, dump, ids)
    tombstone = _tombstones(connection, entity, rows)
    nets = {}
    for number in ids:
        old = msgspec.json.decode(stored[number].data) if number in stored else None
        new = msgspec.json.decode(written[number][1])
        nets[number] = net_change(rows.get(number, ()), old, tombstone.get(number), new)
    _note(connection, entity, dump, nets)


def note_removed(
    connection: Connection, entity: Entity, dump: dt.date, ids: list[int], stored: Mapping[int, Stored]
) -> None:
    """Note that these records go.

    Args:
        stored: hash and JSON by id, as their table has them.
    """
    rows = _take_back(connection, entity, dump, ids)
    if _starts_with(connection, entity, dump):
        return
    nets: dict[int, Net | None] = dict.fromkeys(ids, Net("removed", []))
    for number in rows.keys() & stored.keys():
        nets[number] = net_change(rows[number], msgspec.json.decode(stored[number].data), None, None)
    _note(connection, entity, dump, nets)


def _starts_with(connection: Connection, entity: Entity, dump: dt.date) -> bool:
    """Whether this month is where the history of the entity starts, which has no rows."""
    row = connection.execute(_sql.baseline, {"entity": entity}).fetchone()
    return row is None or dump <= row[0]


def _take_back(connection: Connection, entity: Entity, dump: dt.date, ids: list[int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    values = {"entity": entity, "ids": ids, "dump": dump}
    for number, month, kind, patch in connection.execute(_sql.take_back, values):
        found[number].append(Row(month, kind, _patch.decode(patch) if patch else []))
    return found


def _tombstones(connection: Connection, entity: Entity, rows: Mapping[int, list[Row]]) -> dict[int, DocumentData]:
    ids = [number for number, known in rows.items() if any(row.kind == "removed" for row in known)]
    if not ids:
        return {}
    found = connection.execute(_sql.tombstone, {"entity": entity, "ids": ids})
    return {number: msgspec.json.decode(data) for number, data in found}


def _note(connection: Connection, entity: Entity, dump: dt.date, nets: Mapping[int, Net | None]) -> None:
    noted = [(number, net) for number, net in nets.items() if net]
    if not noted:
        return
    patches = [msgspec.json.encode(net.patch).decode() if net.patch else None for _, net in noted]
    ids, kinds = [number for number, _ in noted], [net.kind for _, net in noted]
    connection.execute(_sql.note, {"entity": entity, "dump": dump, "ids": ids, "kinds": kinds, "patches": patches})
