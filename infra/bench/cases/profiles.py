"""`linernotes bench profiles`: counting what genres, styles and large labels are told by, and reading it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from functions.discover.profiles.names import Name, slug_of
from functions.discover.profiles.read import read_profile
from functions.discover.start.read import places_to_start
from functions.profiles.assemble import assemble
from functions.registry import FUNCTIONS
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.query_files import statements
from infra.bench.harness.cpu_time import effort
from infra.bench.harness.figures import Work
from infra.bench.harness.result import Result
from infra.bench.harness.stack import temporary_stack

_sql = statements(__file__, "profiles.sql")

_RELEASES_IN_ALL: Final = 19_400_000
_ASKED: Final = 60


def bench_profiles(releases: int) -> Iterator[Result]:
    """Make facts of releases, count profiles of them, and read some.

    Args:
        releases: how many; the names among them are as skewed as those of the dumps.
    """
    with temporary_stack({}) as settings, open_context(settings, FUNCTIONS) as context:
        _fill(context, releases)
        with effort(settings) as spent:
            assemble(context, building=False)
        work = Work(releases, "releases counted")
        yield Result("profiles, all releases", spent.wall, "s")
        yield Result("profiles, all releases, CPU of postgres", work.each(spent.cpu["postgres"], 1e6), "µs a release")
        assumes = "that the time grows as the releases do"
        yield Result("profiles, 19.4 million releases", work.each(spent.wall) * _RELEASES_IN_ALL, "s", assumes=assumes)
        with context.connection() as connection:
            rows, size = connection.execute(_sql.sizes).fetchone() or (0, 0)
        yield Result("rows of profiles", rows, "rows")
        yield Result("disk of profiles", size / 1e6, "MB")
        names = [*(("genre", f"Genre {n % 15}") for n in range(_ASKED)), *(("style", f"Style {n}") for n in range(600))]
        yield from _asked("a genre or style", [_reading(context, *names[n * 11]) for n in range(_ASKED)])
        yield from _asked("places to start", [lambda: places_to_start(context, 2025)] * 10)


def _fill(context: Context, releases: int) -> None:
    with context.connection() as connection:
        connection.execute(_sql.seed)
        connection.execute(_sql.facts, {"releases": releases})
        connection.execute(_sql.degrees)
        connection.execute(_sql.analyze)
        connection.execute(
            "INSERT INTO derivations (name, caught_up_at) VALUES ('profiles', now()) ON CONFLICT DO NOTHING"
        )


def _reading(context: Context, kind: Any, name: str) -> Callable[[], Any]:
    return lambda: read_profile(context, kind, Name(name, slug_of(name), 1, 0))


def _asked(name: str, questions: list[Callable[[], Any]]) -> Iterator[Result]:
    times = []
    for ask in questions:
        begun = time.perf_counter()
        ask()
        times.append((time.perf_counter() - begun) * 1e3)
    times.sort()
    yield Result(f"{name}, median", times[len(times) // 2], "ms")
    yield Result(f"{name}, p95", times[int(0.95 * len(times))], "ms")
