"""`parse_chunk`: the XML of one part to NDJSON lines."""

from __future__ import annotations

import hashlib

import msgspec
from psycopg.types.json import Jsonb

from functions.extract.parse import BadRecord, Parser
from functions.extract.part_file import PartIndex, decode_index
from functions.extract.quarantine import Rejected, put_aside
from functions.extract.record import Record
from functions.runtime.context import Context
from functions.runtime.entities import SINGULAR, Entity
from functions.runtime.function import function
from functions.runtime.ledger.claims import Claim, after, claim, part_key
from functions.runtime.ledger.store import sql
from functions.runtime.messages import Message, ParseChunk
from functions.runtime.telemetry.metrics import count_records


@function(queue="parse-chunk", message=ParseChunk, glyph="⚙")
def parse_chunk(context: Context, message: ParseChunk) -> list[Message]:
    """Parse the part, put its lines into the bucket and its bad records into quarantine."""
    with claim(context, message, "cut") as held:
        if held:
            _parse(context, message, held)
    if held:
        context.bucket.delete([held.part.key("xml")])
    return after(context, message)


def _parse(context: Context, message: ParseChunk, held: Claim) -> None:
    index = decode_index(context.bucket.get(held.part.key("index")))
    xml = context.bucket.get(held.part.key("xml"))
    lines, rejected, drift = parse_part(message.entity, index, xml)
    context.bucket.put(held.part.key("ndjson"), lines)
    assert held.run.dump is not None  # noqa: S101 - a run with XML has a dump
    put_aside(held.connection, message.run, held.run.dump, message.entity, rejected)
    values = {**part_key(message), "quarantined": len(rejected), "drift": Jsonb(drift) if drift else None}
    held.connection.execute(sql.part_parsed, values)
    count_records("parse-chunk", message.entity, len(index.ids))


def parse_part(entity: Entity, index: PartIndex, xml: bytes) -> tuple[bytes, list[Rejected], dict[str, int]]:
    """The NDJSON lines of a part, the records that make no document, and what the model does not know."""
    parser = Parser(entity)
    lines, rejected = [], []
    for number, place, data in index.records(xml):
        try:
            record = parser.parse(data)
            if record.id != number:
                raise BadRecord("no-id", f"the record says {record.id} where its start says {number}")
        except BadRecord as error:
            rejected.append(Rejected(place, number, error.reason, error.detail, data))
        else:
            lines.append(line_of(entity, record))
    return b"".join(lines), rejected, dict(parser.drift)


def line_of(entity: Entity, record: Record) -> bytes:
    """`{"type":"release","data":{…},"hash":"…"}` and a line feed; the hash is of the data as written."""
    data = msgspec.json.encode(record)
    return b'{"type":"%b","data":%b,"hash":"%b"}\n' % (
        SINGULAR[entity].encode(),
        data,
        hashlib.sha256(data).hexdigest().encode(),
    )
