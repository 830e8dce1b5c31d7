"""`linernotes bench embed`: vectors end to end into PostgreSQL, the model alone, changes, and the index."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Iterator
from itertools import count
from typing import Final

from psycopg.types.json import Jsonb

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
from infra.bench.cases.vector_recall import vectors_recall
from infra.bench.harness.cpu_time import effort
from infra.bench.harness.figures import Work
from infra.bench.harness.prepared_parts import call_all
from infra.bench.harness.result import Result, note
from infra.bench.harness.stack import temporary_stack
from infra.synth.genres import GENRES
from infra.synth.words import PROFILE_LINES

_sql = statements(__file__, "embed.sql")

_SEED: Final = 7
_SYLLABLES: Final = ("ka", "lo", "mi", "ren", "sto", "va", "ber", "ni", "dor", "sha", "el", "tru", "wey", "zon", "pi")
#: Texts that the model is asked for at once.
_AT_ONCE: Final = 1_000
#: Questions, and records of an answer.
_QUESTIONS: Final = 100
_NEAREST: Final = 20


def bench_embed(records: int) -> Iterator[Result]:
    """Put artists with profiles into PostgreSQL, and make vectors of them, then of one in a hundred that changed.

    Args:
        records: how many artists.
    """
    with temporary_stack(workers=False) as settings, open_context(settings, FUNCTIONS) as context:
        with context.connection() as connection:
            migrate_postgres(connection)
        note(f"adding {records:,} artists")
        add_artists(context, records)
        plan_derivations(context)
        derive_batches(context)
        engine = engine_of(settings)
        yield from _alone(context, engine)
        with effort(settings) as spent:
            build_rows(context, engine)
        work = Work(_stored(context, "vectors_artists_next"), "vectors made", wanted=records)
        yield Result("embed, all, without the index", work.rate(spent.wall), "records/s")
        for process, seconds in spent.largest():
            yield Result(f"embed, all, CPU of {process}", work.each(seconds, 1e6), "µs a record")
        begun = time.perf_counter()
        call_all(context, [Embed(derivation=NAME)])
        yield Result("embed, index and counts", time.perf_counter() - begun, "s")
        yield from _index(context, work)
        yield from _answers(context)
        yield from vectors_recall(context, engine)
        yield from _changes(context, engine)


def add_artists(context: Context, records: int) -> None:
    """Put generated artists with profiles into PostgreSQL, numbered from 1."""
    draw = random.Random(_SEED)  # noqa: S311 - figures that repeat
    names = ["".join(draw.choices(_SYLLABLES, k=draw.randint(2, 4))).title() for _ in range(max(1_000, records // 20))]
    today, numbers = dt.date(2026, 1, 1), count(1)
    with context.connection() as connection, connection.cursor() as cursor:
        with cursor.copy(_sql.copy_artists) as copy:
            for number in range(1, records + 1):
                name, real, other, city, label = draw.choices(names, k=5)
                lines = " ".join(draw.choices(PROFILE_LINES, k=3)).format(
                    genre=draw.choice(GENRES).name,
                    city=city,
                    year=draw.randint(1960, 2020),
                    other=other,
                    other_id=next(numbers),
                    label=label,
                    label_id=next(numbers),
                    release=next(numbers),
                    master=next(numbers),
                )
                document = {"id": number, "name": f"{name} {real}", "profile": lines, "realname": f"{real} {other}"}
                copy.write_row((number, "0" * 64, today, document["name"], Jsonb(document)))
        connection.execute(_sql.analyze)


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


def _index(context: Context, work: Work) -> Iterator[Result]:
    with context.connection() as connection:
        state = states_of(connection)["artists"]
        whole, rows, index = connection.execute(_sql.size).fetchone() or (0, 0, 0)
    yield Result("embed, lists", state.lists, "lists")
    yield Result("embed, lists looked at", state.probes, "lists")
    if state.recall is not None:
        yield Result("embed, recall@10 of names in the self-test", state.recall, "")
    yield Result("disk of vectors, all", work.each(whole), "bytes a record")
    yield Result("disk of vectors, rows", work.each(rows), "bytes a record")
    yield Result("disk of vectors, index", work.each(index), "bytes a record")


def _answers(context: Context) -> Iterator[Result]:
    """How long it takes to find what is nearest to texts like those of the records."""
    with context.connection() as connection:
        questions = [text for (text,) in connection.execute(_sql.questions, {"count": _QUESTIONS})]
    times = []
    for text in questions:
        begun = time.perf_counter()
        found = nearest(context, text, Filters(), _NEAREST).found
        times.append((time.perf_counter() - begun) * 1e3)
        Work(len(found), "records found")
    times.sort()
    yield Result("nearest by meaning, median", times[len(times) // 2], "ms")
    yield Result("nearest by meaning, p95", times[int(0.95 * len(times))], "ms")


def _changes(context: Context, engine: Engine) -> Iterator[Result]:
    with context.connection() as connection:
        work = Work(connection.execute(_sql.change).rowcount, "records changed")
        connection.execute(_sql.note_changed)
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
