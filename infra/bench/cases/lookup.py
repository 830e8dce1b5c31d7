"""`linernotes bench lookup`: what identifiers take, and how quickly each class of them is found."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, Final, NamedTuple

from functions.discover.lookup.read import look_up
from functions.identifiers.normal_form import check_digit
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

_sql = statements(__file__, "lookup.sql")

_SEED: Final = 7
#: Questions of each class, and hits among which a release counts as found.
_QUESTIONS, _AMONG = 300, 10
_RELEASES_IN_ALL: Final = 19_400_000


class _Question(NamedTuple):
    text: str
    release: int | None


def bench_lookup(releases: int) -> Iterator[Result]:
    """Load releases into PostgreSQL alone, time the pass that makes identifiers, then ask for them.

    Args:
        releases: how many are generated, with artists, labels and masters in proportion.
    """
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        source = Path(folder)
        write_dump(source, releases=releases, seed=_SEED)
        with (
            temporary_stack({"LINERNOTES_WORKERS": "derive=0,assemble=0,embed=0"}) as settings,
            open_context(settings, FUNCTIONS) as context,
        ):
            first_load(context, source, only_store="table", bulk="yes")
            forget_what_is_planned(context, ["identifiers"])
            with effort(settings) as spent:
                batches = derive_all(context)
            Work(batches, "batches made")
            work = Work(releases, "releases read")
            yield Result("identifiers, all documents", work.rate(spent.wall), "releases/s")
            yield Result("identifiers, all documents, CPU", work.each(spent.total, 1e6), "µs a release")
            for process, seconds in spent.largest():
                yield Result(f"identifiers, all documents, CPU of {process}", work.each(seconds, 1e6), "µs a release")
            yield from _sizes(context, releases)
            classes = list(_classes(context, Random(_SEED)))  # noqa: S311 - the same questions each time
            with effort(settings) as asking:
                results = [result for name, questions in classes for result in _asked(context, name, questions)]
            yield from results
            asked = Work(sum(len(questions) for _, questions in classes), "look-ups")
            for process in ("client", "postgres"):
                yield Result(f"a look-up, CPU of {process}", asked.each(asking.cpu[process], 1e3), "ms")


def _sizes(context: Context, releases: int) -> Iterator[Result]:
    with context.connection() as connection:
        rows, *sizes = connection.execute(_sql.sizes).fetchone() or (0, 0, 0)
    work = Work(releases, "releases read")
    yield Result("identifiers of a release", work.each(rows), "rows")
    for name, size in zip(("rows", "indexes"), sizes, strict=True):
        yield Result(f"disk of identifiers, {name}", work.each(size), "bytes a release")
    total = work.each(sum(sizes))
    yield Result("disk of identifiers", total, "bytes a release")
    assumes = f"as many identifiers a release as here ({work.each(rows):.2f})"
    yield Result("disk of identifiers, 19.4 million releases", total * _RELEASES_IN_ALL / 1e9, "GB", assumes=assumes)


def _classes(context: Context, random: Random) -> Iterator[tuple[str, Sequence[_Question]]]:
    """Questions of each class, drawn from what is stored."""
    with context.connection() as connection:
        barcodes, catnos, matrices, codes = (
            [_Question(text, number) for number, text in connection.execute(statement, {"limit": _QUESTIONS})]
            for statement in (_sql.barcodes, _sql.catnos, _sql.matrices, _sql.label_codes)
        )
    yield "barcode", barcodes
    yield "barcode with blanks", _changed(barcodes, _with_blanks)
    yield "barcode without its check digit", _changed(barcodes, lambda text: text[:-1])
    yield "barcode without leading zeros", _changed(barcodes, lambda text: text.lstrip("0"))
    yield "catalogue number", catnos
    yield "catalogue number, first four characters", _changed(catnos, lambda text: text[:4], known=False)
    yield "matrix number", matrices
    yield "matrix number, first eight characters", _changed(matrices, lambda text: text[:8], known=False)
    yield "label code", [question._replace(release=None) for question in codes]
    bodies = [f"{random.randrange(10**12):012}" for _ in range(_QUESTIONS)]
    yield "barcode of no release", [_Question(body + check_digit(body), None) for body in bodies]


def _with_blanks(text: str) -> str:
    return f"{text[:1]} {text[1:6]} {text[6:11]}-{text[11:]}"


def _changed(questions: Sequence[_Question], change: Callable[[str], str], *, known: bool = True) -> list[_Question]:
    return [_Question(change(text), number if known else None) for text, number in questions]


def _asked(context: Context, name: str, questions: Sequence[_Question]) -> Iterator[Result]:
    Work(len(questions), f"questions of the class {name}")
    times, found = [], 0
    for question in questions:
        begun = time.perf_counter()
        hits: list[Any] = look_up(context, question.text).hits
        times.append((time.perf_counter() - begun) * 1e3)
        found += question.release in [hit.id for hit in hits[:_AMONG]]
    yield Result(f"{name}, median", median(times), "ms")
    yield Result(f"{name}, p95", sorted(times)[int(0.95 * len(times))], "ms")
    if questions[0].release is not None:
        yield Result(f"{name}, found among the first {_AMONG}", found / len(questions), "of 1")
