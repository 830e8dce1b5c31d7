"""`linernotes bench credits`: what release links take, and how quickly questions and artist pages are answered."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from functions.discover.artist.discography import Wanted, categories_of_artist, discography
from functions.discover.artist.summary import played_with, summary
from functions.discover.credits.ask import Asked, ask
from functions.discover.release_links.read import Kind
from functions.registry import FUNCTIONS
from functions.release_links.hubs import assemble
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.query_files import statements
from infra.bench.cases.derive import derive_all, forget_what_is_planned
from infra.bench.cases.pipeline import first_load
from infra.bench.harness.asked import Question, asked
from infra.bench.harness.cold import Cold
from infra.bench.harness.cpu_time import effort
from infra.bench.harness.figures import Work
from infra.bench.harness.result import Result
from infra.bench.harness.stack import temporary_stack
from infra.synth import write_dump

_sql = statements(__file__, "credits.sql")

_SEED: Final = 7
#: Questions of each class.
_QUESTIONS: Final = 100
_RELEASES_IN_ALL: Final = 19_400_000
#: The id of somebody whom every release names.
_HUB: Final = 2**40


def bench_credits(releases: int) -> Iterator[Result]:
    """Load releases into PostgreSQL alone, time the pass that makes their links, then ask for credits.

    Args:
        releases: how many are generated, with artists, labels and masters in proportion.
    """
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        source = Path(folder)
        write_dump(source, releases=releases, seed=_SEED)
        with (
            temporary_stack({"LINERNOTES_WORKERS": "derive=0,assemble=0"}) as settings,
            open_context(settings, FUNCTIONS) as context,
        ):
            first_load(context, source, only_store="table", bulk="yes")
            forget_what_is_planned(context, ["release-links"])
            with effort(settings) as spent:
                batches = derive_all(context)
            Work(batches, "batches made")
            work = Work(releases, "releases read")
            yield Result("release links, all documents", work.rate(spent.wall), "releases/s")
            minutes = work.each(spent.wall) * _RELEASES_IN_ALL / 60
            yield Result("release links, 19.4 million releases", minutes, "min", assumes="as long a release as here")
            yield Result("release links, all documents, CPU", work.each(spent.total, 1e6), "µs a release")
            for process, seconds in spent.largest():
                yield Result(f"release links, all documents, CPU of {process}", work.each(seconds, 1e6), "µs a release")
            yield from _sizes(context, releases)
            forget_what_is_planned(context, ["release-facts", "search"])
            derive_all(context)  # what the answers join
            _make_hub(context)
            cold = Cold(context) if Cold.is_possible() else None
            for name, questions in _classes(context):
                yield from asked(name, questions, cold)


def _sizes(context: Context, releases: int) -> Iterator[Result]:
    with context.connection() as connection:
        rows, *sizes, counts = connection.execute(_sql.sizes).fetchone() or (0, 0, 0, 0)
    work = Work(releases, "releases read")
    yield Result("links of a release", work.each(rows), "rows")
    for name, size in zip(("rows", "indexes"), sizes, strict=True):
        yield Result(f"disk of release links, {name}", work.each(size), "bytes a release")
    yield Result("disk of what is counted beforehand", counts / 1e6, "MB")
    assumes = f"as many links a release as here ({work.each(rows):.2f})"
    total = work.each(sum(sizes)) * _RELEASES_IN_ALL / 1e9
    yield Result("disk of release links, 19.4 million releases", total, "GB", assumes=assumes)


def _make_hub(context: Context) -> None:
    """Somebody whom every release names: what no generated artist comes near."""
    with context.connection() as connection:
        for statement in (_sql.hub, _sql.hub_moved, _sql.hub_artist):
            connection.execute(statement, {"id": _HUB})
    assemble(context, building=False)
    with context.connection() as connection:
        connection.execute("ANALYZE release_links")


def _classes(context: Context) -> Iterator[tuple[str, Sequence[Question]]]:
    """Questions of each class, drawn from what is stored."""
    with context.connection() as connection:
        people = [number for (number,) in connection.execute(_sql.people, {"limit": _QUESTIONS})]
        hubs = [number for (number,) in connection.execute(_sql.hubs, {"limit": 10})]
        records = [number for (number,) in connection.execute(_sql.records, {"limit": _QUESTIONS})]
        pairs = connection.execute(_sql.pairs, {"limit": _QUESTIONS}).fetchall()
        roles = [role for (role,) in connection.execute(_sql.roles, {"limit": _QUESTIONS})]

    def credits_of(**values: Any) -> Question:
        return lambda: ask(context, Asked(**values))

    yield "credits on a record", [credits_of(on=f"release/{one}") for one in records]
    yield "bass on a record", [credits_of(on=f"release/{one}", role="bass") for one in records]
    yield "records of a person", [credits_of(by=str(one)) for one in people]
    yield "records mastered by a person", [credits_of(by=str(one), role="mastering") for one in people]
    yield "two people", [credits_of(by=str(one), together_with=str(other)) for one, other in pairs]
    yield (
        "two hubs",
        [credits_of(by=str(one), together_with=str(other)) for one in hubs for other in hubs if one != other],
    )
    yield "somebody on every release", [credits_of(by=str(_HUB)) for _ in records]
    yield "mastered by somebody on every release", [credits_of(by=str(_HUB), role="mastering") for _ in records]
    yield (
        "somebody on every release, and a person",
        [credits_of(by=str(_HUB), together_with=str(one)) for one in people],
    )
    yield "who has a role most", [credits_of(role=one) for one in roles]
    yield "who has a role most, in ten years", [credits_of(role=one, years=(1990, 1999)) for one in roles]
    yield "a role that nobody has", [credits_of(role=f"{one[:-2]}xx") for one in roles]
    yield "an artist's page", [partial(artist_figures, context, one) for one in people]
    yield (
        "an artist's page, the most connected",
        [partial(artist_figures, context, one) for one in hubs for _ in range(10)],
    )
    yield "an artist's page, somebody on every release", [partial(artist_figures, context, _HUB) for _ in records]


def artist_figures(context: Context, artist: int) -> object:
    """What the page of an artist shows beside the record itself."""
    with context.statements() as connection:
        figures = summary(connection, artist)
        kind: Kind = figures.styles_of
        listed = discography(connection, artist, kind, Wanted())
        return figures, listed, played_with(connection, artist), categories_of_artist(connection, artist)
