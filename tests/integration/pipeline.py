"""The pipeline on real stores, its functions called in this process; small dumps written by hand; what stores hold."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from functions.access.roles import settle_roles
from functions.extract.download.source import find_dump
from functions.load_graph.schema import prepare_graph
from functions.registry import FUNCTIONS
from functions.runs.begin import Begun, LoadOptions, begin_load
from functions.runs.reset import reset
from functions.runs.reset import sql as control_sql
from functions.runs.run_status import WrittenCounts
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.ledger.models import File, Part, Run
from functions.runtime.ledger.store import fetch, files_of, run_of, sql
from functions.runtime.messages import Download, Message, Split
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.migrations import migrate_postgres
from infra.verify import Report, verify
from tests.inline import run_inline

APRIL, MAY, JUNE = dt.date(2026, 4, 1), dt.date(2026, 5, 1), dt.date(2026, 6, 1)

_draw = random.Random(1)
#: As long as a name may be, of letters with three bytes each that cannot be compressed.
LONG_NAMES = ["".join(chr(_draw.randrange(0x4E00, 0x9FFF)) for _ in range(500)) for _ in range(3)]

Texts = Mapping[Entity, Iterable[str | bytes]]


def date_of(dump: str) -> dt.date:
    """The date of `20260401`."""
    return dt.datetime.strptime(dump, "%Y%m%d").replace(tzinfo=dt.UTC).date()


def entity_file(folder: Path, date: dt.date, entity: Entity) -> Path:
    return folder / f"discogs_{date:%Y%m%d}_{entity}.xml.gz"


def write_dump(folder: Path, date: dt.date, records: Texts) -> Path:
    """The files of a dump with these records, and the checksums; an entity that is not named has no file."""
    folder.mkdir(parents=True, exist_ok=True)
    for entity, texts in records.items():
        body = b"\n".join(text.encode() if isinstance(text, str) else text for text in texts)
        xml = b"<%b>\n%b\n</%b>\n" % (entity.encode(), body, entity.encode())
        entity_file(folder, date, entity).write_bytes(gzip.compress(xml, mtime=0))
    write_checksums(folder, date)
    return folder


def write_checksums(folder: Path, date: dt.date) -> None:
    """Make the CHECKSUM file say what the files are now."""
    paths = sorted(folder.glob(f"discogs_{date:%Y%m%d}_*.xml.gz"))
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()} *{path.name}\n" for path in paths)
    (folder / f"discogs_{date:%Y%m%d}_CHECKSUM.txt").write_text("".join(lines))


def artist(number: int, more: str = "") -> str:
    return f"<artist><id>{number}</id><name>Artist {number}</name>{more}</artist>"


def label(number: int, more: str = "") -> str:
    return f"<label><id>{number}</id><name>Label {number}</name>{more}</label>"


def master(number: int, more: str = "") -> str:
    return f"<master id='{number}'><title>Master {number}</title>{more}</master>"


def release(number: int, more: str = "") -> str:
    return (
        f"<release id='{number}'><artists><artist><id>{number % 40 + 1}</id><name>A</name></artist></artists>"
        f"<title>Release {number}</title><labels><label name='L' catno='R {number}' id='{number % 10 + 1}'/></labels>"
        f"<genres><genre>Rock</genre></genres><styles><style>Indie</style></styles>{more}</release>"
    )


def small() -> dict[Entity, list[str | bytes]]:
    """40 artists, 10 labels, 5 masters and 60 releases; change what you like."""
    return {
        "artists": [artist(number) for number in range(1, 41)],
        "labels": [label(number) for number in range(1, 11)],
        "masters": [master(number) for number in range(1, 6)],
        "releases": [release(number, f"<master_id>{number % 5 + 1}</master_id>") for number in range(1, 61)],
    }


class Pipeline:
    """Loads, and looks at what the stores hold."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def begin(self, source: Path | str, dump: dt.date | None = None, **options: Any) -> Begun:
        """Begin a run, as an incremental load if not told otherwise; its first messages are not delivered."""
        chosen = LoadOptions(**{"bulk": "no"} | options)
        return begin_load(self.context, find_dump(self.context.settings, str(source), dump), chosen)

    def load(self, source: Path | str, dump: dt.date | None = None, **options: Any) -> Run:
        """Load a dump to the end; the run as it is then."""
        begun = self.begin(source, dump, **options)
        self.go_on(begun.messages)
        return self.run(begun.run.id)

    def go_on(self, messages: Iterable[Message]) -> int:
        """Deliver messages, and all that follow from them."""
        return run_inline(self.context, messages)

    def run(self, number: int) -> Run:
        with self.context.connection() as connection:
            return run_of(connection, number)

    def files(self, run: Run) -> dict[Entity, File]:
        with self.context.connection() as connection:
            return {file.entity: file for file in files_of(connection, run.id)}

    def parts(self, run: Run) -> list[Part]:
        with self.context.connection() as connection:
            return fetch(connection, Part, "SELECT * FROM parts WHERE run = %(run)s ORDER BY entity, part", run=run.id)

    def written(self, run: Run) -> WrittenCounts:
        with self.context.connection() as connection:
            return fetch(connection, WrittenCounts, sql.written, run=run.id)[0]

    def query(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.context.connection() as connection:
            cursor = connection.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

    def cypher(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        with self.context.graph_session() as session:
            return session.run(query, parameters).data()

    def reset(self) -> None:
        reset(self.context)

    def empty_tables(self) -> None:
        """What `reset` does, without the graph: far quicker, for tests that load tables only."""
        with self.context.connection() as connection:
            connection.execute(control_sql.empty)
            connection.execute(control_sql.empty_installation)
        self.context.bucket.remove_folder("runs")

    def ids(self, entity: Entity) -> set[int]:
        return {row[0] for row in self.query(f"SELECT id FROM {entity}")}  # noqa: S608

    def quarantined(self) -> list[tuple[str, int | None, str]]:
        """(entity, id, reason) of each piece in quarantine."""
        rows = self.query("SELECT entity, record_id, reason FROM quarantine ORDER BY entity, stream_at")
        return [(entity, number, reason) for entity, number, reason in rows]

    def tombstones(self) -> set[tuple[str, int]]:
        return {(entity, number) for entity, number in self.query("SELECT entity, id FROM tombstones")}

    def work_left(self) -> list[str]:
        """What lies in the work bucket."""
        return list(self.context.bucket.keys("runs"))

    def compare(self, source: Path | Iterable[Path], dump: dt.date, **options: Any) -> Report:
        return verify(self.context.settings, source, dump, processes=0, **options)

    def differences(self, source: Path | Iterable[Path], dump: dt.date, **options: Any) -> dict[str, list[str]]:
        """What verify finds: nothing when both stores hold the dump."""
        found = self.compare(source, dump, **options).differences
        return {kind: difference.examples for kind, difference in found.items() if difference.count}

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of the four tables and the tombstones, with the transaction that wrote it last."""
        tables = (*ENTITIES, "tombstones")
        return {table: self.query(f"SELECT xmin::text, * FROM {table} ORDER BY id") for table in tables}  # noqa: S608

    def documents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Id, hash and document of every row."""
        return {
            entity: self.query(f"SELECT id, hash, data::text FROM {entity} ORDER BY id")  # noqa: S608
            for entity in ENTITIES
        }

    def graph(self) -> tuple[list[str], list[str]]:
        """Every node and edge as text, save the meta node and the migrations."""
        nodes = self.cypher("MATCH (n) RETURN labels(n) AS labels, properties(n) AS props")
        edges = self.cypher(
            "MATCH (a)-[e]->(b) RETURN labels(a) AS x, coalesce(a.id, a.name) AS a, type(e) AS type, "
            "properties(e) AS props, labels(b) AS y, coalesce(b.id, b.name) AS b"
        )
        shown = [node for node in nodes if node["labels"] not in (["Linernotes"], ["Migration"])]
        return sorted(map(text_of, shown)), sorted(map(text_of, edges))


def text_of(value: Any) -> str:
    """A value as JSON, its keys sorted."""
    return msgspec.json.encode(value, order="sorted").decode()


def is_equal(pipeline: Pipeline, source: Path) -> bool:
    """Whether both stores hold the dump of April."""
    return pipeline.differences(source, APRIL) == {}


def deliver(pipeline: Pipeline, message: Message) -> list[Message]:
    """Call one function with one message; what it sends."""
    return list(FUNCTIONS.spec_of(message).load()(pipeline.context, message) or ())


def deliver_all(pipeline: Pipeline, messages: list[Message], kind: type[Message]) -> list[Message]:
    """Deliver until only messages that are of another kind than `kind` are left."""
    left: list[Message] = []
    for message in messages:
        left += deliver(pipeline, message) if isinstance(message, kind) else [message]
    return left


def split_of(pipeline: Pipeline, source: Path, **options: Any) -> tuple[Begun, list[Message]]:
    """A run that is begun and split: its messages for the parts."""
    begun = pipeline.begin(source, **options)
    messages = deliver_all(pipeline, begun.messages, Download)
    assert {type(message) for message in messages} == {Split}
    return begun, deliver_all(pipeline, messages, Split)


@contextmanager
def open_pipeline(settings: Settings, **changes: Any) -> Iterator[Pipeline]:
    """A pipeline on migrated stores, its parts small enough that there are several."""
    sizes = {"part_bytes": 100_000, "pending_parts": 10_000} | changes
    with open_context(msgspec.structs.replace(settings, **sizes), FUNCTIONS) as context:
        with context.connection() as connection:
            migrate_postgres(connection)
            settle_roles(connection, context.settings)
        with context.graph_session() as session:
            prepare_graph(context.settings, session)
        yield Pipeline(context)
