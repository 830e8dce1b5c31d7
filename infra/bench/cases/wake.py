"""`linernotes bench wake`: how soon functions that sleep are at work, and what that costs a month."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from functions.extract.download.source import find_dump
from functions.extract.parse.choose_engine import resolve_engine
from functions.registry import FUNCTIONS
from functions.runs.begin import LoadOptions, begin_load
from functions.runtime.errors import StoreUnavailable
from functions.runtime.ledger.models import ACTIVE
from functions.runtime.ledger.store import files_of, run_of
from functions.runtime.messaging.sender import send_all
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context
from infra.bench.cases.pipeline import first_load
from infra.bench.harness.figures import ratio
from infra.bench.harness.generate import first_month
from infra.bench.harness.result import Result, note
from infra.bench.harness.stack import temporary_stack
from infra.stack.stack_client import scale, stack_status

#: Seconds without a message after which functions sleep, so that the benchmark need not wait for long.
_DELAY_S: Final = 3
_ROUNDS: Final = 5
_LIMIT_S: Final = 120.0
#: Until all that follows a first load is made, and nobody is needed any more: at least, and for a release.
_SETTLED_S: Final = 1_800.0
_SETTLED_EACH_S: Final = 0.01


def bench_wake(releases: int) -> Iterator[Result]:
    """Time the first message after a sleep, and an unchanged month with functions asleep and awake, in turn.

    Args:
        releases: of the month; its time is to be what a user waits for.
    """
    environment = {"CONSUMER_CANCEL_DELAY": str(_DELAY_S)}
    with (
        tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder,
        temporary_stack(environment, autoscaled=True) as settings,
        open_context(settings, FUNCTIONS) as context,
    ):
        first_month(Path(folder), releases)
        note("loading the first month")
        first_load(context, Path(folder))
        firsts, cold, awake = [], [], []
        for turn in range(_ROUNDS):
            note(f"turn {turn + 1} of {_ROUNDS}")
            _until(lambda: not any(_workers(settings).values()), _SETTLED_S + releases * _SETTLED_EACH_S)
            handled, whole = _timed(context, Path(folder))
            firsts.append(handled)
            cold.append(whole)
            awake.append(_awake(context, settings, Path(folder)))
    yield Result("wake, first message handled after a sleep", statistics.median(firsts), "s")
    yield Result("wake, first message handled after a sleep, longest", max(firsts), "s")
    month, longer = statistics.median(awake), statistics.median(cold)
    yield Result("wake, unchanged month, functions awake", month, "s")
    slower = ratio(longer, month, "months")
    yield Result("wake, unchanged month, functions asleep", longer, "s", "functions awake", slower)


def _awake(context: Context, settings: Settings, source: Path) -> float:
    """The seconds of a month whose workers are there when it begins."""
    for spec in FUNCTIONS:
        scale(Path(settings.home), spec.name, spec.scaling.least)
    _until(lambda: all(_workers(settings).values()))
    time.sleep(_DELAY_S)  # until all of them listen
    try:
        return _timed(context, source)[1]
    finally:
        for spec in FUNCTIONS:
            scale(Path(settings.home), spec.name, None)


def _timed(context: Context, source: Path) -> tuple[float, float]:
    """Seconds from the first message that is sent to the first that was handled, and to the end of the run."""
    found = find_dump(context.settings, str(source))
    begun = begin_load(context, found, LoadOptions(engine=resolve_engine("auto")))
    started = time.perf_counter()
    send_all(context.settings, begun.messages)

    def states() -> set[str]:
        with context.connection() as connection:
            return {file.state for file in files_of(connection, begun.run.id)}

    def ended() -> bool:
        with context.connection() as connection:
            return run_of(connection, begun.run.id).state not in ACTIVE

    _until(lambda: states() != {"listed"})
    handled = time.perf_counter() - started
    _until(ended)
    return handled, time.perf_counter() - started


def _workers(settings: Settings) -> dict[str, int]:
    targets = stack_status(Path(settings.home), memory=False).targets
    return {name: targets.get(name, 0) for name in FUNCTIONS.names}


def _until(condition: Callable[[], bool], limit: float = _LIMIT_S) -> None:
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise StoreUnavailable(f"The benchmark waited {limit:g} s for what did not come.")
        time.sleep(0.05)
