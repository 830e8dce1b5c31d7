"""Which records of the stream are new or changed: their raw digest against `record_state`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from pyroaring import BitMap64

from functions.extract.records.part_index import PartIndex
from functions.runtime.entities import CODE, Entity
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "changed_records.sql")

#: A range that holds at most this many ids for each one asked is read as a range, else id by id.
_SPARSE = 20


def first_of_each(index: PartIndex, seen: BitMap64) -> tuple[Sequence[int], Sequence[int]]:
    """The places of the first record of each id, and of the others; the ids are added to `seen`."""
    ids = BitMap64(index.ids)
    if len(ids) == len(index.ids) and ids.isdisjoint(seen):
        seen |= ids
        return range(len(index.ids)), []
    first, later = list[int](), list[int]()
    for place, number in enumerate(index.ids):
        (later if number in seen else first).append(place)
        seen.add(number)
    return first, later


def changed(
    connection: psycopg.Connection[Any], entity: Entity, index: PartIndex, chosen: Sequence[int]
) -> Sequence[int]:
    """Those of the chosen places in an index whose record's bytes the stores do not know yet."""
    if not chosen:
        return []
    ids, raw = index.ids, index.raw
    cursor = connection.cursor(binary=True)  # twice as fast for two integers (5.6 million rows/s measured)
    low, high = min(ids), max(ids)
    if high - low <= _SPARSE * len(ids):
        rows = cursor.execute(_sql.raw_in_range, {"entity": CODE[entity], "low": low, "high": high})
    else:
        rows = cursor.execute(_sql.raw_by_id, {"entity": CODE[entity], "ids": ids})
    known = dict(rows.fetchall())
    if not known:
        return chosen
    return [place for place in chosen if known.get(ids[place]) != raw[place]]
