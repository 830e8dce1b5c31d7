"""`parse_chunk`: the XML of one part to NDJSON lines."""

from __future__ import annotations

import datetime as dt

import msgspec
from psycopg.types.json import Jsonb

from functions.extract.limits.schema_drift import COUNTED_PARTS, count_fields
from functions.extract.limits.stop_run import compare_fields, is_looked_at, stop_beyond_limits
from functions.extract.parse.choose_engine import engine_of
from functions.extract.records.part_index import decode_index
from functions.extract.records.quarantine import Rejected, kept_by_parts, kept_by_split, put_aside, reject_known
from functions.runtime.ledger.claims import Claim, part_key
from functions.runtime.ledger.models import Run
from functions.runtime.ledger.part_step import part_step
from functions.runtime.ledger.store import sql
from functions.runtime.ledger.stored_objects import as_json, read_object, store_object
from functions.runtime.messages import Finish, Message, ParseChunk
from functions.runtime.stores.context import Context
from functions.runtime.telemetry.metrics import count_records, stage


def parse_chunk(context: Context, message: ParseChunk) -> list[Message]:
    """Parse the part, put its lines into the bucket and its bad records into quarantine."""
    return [*part_step(context, message, _parse, lambda _: ["xml"]), *_removals_due(context, message)]


def _parse(context: Context, message: ParseChunk, held: Claim) -> None:
    part = held.part
    with stage("parse-chunk", "read"):
        index = decode_index(read_object(context.bucket, part.key("index"), part.objects.get("index")))
        xml = read_object(context.bucket, part.key("xml"), part.objects.get("xml"))
    with stage("parse-chunk", "parse"):
        parsed = engine_of(held.run.engine).parse(message.entity, index, xml)
    with stage("parse-chunk", "store"):
        stored = store_object(context.bucket, part.key("ndjson"), parsed.lines)
    assert held.run.dump is not None  # noqa: S101 - a run with XML has a dump
    kept = _put_aside(context, held, held.run.dump, parsed.rejected)
    drift = Jsonb(msgspec.to_builtins(parsed.drift)) if parsed.drift else None
    counted = message.part % COUNTED_PARTS == 0
    fields = Jsonb(count_fields(message.entity, parsed.lines)) if counted else None
    compared = (
        compare_fields(held.connection, message.entity, parsed.lines) if counted and _replaces(held.run) else None
    )
    values = {**part_key(message), "quarantined": len(parsed.rejected), "drift": drift, "fields": fields}
    values |= {"kept_bytes": kept, "compared": Jsonb(compared) if compared else None}
    values |= {"rejected": [piece.record_id for piece in parsed.rejected], "objects": as_json({"ndjson": stored})}
    held.connection.execute(sql.part_parsed, values)
    looked_at = compared is not None and is_looked_at(message.part, COUNTED_PARTS)
    if parsed.rejected or looked_at:
        stop_beyond_limits(held.connection, context.settings, held.run, message.entity, fields=looked_at)
    count_records("parse-chunk", message.entity, len(index.ids))


def _replaces(run: Run) -> bool:
    """Whether the run writes over documents that are stored, and looks at what they lose."""
    return run.kind == "load" and not run.bulk_table and not run.accept_collapsed


def _put_aside(context: Context, held: Claim, dump: dt.date, pieces: list[Rejected]) -> int:
    """Keep rejected records, as far as there is room; returns how many bytes of them."""
    if not pieces:
        return 0
    connection, part = held.connection, held.part
    if held.run.kind == "retry":
        reject_known(connection, dump, part.entity, pieces)
        return 0
    kept = kept_by_split(connection, part.run, part.entity) + kept_by_parts(connection, part.run, part.entity)
    return put_aside(connection, part.run, dump, part.entity, pieces, context.settings.quarantine_bytes - kept)


def _removals_due(context: Context, message: ParseChunk) -> list[Message]:
    """`Finish`, where it waits to remove early until every part is parsed."""
    with context.connection() as connection:
        waited = connection.execute(sql.all_parsed, {"run": message.run}).fetchone()
    return [Finish(run=message.run)] if waited else []
