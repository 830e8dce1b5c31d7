"""`linernotes bench copy`: what bounds COPY of release documents, by forms of the table tried beside each other."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from functions.documents.ndjson import ParsedDocument, read_lines
from functions.documents.rows import row_of
from functions.extract.parse.choose_engine import engine_of
from functions.registry import FUNCTIONS
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.query_files import statements
from infra.bench.harness.cpu_time import effort
from infra.bench.harness.figures import Work
from infra.bench.harness.result import Result
from infra.bench.harness.stack import temporary_stack
from infra.synth import write_dump

_sql = statements(__file__, "copy.sql")
_SEED = 7
_DUMP = dt.date(2026, 9, 1)
_MOST_RECORD = 64 * 1024 * 1024
_IN_ONE_TRANSACTION = 2_500
_COLUMNS = ("int8", "text", "date", "text", "int4", "text", "text[]", "text[]")
_HEAVY = ("tracklist", "extraartists")


class _Form(NamedTuple):
    """A form of the table: its statement, and the types of its last columns, which hold the document."""

    name: str
    change: str = ""
    types: tuple[str, ...] = ("jsonb",)


_FORMS = (
    _Form("jsonb"),
    _Form("jsonb, all secondary indexes there", "with_indexes"),
    _Form("jsonb, no primary key", "without_key"),
    _Form("jsonb, autovacuum off", "without_autovacuum"),
    _Form("jsonb, not logged", "unlogged"),
    _Form("jsonb, lz4", "lz4"),
    _Form("jsonb STORAGE EXTERNAL", "external"),
    _Form("jsonb STORAGE MAIN", "main"),
    _Form("jsonb, toast_tuple_target 8160", "long_tuples"),
    _Form("jsonb in two columns, tracks and credits apart", "two_columns", ("jsonb", "jsonb")),
    _Form("json", "as_json", ("json",)),
    _Form("text STORAGE EXTERNAL", "as_text", ("text",)),
)


def bench_copy(releases: int) -> Iterator[Result]:
    """Copy the same documents into each form of the table, over one connection and over two."""
    documents = _documents(releases)
    work = Work(len(documents), "documents parsed")
    yield Result("document as JSON", work.each(sum(len(document.data) for document in documents)), "bytes")
    with temporary_stack(workers=False) as settings, open_context(settings, FUNCTIONS) as context:
        for form in _FORMS:
            if form.change == "lz4" and not _has_lz4(context):
                continue
            for connections in (1, 2):
                yield from _try(context, form, documents, connections)


def _has_lz4(context: Context) -> bool:
    with context.connection() as connection:
        return connection.execute(_sql.has_lz4).fetchone() == (True,)


def _documents(releases: int) -> list[ParsedDocument]:
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        write_dump(Path(folder), releases=releases, seed=_SEED)
        [path] = Path(folder).rglob("*_releases.xml.gz")
        engine = engine_of("auto")
        batches = engine.read(path, "releases", _MOST_RECORD)
        lines = [engine.parse("releases", batch.index, batch.data).lines for batch in batches]
        return [document for part in lines for document in read_lines(part)]


def _try(context: Context, form: _Form, documents: list[ParsedDocument], connections: int) -> Iterator[Result]:
    with context.connection() as connection:
        connection.execute(_sql.create)
        if form.change:
            connection.execute(getattr(_sql, form.change))
    starts = range(0, len(documents), _IN_ONE_TRANSACTION)
    parts = [documents[start : start + _IN_ONE_TRANSACTION] for start in starts]
    with effort(context.settings) as spent, ThreadPoolExecutor(connections) as threads:
        list(threads.map(lambda part: _copy(context, form, part), parts))
    with context.connection() as connection:
        [(size, rows)] = connection.execute(_sql.size).fetchall()
        connection.execute(_sql.drop)
    work = Work(rows, "documents copied", wanted=len(documents))
    name = f"{form.name}, {connections} connection{'s' * (connections > 1)}"
    yield Result(name, work.rate(spent.wall), "releases/s")
    if connections == 1:
        yield Result(f"{form.name}, server's CPU", work.each(spent.cpu["postgres"], 1e6), "µs a release")
        yield Result(f"{form.name}, disk", work.each(size), "bytes a release")


def _copy(context: Context, form: _Form, documents: list[ParsedDocument]) -> None:
    statement = _sql.copy_two if len(form.types) > 1 else _sql.copy
    with context.connection() as connection, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([*_COLUMNS, *form.types])
        for row in _rows(form, documents):
            copy.write_row(row)


def _rows(form: _Form, documents: Iterable[ParsedDocument]) -> Iterator[tuple[Any, ...]]:
    for document in documents:
        *columns, data = row_of("releases", _DUMP, document)
        if len(form.types) > 1:
            light = msgspec.json.decode(data)
            heavy = {name: light.pop(name) for name in _HEAVY if name in light}
            yield (*columns, Jsonb(light), Jsonb(heavy))
        else:
            yield (*columns, Jsonb(data, dumps=bytes) if form.types == ("jsonb",) else data.decode())
