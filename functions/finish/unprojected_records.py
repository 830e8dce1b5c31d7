"""Records that the graph does not show as they are and that no part of the run held: removed ones, a graph that was
emptied, a projection of a new version. They become parts that are lists of ids, sent as earlier ones end."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from functions.extract.records.part_index import PartIndex, encode_index
from functions.projection.projection_state import all_due_ids
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.ledger.models import run_prefix
from functions.runtime.ledger.store import sql
from functions.runtime.ledger.stored_objects import as_json, store_object
from functions.runtime.stores.context import Context

_IDS_OF_A_PART = 5_000
#: A record that goes may take long: the embedded server looks through the edges of each genre, label and artist it had.
GONE_OF_A_PART = 1_000
#: Entities that are searched at once.
_AT_ONCE = 2


def make_leftovers(context: Context, run: int) -> int:
    """Make parts of whatever is due in the graph; how many. Their messages are `due_ahead`."""
    with ThreadPoolExecutor(_AT_ONCE, "leftovers") as threads:
        made = [
            threads.submit(make_lists, context, run, entity, all_due_ids(context, entity), _IDS_OF_A_PART)
            for entity in ENTITIES
        ]
        return sum(lists.result() for lists in made)


def make_lists(context: Context, run: int, entity: Entity, ids: Iterable[int], size: int) -> int:
    """Make parts of these records, whose documents are as they should be; how many.

    Args:
        size: records of one part at most.
    """
    rest, made = iter(ids), 0
    while some := list(islice(rest, size)):
        _make_list(context, run, entity, some)
        made += 1
    return made


def _make_list(context: Context, run: int, entity: Entity, ids: list[int]) -> None:
    with context.connection() as connection:
        connection.execute(sql.ensure_file, {"run": run, "entity": entity, "name": entity})
        row = connection.execute(sql.last_part, {"run": run, "entity": entity}).fetchone()
    part = row[0] + 1 if row else 0
    index = PartIndex(ids=ids, raw=[], lengths=[], places=[])
    stored = store_object(context.bucket, f"{run_prefix(run)}/{entity}/{part}.index", encode_index(index))
    values = {"run": run, "entity": entity, "part": part, "records": len(ids), "objects": as_json({"index": stored})}
    with context.connection() as connection:
        connection.execute(sql.insert_list, values)
