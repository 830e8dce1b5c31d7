"""What is run under crashes: where the stores stand before it, and what is begun one after the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from functions.derivations.plan import forget_derivations, plan_derivations
from functions.extract.download.source import find_dump
from functions.registry import FUNCTIONS
from functions.runs.begin import LoadOptions, begin_load, begin_rebuild, begin_retry
from functions.runs.load_strategy import Bulk
from functions.runtime.messages import Message
from functions.runtime.stores.context import Context
from tests.faults.crashes.life import Begin
from tests.integration.pipeline import APRIL, JUNE, MAY


@dataclass(frozen=True)
class Story:
    """Runs on top of stores that hold `before`; afterwards they hold `dump`."""

    name: str
    before: tuple[dt.date, ...]
    begins: Callable[[Path], tuple[Begin, ...]]
    dump: dt.date
    #: Its part of all scenarios.
    share: float
    #: Whether the graph is thrown away before.
    graph_lost: bool = False
    #: Whether the stores end as they began.
    keeps: bool = False


def load(source: Path, date: dt.date, bulk: Bulk = "auto") -> Begin:
    """Load one month."""

    def begin(context: Context) -> list[Message]:
        dump = find_dump(context.settings, str(source), date)
        return begin_load(context, dump, LoadOptions(bulk=bulk)).messages

    return begin


def _rebuild(bulk: Bulk) -> Begin:
    return lambda context: begin_rebuild(context, bulk).messages


def _retry(context: Context) -> list[Message]:
    return begin_retry(context).messages


def _derive(name: str) -> Begin:
    """As `linernotes rebuild NAME` does: built from all documents beside what is read, and swapped in."""

    def begin(context: Context) -> list[Message]:
        with context.connection() as connection:
            forget_derivations(connection, [name])
        return plan_derivations(context)

    return begin


def _derived(name: str) -> Story:
    return Story(f"derive-{name}", (APRIL, MAY), lambda _: (_derive(name),), MAY, 0.02, keeps=True)


_DERIVED = tuple(_derived(spec.name) for spec in FUNCTIONS.derivations)
#: What the derivations leave of the scenarios; each has crashes in the months of the others as well.
_LEFT = 1.0 - sum(story.share for story in _DERIVED)

STORIES = (
    Story("first", (), lambda source: (load(source, APRIL),), APRIL, 0.25 * _LEFT),
    Story("first-incremental", (), lambda source: (load(source, APRIL, "no"),), APRIL, 0.15 * _LEFT),
    Story("later", (APRIL, MAY), lambda source: (load(source, JUNE),), JUNE, 0.3 * _LEFT),
    Story("two", (APRIL,), lambda source: (load(source, MAY), load(source, JUNE)), JUNE, 0.1 * _LEFT),
    Story("graph-lost", (APRIL, MAY), lambda source: (load(source, JUNE),), JUNE, 0.05 * _LEFT, graph_lost=True),
    Story(
        "graph-lost-incremental",
        (APRIL, MAY),
        lambda source: (load(source, JUNE, "no"),),
        JUNE,
        0.05 * _LEFT,
        graph_lost=True,
    ),
    Story("rebuild", (APRIL,), lambda _: (_rebuild("auto"),), APRIL, 0.03 * _LEFT),
    Story("rebuild-incremental", (APRIL,), lambda _: (_rebuild("no"),), APRIL, 0.03 * _LEFT),
    Story("retry", (APRIL,), lambda _: (_retry,), APRIL, 0.04 * _LEFT),
    *_DERIVED,
)
