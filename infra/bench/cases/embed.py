"""`linernotes bench embed`: vectors end to end into PostgreSQL, the model alone, changes, and the index."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from functions.derivations.plan import plan_derivations
from functions.discover.meaning.nearest import nearest
from functions.discover.search.filters import Filters
from functions.embed.assemble import NAME, bring_up_rows, build_rows
from functions.embed.engines.choose import engine_of
from functions.embed.engines.engine import Engine
from functions.embed.state import states_of
from functions.registry import FUNCTIONS
from functions.runtime.messages import Embed
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.migrations import migrate_postgres
from functions.runtime.stores.query_files import statements
from infra.bench.cases.derive import derive_batches
from infra.bench.cases.embed_records import EmbeddedEntity, add_records, documents, said_of, words_of_dump
from infra.bench.cases.vector_recall import vectors_recall
from infra.bench.harness.cpu_time import effort
from infra.bench.harness.figures import Work
from infra.bench.harness.prepared_parts import call_all
from infra.bench.harness.result import Result, note
from infra.bench.harness.stack import temporary_stack

_sql = statements(__file__, "embed.sql")

#: Texts that the model is asked for at once.
_AT_ONCE: Final = 1_000
#: Questions, and records of an answer.
_QUESTIONS: Final = 100
_NEAREST: Final = 20


def bench_embed(records: int, entity: EmbeddedEntity, words_from: Path | None = None) -> Iterator[Result]:
    """Put records with enough to say into PostgreSQL, and make vectors of them, then of one in a hundred that changed.

    Args:
        records: how many.
        entity: what they are.
        words_from: a dump that the words of names and titles are drawn from; None: they are invented.
    """
    words = words_of_dump(words_from) if words_from else ()
    with temporary_stack(workers=False) as settings, open_context(settings, FUNCTIONS) as context:
        with context.connection() as connection:
            migrate_postgres(connection)
        note(f"adding {records:,} {entity}")
        add_records(context, entity, records, words)
        plan_derivations(context)
        derive_batches(context)
        engine = engine_of(settings)
        yield from _alone(context, engine)
        with effort(settings) as spent:
            build_rows(context, engine)
        work = Work(_stored(context, f"vectors_{entity}_next"), "vectors made", wanted=records)
        yield Result("embed, all, without the index", work.rate(spent.wall), "records/s")
        for process, seconds in spent.largest():
            yield Result(f"embed, all, CPU of {process}", work.each(seconds, 1e6), "µs a record")
        begun = time.perf_counter()
        call_all(context, [Embed(derivation=NAME)])
        yield Result("embed, index and counts", time.perf_counter() - begun, "s")
        yield from _index(context, entity, work)
        yield from _answers(context, entity)
        yield from vectors_recall(context, engine, entity)
        yield from _changes(context, engine, entity)


def _alone(context: Context, engine: Engine) -> Iterator[Result]:
    """The model without any store, twice: the second time it has met the words."""
    with context.connection() as connection:
        texts = [text for (text,) in connection.execute(_sql.texts)]
    work = Work(len(texts), "texts")
    yield Result("embed, characters of a text", work.each(sum(map(len, texts))), "characters")
    for state in ("new words", "words that are known"):
        begun = time.perf_counter()
        for first in range(0, len(texts), _AT_ONCE):
            engine.embed(texts[first : first + _AT_ONCE])
        yield Result(f"embed, the model alone, {state}", work.rate(time.perf_counter() - begun), "texts/s")


def _index(context: Context, entity: EmbeddedEntity, work: Work) -> Iterator[Result]:
    with context.connection() as connection:
        state = states_of(connection)[entity]
        whole, rows, index = connection.execute(getattr(_sql, f"size_{entity}")).fetchone() or (0, 0, 0)
    if state.lists:  # few vectors are compared with all of them
        yield Result("embed, lists", state.lists, "lists")
        yield Result("embed, lists looked at", state.probes, "lists")
    if state.recall is not None:
        yield Result("embed, recall@10 in the self-test", state.recall, "")
    yield Result("disk of vectors, all", work.each(whole), "bytes a record")
    yield Result("disk of vectors, rows", work.each(rows), "bytes a record")
    yield Result("disk of vectors, index", work.each(index), "bytes a record")


def _answers(context: Context, entity: EmbeddedEntity) -> Iterator[Result]:
    """How long it takes to find what is nearest to texts like those of the records."""
    questions = [" ".join(said_of(document)) for document in documents(context, entity, _QUESTIONS)]
    times = []
    for text in questions:
        begun = time.perf_counter()
        found = nearest(context, text, Filters(), _NEAREST).found
        times.append((time.perf_counter() - begun) * 1e3)
        Work(len(found), "records found")
    times.sort()
    yield Result("nearest by meaning, median", times[len(times) // 2], "ms")
    yield Result("nearest by meaning, p95", times[int(0.95 * len(times))], "ms")


def _changes(context: Context, engine: Engine, entity: EmbeddedEntity) -> Iterator[Result]:
    with context.connection() as connection:
        work = Work(connection.execute(getattr(_sql, f"change_{entity}")).rowcount, "records changed")
        connection.execute(getattr(_sql, f"note_changed_{entity}"))
    plan_derivations(context)
    derive_batches(context)
    begun = time.perf_counter()
    bring_up_rows(context, engine)
    yield Result("embed, 1 % changed", work.rate(time.perf_counter() - begun), "records/s")
    begun = time.perf_counter()
    call_all(context, [Embed(derivation=NAME)])
    yield Result("embed, 1 % changed, counts and self-test", time.perf_counter() - begun, "s")


def _stored(context: Context, table: str) -> int:
    with context.connection() as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - a name of ours
    return int(row[0]) if row else 0
