"""`load_graph`: make the graph show the documents of one part."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from functions.extract.records.part_index import decode_index
from functions.load_graph.graph_identity import check_graph, count_writing, ensure_graph, note_writing, take_turn
from functions.load_graph.parallel_writer import sessions_of, show_all
from functions.projection.projection_state import due_of, note_shown, some_due_ids
from functions.runtime.errors import RunInactive
from functions.runtime.ledger.claims import Claim, part_key
from functions.runtime.ledger.part_step import part_step
from functions.runtime.ledger.store import add_event, sql
from functions.runtime.ledger.stored_objects import DamagedObject, read_object
from functions.runtime.messages import LoadGraph, Message
from functions.runtime.stores.context import Context
from functions.runtime.telemetry.metrics import count_records, stage


def load_graph(context: Context, message: LoadGraph) -> list[Message]:
    """Project what is due of the part, note it once the graph has committed, and send what is due."""
    with suppress(RunInactive):  # ended while the graph was emptied: the part is told so, too
        ensure_graph(context, message.run)
    return part_step(context, message, _project, lambda _: ["index"])


def _project(context: Context, message: LoadGraph, held: Claim) -> None:
    check_graph(context, held.connection, message.run)
    with stage("load-graph", "read"):
        records = due_of(held.connection, message.entity, _ids(context, held))
    turn = partial(take_turn, held.connection)
    with stage("load-graph", "write"):
        written = show_all(context, message.entity, records, sessions_of(context.settings), turn)
    writes = _count_writing(context) if records else None
    note_shown(held.connection, message.entity, records)
    held.connection.execute(sql.part_done, {**part_key(message), "nodes": written.nodes, "edges": written.edges})
    count_records("load-graph", message.entity, len(records))
    if writes is not None:
        note_writing(held.connection, writes)


def _count_writing(context: Context) -> int:
    with context.graph_session() as session:
        return count_writing(session)


def _ids(context: Context, held: Claim) -> list[int]:
    """The ids of the part. If its index is damaged, as many that are due: the end of the run finds what is left."""
    part = held.part
    try:
        return decode_index(read_object(context.bucket, part.key("index"), part.objects.get("index"))).ids
    except DamagedObject as damage:
        add_event(held.connection, "part-damaged", part.run, entity=part.entity, part=part.part, error=str(damage))
        return some_due_ids(held.connection, part.entity, part.records)
