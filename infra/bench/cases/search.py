"""`linernotes bench search`: what search entries cost, and how long answers take, by kind of question."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from functions.discover.search.search import search
from functions.registry import FUNCTIONS
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.query_files import statements
from infra.bench.cases.derive import derive_all, forget_what_is_planned
from infra.bench.cases.pipeline import first_load
from infra.bench.harness.cpu_time import effort
from infra.bench.harness.figures import Work
from infra.bench.harness.result import Result
from infra.bench.harness.stack import temporary_stack
from infra.synth import write_dump

_sql = statements(__file__, "search.sql")

_SEED = 7
#: Questions of each kind.
_QUESTIONS = 100


def bench_search(releases: int) -> Iterator[Result]:
    """Load releases into PostgreSQL alone, make their entries, and ask questions of each kind.

    Args:
        releases: how many are generated, with artists, labels and masters in proportion.
    """
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        source = Path(folder)
        write_dump(source, releases=releases, seed=_SEED)
        environment = {"LINERNOTES_WORKERS": "derive=0,assemble=0,embed=0"}
        with temporary_stack(environment) as settings, open_context(settings, FUNCTIONS) as context:
            first_load(context, source, only_store="table", bulk="yes")
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
            yield from _sizes(context, work)
            yield from _answers(context)


def _answers(context: Context) -> Iterator[Result]:
    for name, questions in _questions(context).items():
        for state in ("cold", "warm"):
            times = [_timed(lambda text=text: search(context, text)) for text in questions]  # type: ignore[misc]
            cuts = statistics.quantiles(times, n=100)
            for place, label in ((49, "p50"), (94, "p95"), (98, "p99")):
                yield Result(f"search, {name}, {state}, {label}", cuts[place] * 1e3, "ms")


def _questions(context: Context) -> dict[str, Sequence[str]]:
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
    }


def _mistyped(word: str, draw: random.Random) -> str:
    at = draw.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def _count(context: Context) -> int:
    with context.connection() as connection:
        row = connection.execute(_sql.entries).fetchone()
    return int(row[0]) if row else 0


def _sizes(context: Context, work: Work) -> Iterator[Result]:
    with context.connection() as connection:
        for table in (*(f"search_entries_{tier}" for tier in range(4)), "search_words", "search_deletes", "degrees"):
            row = connection.execute(_sql.size, {"table": table}).fetchone()
            whole, indexes = row or (0, 0)
            yield Result(f"disk of {table}", work.each(whole), "bytes an entry")
            yield Result(f"disk of {table}, its indexes", work.each(indexes), "bytes an entry")
