"""`load_table`: the documents of one part to PostgreSQL, rows and state in one transaction."""

from __future__ import annotations

from functions.extract.part_file import decode_index
from functions.extract.quarantine import release
from functions.load_table.documents import changed_documents, note_states, write_documents
from functions.load_table.lines import read_lines
from functions.runtime.context import Context
from functions.runtime.function import function
from functions.runtime.ledger.claims import Claim, after, claim, part_key
from functions.runtime.ledger.store import sql
from functions.runtime.messages import LoadTable, Message
from functions.runtime.telemetry.metrics import count_records


@function(queue="load-table", message=LoadTable, glyph="▤")
def load_table(context: Context, message: LoadTable) -> list[Message]:
    """Write the documents that changed, note the state of all, and send what is due."""
    with claim(context, message, "parsed") as held:
        if held:
            _load(context, message, held)
    if held:
        context.bucket.delete([held.part.key("ndjson")])
    return after(context, message)


def _load(context: Context, message: LoadTable, held: Claim) -> None:
    index = decode_index(context.bucket.get(held.part.key("index")))
    documents = list(read_lines(context.bucket.get(held.part.key("ndjson"))))
    changed = changed_documents(held.connection, message.entity, documents)
    assert held.run.dump is not None  # noqa: S101 - a run with XML has a dump
    write_documents(held.connection, message.entity, held.run.dump, changed)
    note_states(held.connection, message.entity, index, documents)
    release(held.connection, held.run.dump, message.entity, [document.id for document in documents])
    state = "loaded" if held.run.writes_graph else "done"
    held.connection.execute(sql.part_loaded, {**part_key(message), "state": state, "rows": len(changed)})
    count_records("load-table", message.entity, len(documents))
