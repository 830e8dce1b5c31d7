"""Questions asked while months are loaded beside them: how many times as long each kind takes as alone."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from functions.runtime.stores.context import Context
from infra.bench.cases.pipeline import load
from infra.bench.harness.figures import Work, ratio
from infra.bench.harness.generate import next_month
from infra.bench.harness.result import Result

#: The months, and of each the share of records that are edited; half as many are new.
_MONTHS: Final = ("20261101", "20261201", "20270101", "20270201")
_CHANGED: Final = 0.1
#: Questions of each kind that are asked alone.
_ALONE: Final = 60
#: Questions of each kind of which there are to be so many at least beside the loads.
_FEWEST: Final = 10

#: Milliseconds that are meant for 95 of 100 answers of a kind; while months are loaded, twice as many.
_MEANT_MS: Final = {"autocomplete": 20.0, "search": 60.0, "facets": 120.0}

#: What asks, and what is asked, by the name of the kind.
Kinds = Mapping[str, tuple[Callable[[str], object], Sequence[str]]]


def months_after(first: Path) -> list[Path]:
    """The months that follow the one in a folder, each in a folder of its own beside it."""
    found = [first]
    for dump in _MONTHS:
        next_month(found[-1], first.with_name(dump), _CHANGED, dump)
        found.append(first.with_name(dump))
    return found[1:]


def answers_beside_loads(context: Context, months: Sequence[Path], kinds: Kinds) -> Iterator[Result]:
    """Ask questions of each kind in turn, alone and until all months are in both stores: the p95 of each kind."""
    alone = _asked(kinds, lambda rounds: rounds >= _ALONE)
    with ThreadPoolExecutor(1, "loading") as threads:
        loading = threads.submit(_load_all, context, months)
        beside = _asked(kinds, lambda _: loading.done())
        loading.result()
    for name, times in beside.items():
        Work(len(times), f"questions of {name} beside the loads", wanted=_FEWEST)
        once, meanwhile = _p95(alone[name]), _p95(times)
        yield Result(f"{name}, alone, p95", once * 1e3, "ms")
        yield Result(
            f"{name}, while months are loaded, p95", meanwhile * 1e3, "ms", "alone", ratio(meanwhile, once, name)
        )
        meant = 2 * _MEANT_MS[name.partition(",")[0]]
        yield Result(
            f"{name}, while months are loaded, p95 of the {meant:g} ms that are meant", meanwhile * 1e5 / meant, "%"
        )


def _load_all(context: Context, months: Sequence[Path]) -> None:
    for month in months:
        Work(load(context, month).written.rows, f"rows of {month.name}")


def _asked(kinds: Kinds, is_enough: Callable[[int], bool]) -> dict[str, list[float]]:
    """Seconds of each answer: a question of each kind, then the next one of each."""
    times: dict[str, list[float]] = {name: [] for name in kinds}
    rounds = 0
    while not is_enough(rounds):
        for name, (ask, questions) in kinds.items():
            begun = time.perf_counter()
            ask(questions[rounds % len(questions)])
            times[name].append(time.perf_counter() - begun)
        rounds += 1
    return times


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=100)[94]
