"""`linernotes bench records`: how long the data of a record's page takes, warm and cold, of the largest records too."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from functions.discover.label.page import Asked, label_page
from functions.discover.records.artist import artist_page
from functions.discover.records.master import master_page
from functions.discover.records.release import release_page
from functions.registry import FUNCTIONS
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.query_files import statements
from infra.bench.cases.credits import artist_figures
from infra.bench.cases.derive import derive_all, forget_what_is_planned
from infra.bench.cases.pipeline import first_load
from infra.bench.harness.asked import Question, asked
from infra.bench.harness.cold import Cold
from infra.bench.harness.figures import Work
from infra.bench.harness.result import Result
from infra.bench.harness.stack import temporary_stack
from infra.synth import write_dump

_sql = statements(__file__, "records.sql")

_SEED: Final = 7
#: Records of each kind, and how many of the largest ones.
_DRAWN: Final = 100
_LARGEST: Final = 10
#: The id of an artist and of a label that so many releases name: no generated ones come near.
_HUB: Final = 2**40
_HUB_RELEASES: Final = 100_000

Page = Callable[[Context, int], object]


def bench_records(releases: int) -> Iterator[Result]:
    """Load releases into PostgreSQL alone, derive everything, and read what the pages of records show.

    Args:
        releases: how many are generated, with artists, labels and masters in proportion; 100,000 of them, or all if
            they are fewer, name one artist and one label besides.
    """
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        source = Path(folder)
        write_dump(source, releases=releases, seed=_SEED)
        with (
            temporary_stack({"LINERNOTES_WORKERS": "derive=0,assemble=0,embed=0"}) as settings,
            open_context(settings, FUNCTIONS) as context,
        ):
            first_load(context, source, only_store="table", bulk="yes")
            named = _make_hubs(context, min(releases, _HUB_RELEASES))
            forget_what_is_planned(context)
            derive_all(context)
            cold = Cold(context) if Cold.is_possible() else None
            for name, questions in _questions(context, named):
                yield from asked(name, questions, cold)


def _make_hubs(context: Context, releases: int) -> int:
    """Have so many releases name one artist and one label; how many do."""
    with context.connection() as connection:
        for statement in (_sql.hub_artist, _sql.hub_label):
            connection.execute(statement, {"id": _HUB})
        named = connection.execute(_sql.name_hubs, {"id": _HUB, "releases": releases}).rowcount
    return int(Work(named, "releases with the largest artist and label", wanted=releases).count)


def _questions(context: Context, named: int) -> Iterator[tuple[str, Sequence[Question]]]:
    pages: dict[str, Page] = {
        "artist": _artist,
        "label": lambda context, record: label_page(context, record, Asked()),
        "master": master_page,
        "release": release_page,
    }
    for kind, page in pages.items():
        drawn, largest = (_ids(context, f"{which}_{kind}s") for which in ("drawn", "largest"))
        yield f"{kind} page", [partial(page, context, one) for one in drawn]
        yield f"{kind} page, one of the largest", [partial(page, context, one) for one in largest] * 4
    for kind in ("artist", "label"):
        yield f"{kind} page, {named:,} releases", [partial(pages[kind], context, _HUB)] * 40


def _ids(context: Context, statement: str) -> list[int]:
    with context.connection() as connection:
        rows = connection.execute(getattr(_sql, statement), {"drawn": _DRAWN, "largest": _LARGEST, "hub": _HUB})
        return [number for (number,) in rows]


def _artist(context: Context, record: int) -> object:
    return artist_page(context, record), artist_figures(context, record)
