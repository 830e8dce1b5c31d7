"""`load_graph`: make the graph show the documents of one part."""

from __future__ import annotations

from functools import partial

from functions.extract.part_file import decode_index
from functions.load_graph.identity import check_graph, ensure_graph, take_turn
from functions.load_graph.sessions import sessions_of, show_all
from functions.load_graph.states import due_of, note_shown
from functions.runtime.context import Context
from functions.runtime.function import function
from functions.runtime.ledger.claims import Claim, after, claim, part_key
from functions.runtime.ledger.store import sql
from functions.runtime.messages import LoadGraph, Message
from functions.runtime.telemetry.metrics import count_records


@function(queue="load-graph", message=LoadGraph, glyph="◉")
def load_graph(context: Context, message: LoadGraph) -> list[Message]:
    """Project what is due of the part, note it once the graph has committed, and send what is due."""
    ensure_graph(context, message.run)
    with claim(context, message, "loaded") as held:
        if held:
            _project(context, message, held)
    if held:
        context.bucket.delete([held.part.key("index")])
    return after(context, message)


def _project(context: Context, message: LoadGraph, held: Claim) -> None:
    check_graph(context, held.connection, message.run)
    index = decode_index(context.bucket.get(held.part.key("index")))
    records = due_of(held.connection, message.entity, index.ids)
    turn = partial(take_turn, held.connection)
    written = show_all(context, message.entity, records, sessions_of(context.settings), turn)
    note_shown(held.connection, message.entity, records)
    held.connection.execute(sql.part_done, {**part_key(message), "nodes": written.nodes, "edges": written.edges})
    count_records("load-graph", message.entity, len(records))
