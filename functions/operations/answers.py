"""What does not answer now. Each is asked beside, for a moment at most, and no more often than every few seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Final

import psycopg
import structlog

from functions.metrics_history.reach import redis_info
from functions.runtime.errors import LinernotesError, StoreFailed
from functions.runtime.messaging.redis import connect
from functions.runtime.stores.context import Context, ping_bucket, ping_graph
from functions.runtime.telemetry.logs import redact, secrets_of

#: Seconds that an answer is waited for; the first time, since drivers are imported then; and for which it holds.
_LIMIT_S: Final = 3.0
_FIRST_LIMIT_S: Final = 15.0
_HOLDS_S: Final = 5.0
#: The same for the cache, for which nobody waits for long.
_CACHE_LIMIT_S: Final = 0.5
#: Seconds in which what did not answer is not asked again by a read of ours.
_AWAY_S: Final = 3.0

log = structlog.get_logger(__name__)

NOT_SET_UP: Final = "The stores have not been set up yet: `linernotes up` does it."


class Answers:
    """What of an installation answers, gathered while it is read.

    Attributes:
        down: what does not, by name, with its sentence; without passwords.
        slower: the same of what nobody waits for, the cache: while it is away, all is there.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.down: dict[str, str] = {}
        self.slower: dict[str, str] = {}

    @contextmanager
    def reading(self, name: str) -> Iterator[bool]:
        """Read from a store; yields False when it did not answer a moment ago. What it raises is noted in `down`."""
        kept = self._context.memory.get(f"away {name}", _AWAY_S)
        if kept is not None:
            self.down[name] = kept[0]
            yield False
            return
        try:
            yield True
        except StoreFailed as error:  # it answers, and whatever it says is of the question
            log.warning("store failed", store=name, error=redact(str(error), secrets_of(self._context.settings)))
            self._note(name, error.told)
        except LinernotesError as error:
            self._note(name, str(error))
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
            self._note(name, NOT_SET_UP)

    def ask(self) -> None:
        """Ask the graph, the bucket and the cache."""
        first = self._context.memory.get("asking graph", float("inf")) is None
        limit = _FIRST_LIMIT_S if first else _LIMIT_S
        self._ask("graph", ping_graph, limit, self.down)
        self._ask("bucket", ping_bucket, limit, self.down)
        self._ask("cache", _ping_cache, _CACHE_LIMIT_S, self.slower)

    def _ask(self, name: str, ping: Callable[[Context], None], limit: float, noted: dict[str, str]) -> None:
        beside = partial(self._beside, name, ping, limit)
        if said := self._context.memory.recall(f"answer {name}", _HOLDS_S, beside):
            noted[name] = said

    def _note(self, name: str, sentence: str) -> None:
        said = str(redact(sentence, secrets_of(self._context.settings)))
        self._context.memory.keep(f"away {name}", said)
        self.down[name] = said

    def _beside(self, name: str, ping: Callable[[Context], None], limit: float) -> str:
        """What is wrong, or nothing; one question at a time, which a store that hangs keeps waiting."""
        memory, said = self._context.memory, []
        before = memory.get(f"asking {name}", float("inf"))
        if before is None or not before[0].is_alive():
            asking = threading.Thread(target=lambda: said.append(self._says(ping)), name=f"ask {name}", daemon=True)
            memory.keep(f"asking {name}", asking)
            asking.start()
            asking.join(limit)
        return said[0] if said else f"The {name} did not answer in {limit:g} s."

    def _says(self, ping: Callable[[Context], None]) -> str:
        try:
            ping(self._context)
        except LinernotesError as error:
            return str(redact(str(error), secrets_of(self._context.settings)))
        return ""


def _ping_cache(context: Context) -> None:
    """Ask the cache, if there is one.

    Raises:
        StoreUnavailable: it does not answer.
    """
    if context.settings.cache_url:
        with closing(connect(context.settings, context.settings.cache_url)) as client:
            redis_info(client, "The cache")
