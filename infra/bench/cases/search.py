"""`linernotes bench search`: what search entries cost, and how long answers take, by kind of question."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import orjson

from functions.derivations.copy_text import copy_text
from functions.discover.meaning.find import find
from functions.discover.search.facet_counts import facet_counts
from functions.discover.search.search import search
from functions.discover.search.suggest import suggest
from functions.registry import FUNCTIONS
from functions.runtime.entities import ENTITIES
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.query_files import statements
from functions.search_entries.assemble import assemble
from infra.bench.cases.derive import derive_all, forget_what_is_planned
from infra.bench.cases.pipeline import first_load
from infra.bench.cases.search_beside_load import Kinds, answers_beside_loads, months_after
from infra.bench.harness.asked import asked
from infra.bench.harness.cold import Cold
from infra.bench.harness.cpu_time import effort
from infra.bench.harness.figures import Work
from infra.bench.harness.result import Result
from infra.bench.harness.stack import temporary_stack, watched_memory
from infra.synth import write_dump

_sql = statements(__file__, "search.sql")

_SEED = 7
#: Questions of each kind, and documents whose rows are made again.
_QUESTIONS, _DOCUMENTS = 100, 20_000
#: The indexes of a table of entries.
_INDEXES = ("key", "words", "plain")
_OTHERS = ("search_sample", "search_words", "search_deletes", "degrees")
#: Workers of a machine of two cores.
_WORKERS = 2
#: Records of a real dump of all four entities.
_ALL = 34_600_000
_ASSUMES = "34.6 million entries, each like these"

Questions = Mapping[str, Sequence[str]]


def bench_search(releases: int, tracks: str = "off", *, while_loading: bool = False) -> Iterator[Result]:
    """Load releases, make their entries, and ask questions of each kind.

    Args:
        releases: how many are generated, with artists, labels and masters in proportion.
        tracks: whose tracks are found by their titles: `off`, `main` or `all`.
        while_loading: whether months are loaded into both stores beside some of the questions; otherwise there is
            nothing in the graph.
    """
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        source = Path(folder) / "first"
        write_dump(source, releases=releases, seed=_SEED)
        months = months_after(source) if while_loading else []
        environment = {"LINERNOTES_WORKERS": "derive=0,assemble=0,embed=0", "LINERNOTES_SEARCH_TRACKS": tracks}
        with temporary_stack(environment) as settings, open_context(settings, FUNCTIONS) as context:
            first_load(context, source, **({} if while_loading else {"only_store": "table"}), bulk="yes")
            forget_what_is_planned(context)
            with effort(settings) as spent:
                derive_all(context)
            work = Work(_count(context), "entries made")
            yield Result("search, entries", work.count, "entries")
            yield Result("search, entries and all else that is derived", work.rate(spent.wall), "entries/s")
            yield Result(
                "search, entries and all else that is derived, CPU", work.each(spent.total, 1e6), "µs an entry"
            )
            for process, seconds in spent.largest():
                yield Result(f"search, CPU of {process}", work.each(seconds, 1e6), "µs an entry")
            forget_what_is_planned(context, ["search"])
            with effort(settings) as alone:
                derive_all(context)
            yield Result("search, entries alone", work.rate(alone.wall), "entries/s")
            yield Result("search, entries alone, CPU", work.each(alone.total, 1e6), "µs an entry")
            for process, seconds in alone.largest():
                yield Result(f"search, entries alone, CPU of {process}", work.each(seconds, 1e6), "µs an entry")
            yield from _by_workers(context, work)
            yield from _sizes(context, work)
            yield from _own_cost(context, work)
            questions = _questions(context)
            yield from _answers(context, questions)
            if months:
                yield from answers_beside_loads(context, months, _kinds(context, questions))
            yield from _changed(context)


def _by_workers(context: Context, work: Work) -> Iterator[Result]:
    """How long it takes as many workers as a machine of two cores has."""
    forget_what_is_planned(context, ["search"])
    with effort(context.settings) as spent, watched_memory(context.settings, with_own=True) as memory:
        derive_all(context, _WORKERS)
    rate = work.rate(spent.wall)
    name = "search, entries alone, two workers, most memory"
    yield Result(f"{name} of all processes", memory.total / 1e6, "MB")
    for process in ("postgres", "benchmark"):
        yield Result(f"{name} of {process}", memory.peaks[process] / 1e6, "MB")
    yield Result("search, entries alone, two workers", rate, "entries/s")
    yield Result("search, entries alone, two workers, a real dump", _ALL / rate / 60, "minutes", assumes=_ASSUMES)


def _own_cost(context: Context, work: Work) -> Iterator[Result]:
    """What of it a worker spends on entries alone, and the server on their indexes, each by itself."""
    rows_of = next(spec for spec in context.functions.derivations if spec.name == "search").load()
    with context.connection() as connection:
        documents = connection.execute(_sql.some_documents, {"count": _DOCUMENTS}).fetchall()
        begun = time.process_time()
        for code, number, data, year in documents:
            copy_text(rows_of(ENTITIES[code - 1], number, data, year)["search_staged"])
        made = Work(len(documents), "documents read again")
        yield Result("search, an entry's row made, CPU", made.each(time.process_time() - begun, 1e6), "µs an entry")
    with context.connection() as connection:
        connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
        with effort(context.settings) as spent:
            for statement in (getattr(_sql, f"index_again_{tier}_{kind}") for tier in range(4) for kind in _INDEXES):
                connection.execute(statement)
        connection.rollback()
    yield Result("search, indexes of entries, CPU", work.each(spent.cpu["postgres"], 1e6), "µs an entry")


def _kinds(context: Context, questions: Questions) -> Kinds:
    """Whatever is asked, by words, by facets, and while it is typed."""
    searched = {f"search, {name}": (partial(search, context), asked) for name, asked in questions.items()}
    counted = {f"facets, {name}": (partial(facet_counts, context), asked) for name, asked in questions.items()}
    typed = {
        f"autocomplete, {name}": (partial(suggest, context), asked) for name, asked in _beginnings(context).items()
    }
    every: Kinds = {**searched, **counted, **typed}
    return {name: kind for name, kind in every.items() if kind[1]}


def _answers(context: Context, questions: Questions) -> Iterator[Result]:
    cold = Cold(context) if Cold.is_possible() else None
    for name, (ask, texts) in _kinds(context, questions).items():
        yield from asked(name, [partial(ask, text) for text in texts], cold)
    for name, texts in questions.items():
        if texts:
            both = [partial(find, context, text) for text in texts]
            yield from asked(f"search by words and meaning, {name}", both, cold)


def _changed(context: Context) -> Iterator[Result]:
    """What a record costs whose name has a word more: its row made again, and put into its place."""
    rows_of = next(spec for spec in context.functions.derivations if spec.name == "search").load()
    with context.connection() as connection:
        documents = connection.execute(_sql.some_documents, {"count": _DOCUMENTS}).fetchall()
    longer = [(ENTITIES[code - 1], number, _renamed(data), year) for code, number, data, year in documents]
    with effort(context.settings) as spent:
        rows = [row for document in longer for row in rows_of(*document)["search_staged"]]
        with context.connection() as connection, connection.cursor() as cursor, cursor.copy(_sql.copy_staged) as copy:
            copy.write(copy_text(rows))
        assemble(context, building=False)
    work = Work(len(rows), "entries changed")
    yield Result("search, a changed record", work.each(spent.wall, 1e3), "ms")
    yield Result("search, a changed record, CPU", work.each(spent.total, 1e3), "ms")


def _renamed(data: str) -> str:
    document = orjson.loads(data)
    field = "title" if "title" in document else "name"
    document[field] = f"{document.get(field, '')} anew"
    return orjson.dumps(document).decode()


def _beginnings(context: Context) -> dict[str, list[str]]:
    """What somebody has typed of names so far."""
    with context.connection() as connection:
        names = [row[0] for row in connection.execute(_sql.names, {"count": _QUESTIONS})]
    return {
        "one letter": sorted({name[:1] for name in names}),
        "two letters": sorted({name[:2] for name in names}),
        "four letters": [name[:4] for name in names],
        "a word and a letter": [name.split()[0] + " " + name.split()[1][:1] for name in names],
        "the second word": [name.split()[1][:5] for name in names],
    }


def _questions(context: Context) -> Questions:
    with context.connection() as connection:

        def drawn(statement: str, **values: int) -> list[str]:
            rows = connection.execute(statement, {"count": _QUESTIONS, **values}).fetchall()
            return [row[0] for row in rows]

        rare = drawn(_sql.words, least=1, most=5)
        medium = drawn(_sql.words, least=50, most=500)
        frequent = drawn(_sql.frequent)
        names = drawn(_sql.names)
        foreign = drawn(_sql.foreign)
        styles = drawn(_sql.styles)
    draw = random.Random(_SEED)  # noqa: S311 - figures that repeat
    pairs = [f"{draw.choice(frequent)} {draw.choice(frequent)}" for _ in range(_QUESTIONS)]
    return {
        "a rare word": rare,
        "a word of some": medium,
        "a frequent word": frequent,
        "two frequent words": pairs,
        "a name": names,
        "a phrase": [f'"{" ".join(name.split()[:2])}"' for name in names],
        "a typo": [_mistyped(word, draw) for word in medium if len(word) >= 5],
        "a frequent word and a style": [f'{draw.choice(frequent)} style:"{draw.choice(styles)}"' for _ in frequent],
        "a frequent word without another": [f"{draw.choice(frequent)} -{draw.choice(frequent)}" for _ in frequent],
        "a word of another script": foreign,
        "the most frequent": ["rock", "the", *frequent[:3]],
    }


def _mistyped(word: str, draw: random.Random) -> str:
    at = draw.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _count(context: Context) -> int:
    with context.connection() as connection:
        row = connection.execute(_sql.entries).fetchone()
    return int(row[0]) if row else 0


def _sizes(context: Context, work: Work) -> Iterator[Result]:
    total = 0
    with context.connection() as connection:
        for table in (*(f"search_entries_{tier}" for tier in range(4)), *_OTHERS):
            row = connection.execute(_sql.size, {"table": table}).fetchone()
            whole, indexes = row or (0, 0)
            total += whole
            yield Result(f"disk of {table}", work.each(whole), "bytes an entry")
            yield Result(f"disk of {table}, its indexes", work.each(indexes), "bytes an entry")
    yield Result("disk of search and degrees", work.each(total), "bytes an entry")
    yield Result(
        "disk of search and degrees, all of a real dump", work.each(total) * _ALL / 1e9, "GB", assumes=_ASSUMES
    )
