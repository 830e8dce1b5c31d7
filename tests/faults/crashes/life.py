"""A run in one process that may end at any boundary, and goes on in another life."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from functions.registry import FUNCTIONS
from functions.runs.run_commands import resume, sweep
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.store import active_run
from functions.runtime.messages import Message, encode
from functions.runtime.messaging.invoke import invoke
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context, reach_graph, wait_for
from tests.faults.crashes.counted import counted_context
from tests.faults.crashes.losses import Disk
from tests.faults.crashes.points import Crash, Points

#: Begins a run and returns what is to be sent first.
Begin = Callable[[Context], list[Message]]

_MOST_RESUMES = 5
_WAIT_S = 240.0


@dataclass
class Queue:
    """A broker: it loses nothing that was sent, and gives again what was not acknowledged.

    Without a seed it delivers in the order of sending, and what a dead process held last; else as the dice fall.
    """

    points: Points
    seed: int | None
    messages: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)

    def send(self, message: Message) -> None:
        """Put a message at the end."""
        with self.points.around(f"send {message}"):
            self.messages.append(message)

    def work(self, context: Context) -> None:
        """Deliver until none is left."""
        while self.messages:
            place = 0 if self.seed is None else self._dice.randrange(len(self.messages))
            message = self.messages.pop(place)
            self.messages.append(message)  # it stays until it is acknowledged
            definition = FUNCTIONS.spec_of(message)
            held = len(self.messages) - 1
            invoke(definition, context, encode(message), self.send)
            with self.points.around(f"acknowledgement of {message}"):
                del self.messages[held]


def run_to_the_end(
    settings: Settings,
    begins: Iterable[Begin],
    crash_at: Iterable[int] = (),
    seed: int | None = None,
    disk: Disk | None = None,
) -> Points:
    """Run one after the other to the end, with as many lives as it takes; returns the boundaries that were passed.

    Args:
        crash_at: the numbers of the boundaries where a life ends, counted over all lives.
        seed: of the order of delivery; an odd one finds what was never sent by the sweep, not by `resume`.
        disk: loses what was not synced wherever a life ends.
    """
    points = Points(frozenset(crash_at))
    for begin in begins:
        with disk.watched() if disk else nullcontext():
            _run_one(settings, begin, Queue(points, seed), disk)
    return points


def _run_one(settings: Settings, begin: Begin, queue: Queue, disk: Disk | None) -> None:
    begun = ended = False
    while not ended:
        queue.points.revive()
        _reach_graph(settings)
        try:
            with counted_context(settings, queue.points) as context:
                if not begun:
                    _begin(context, begin, queue)
                    begun = True
                queue.work(context)
                _go_on(context, queue)
            ended = True
        except Crash:
            pass
        except Exception:
            if not queue.points.dead:  # else a thread of the process that has ended, whose connection broke off
                raise
        if disk and not ended:
            disk.lose_power(Path(settings.bucket_url))


def _reach_graph(settings: Settings) -> None:
    """As every process does at its start: the one before may have ended between dropping a database and making it."""
    with open_context(settings, FUNCTIONS) as context:
        wait_for("graph", lambda: reach_graph(context), time.monotonic() + _WAIT_S)


def _begin(context: Context, begin: Begin, queue: Queue) -> None:
    """Whoever's command broke off repeats it; if the run was begun all the same, the rest is for `resume`."""
    try:
        messages = begin(context)
    except RefusedError:
        with context.connection() as connection:
            if active_run(connection) is None:
                raise
        return
    for message in messages:
        queue.send(message)


def _go_on(context: Context, queue: Queue) -> None:
    for _ in range(_MOST_RESUMES):
        with context.connection() as connection:
            is_over = active_run(connection) is None
        by_sweep = is_over or (queue.seed is not None and queue.seed % 2)
        messages = sweep(context) if by_sweep else resume(context)[1]
        if is_over and not messages:
            return
        for message in messages:
            queue.send(message)
        queue.work(context)
    raise AssertionError(f"The run did not end after {_MOST_RESUMES} times of sending again what was due.")
