"""What is run under crashes: where the stores stand before it, and what is begun one after the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from functions.control.begin import LoadOptions, begin_load, begin_rebuild, begin_retry
from functions.extract.source import find_dump
from functions.runtime.context import Context
from functions.runtime.messages import Message
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


def load(source: Path, date: dt.date) -> Begin:
    """Load one month."""

    def begin(context: Context) -> list[Message]:
        return begin_load(context, find_dump(context.settings, str(source), date), LoadOptions()).messages

    return begin


def _rebuild(context: Context) -> list[Message]:
    return begin_rebuild(context).messages


def _retry(context: Context) -> list[Message]:
    return begin_retry(context).messages


STORIES = (
    Story("first", (), lambda source: (load(source, APRIL),), APRIL, 0.3),
    Story("later", (APRIL, MAY), lambda source: (load(source, JUNE),), JUNE, 0.35),
    Story("two", (APRIL,), lambda source: (load(source, MAY), load(source, JUNE)), JUNE, 0.15),
    Story("graph-lost", (APRIL, MAY), lambda source: (load(source, JUNE),), JUNE, 0.1, graph_lost=True),
    Story("rebuild", (APRIL,), lambda _: (_rebuild,), APRIL, 0.05),
    Story("retry", (APRIL,), lambda _: (_retry,), APRIL, 0.05),
)
