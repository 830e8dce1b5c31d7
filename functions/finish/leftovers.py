"""Records that the graph does not show as they are and that no part of the run held: removed ones, a graph that was
emptied, a projection of a new version. They become parts that are lists of ids."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from functions.extract.part_file import PartIndex, encode_index
from functions.load_graph.states import all_due_ids
from functions.runtime.context import Context
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.ledger.rows import run_prefix
from functions.runtime.ledger.store import sql
from functions.runtime.messages import LoadGraph, Message

_IDS_OF_A_PART = 5_000
#: Entities that are searched at once.
_AT_ONCE = 2


def leftover_parts(context: Context, run: int) -> list[Message]:
    """Make parts of whatever is due in the graph, and the messages for them."""
    with ThreadPoolExecutor(_AT_ONCE, "leftovers") as threads:
        due = list(threads.map(lambda entity: _due(context, entity), ENTITIES))
    return [part for entity, ids in zip(ENTITIES, due, strict=True) for part in parts_of(context, run, entity, ids)]


def parts_of(context: Context, run: int, entity: Entity, ids: list[int]) -> list[Message]:
    """Make parts of these records, whose documents are as they should be, and the messages for them."""
    starts = range(0, len(ids), _IDS_OF_A_PART)
    return [_make_part(context, run, entity, ids[start : start + _IDS_OF_A_PART]) for start in starts]


def _due(context: Context, entity: Entity) -> list[int]:
    with context.connection() as connection:
        return all_due_ids(connection, entity)


def _make_part(context: Context, run: int, entity: Entity, ids: list[int]) -> Message:
    with context.connection() as connection:
        connection.execute(sql.ensure_file, {"run": run, "entity": entity, "name": entity})
        row = connection.execute(sql.last_part, {"run": run, "entity": entity}).fetchone()
    part = row[0] + 1 if row else 0
    index = PartIndex(ids=ids, raw=[], lengths=[], places=[])
    context.bucket.put(f"{run_prefix(run)}/{entity}/{part}.index", encode_index(index))
    values = {"run": run, "entity": entity, "part": part, "kind": "ids", "state": "loaded"}
    with context.connection() as connection:
        connection.execute(sql.insert_part, {**values, "records": len(ids), "stream_end": 0})
    return LoadGraph(run=run, entity=entity, part=part)
