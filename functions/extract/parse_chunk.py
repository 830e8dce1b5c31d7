"""`parse_chunk`: the XML of one part to NDJSON lines."""

from __future__ import annotations

import msgspec
from psycopg.types.json import Jsonb

from functions.extract.drift import COUNTED_PARTS, count_fields
from functions.extract.engine import engine_of
from functions.extract.part_file import decode_index
from functions.extract.quarantine import put_aside, reject_again
from functions.runtime.context import Context
from functions.runtime.function import function
from functions.runtime.ledger.claims import Claim, after, claim, part_key
from functions.runtime.ledger.damage import damage_noted
from functions.runtime.ledger.objects import as_json, read_object, store_object
from functions.runtime.ledger.store import sql
from functions.runtime.messages import Message, ParseChunk
from functions.runtime.telemetry.metrics import count_records


@function(queue="parse-chunk", message=ParseChunk, glyph="⚙")
def parse_chunk(context: Context, message: ParseChunk) -> list[Message]:
    """Parse the part, put its lines into the bucket and its bad records into quarantine."""
    with claim(context, message, "cut") as held, damage_noted(context, held):
        if held:
            _parse(context, message, held)
    if held and not held.damaged:
        context.bucket.delete([held.part.key("xml")])
    return after(context, message)


def _parse(context: Context, message: ParseChunk, held: Claim) -> None:
    part = held.part
    index = decode_index(read_object(context.bucket, part.key("index"), part.objects.get("index")))
    xml = read_object(context.bucket, part.key("xml"), part.objects.get("xml"))
    parsed = engine_of(held.run.engine).parse(message.entity, index, xml)
    stored = store_object(context.bucket, part.key("ndjson"), parsed.lines)
    assert held.run.dump is not None  # noqa: S101 - a run with XML has a dump
    if held.run.kind == "retry":
        reject_again(held.connection, held.run.dump, message.entity, parsed.rejected)
    else:
        put_aside(held.connection, message.run, held.run.dump, message.entity, parsed.rejected)
    drift = Jsonb(msgspec.to_builtins(parsed.drift)) if parsed.drift else None
    counted = message.part % COUNTED_PARTS == 0
    fields = Jsonb(count_fields(message.entity, parsed.lines)) if counted else None
    values = {**part_key(message), "quarantined": len(parsed.rejected), "drift": drift, "fields": fields}
    values["rejected"] = [piece.record_id for piece in parsed.rejected]
    held.connection.execute(sql.part_parsed, {**values, "objects": as_json({"ndjson": stored})})
    count_records("parse-chunk", message.entity, len(index.ids))
