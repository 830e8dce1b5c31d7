"""What the supervisor does with workers, among the events of the ledger; kept while PostgreSQL is away."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any, Final, NamedTuple

import psycopg

from functions.runtime.errors import SettingError
from functions.runtime.ledger.store import add_past_event
from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo
from infra.stack.scaling import Decision

#: Ends of a process that are all noted; of later ones one of so many.
_ALL: Final = 5
_EVERY: Final = 20

#: Events kept while PostgreSQL is away, the newest; `logs/supervisor.log` has all.
_MOST_KEPT: Final = 1_000
#: Seconds between two tries to write them.
_AGAIN_S: Final = 5.0


def is_noted(restarts: int) -> bool:
    """Whether an end of a process is worth an event: one that never comes up ends again and again."""
    return restarts <= _ALL or restarts % _EVERY == 0


class _Kept(NamedTuple):
    number: int
    at: float
    kind: str
    detail: dict[str, Any]


class ScalingEvents:
    """Takes what happens at once, and writes it in its order, each with the moment at which it happened.

    Nothing is written where there is no PostgreSQL, or where its address is none.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kept: deque[_Kept] = deque(maxlen=_MOST_KEPT)
        self._numbers = count()
        self._came = asyncio.Event()

    def started(self, fixed: Mapping[str, int]) -> None:
        """The stack has begun to keep workers, of some functions a number that was set by hand."""
        self._take("stack-started", fixed=dict(fixed))

    def ended(self, function: str, process: str, text: str, restarts: int) -> None:
        """A process has ended by itself, and is started again for so many times now."""
        self._take("process-ended", function=function, process=process, error=text, restarts=restarts)

    def scaled(self, before: Mapping[str, int], decisions: Mapping[str, Decision]) -> None:
        """Each of these functions has another number of workers from now on, or was asked for by hand."""
        for name, decision in decisions.items():
            detail = {"workers": decision.workers, "before": before[name], "reason": decision.reason}
            self._take("scaled", function=name, **detail)

    async def run(self) -> None:
        """Write what comes, until cancelled."""
        while True:
            await self._came.wait()
            self._came.clear()
            while not await self.write():  # noqa: ASYNC110 - it is asked, it does not call
                await asyncio.sleep(_AGAIN_S)

    async def write(self) -> bool:
        """Write all that is kept, once; whether nothing is left that could be written."""
        some = tuple(self._kept)
        if some and not await asyncio.to_thread(_written, self._settings, some):
            return False
        while self._kept and self._kept[0].number <= some[-1].number:  # more may have come meanwhile
            self._kept.popleft()
        return True

    def _take(self, kind: str, **detail: Any) -> None:
        self._kept.append(_Kept(next(self._numbers), time.monotonic(), kind, detail))
        self._came.set()


def _written(settings: Settings, some: Iterable[_Kept]) -> bool:
    """All of them in one transaction. False: PostgreSQL does not take them now."""
    if not settings.postgres_address:
        return True
    try:
        with psycopg.connect(postgres_conninfo(settings)) as connection:
            for one in some:
                add_past_event(connection, time.monotonic() - one.at, one.kind, None, one.detail)
    except SettingError:
        return True
    except psycopg.Error:
        return False
    return True
