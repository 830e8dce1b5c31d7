"""One thread that asks for all who wait: which generation is read, which answers are kept, who computes the others.

Those who ask while it is at it are asked for together the next time, so that a request costs a share of one statement
and one command. The generation is read after a request has come: nobody gets what a run, a derivation or the list of
suppressed records has made untrue before. What is being computed is computed once: others of this process wait for
it here, those of another gateway look for it until its lock is gone.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from queue import Empty, SimpleQueue
from typing import Any, Final, Literal, NamedTuple, Protocol

import psycopg
import structlog
from msgspec import Struct

from functions.discover.generations.read import Generation
from functions.runtime.errors import LinernotesError, StoreUnavailable

#: Seconds for which nobody asks a cache that did not answer in time.
PAUSE_S: Final = 5.0
#: Seconds that one waits for what another computes, before computing it as well.
WAIT_S: Final = 4.0
#: Seconds between two looks for what another gateway computes.
_LOOK_S: Final = 0.02
#: Seconds for which an answer holds while rows change within a generation.
MOVING_S: Final = 5.0
#: Bytes of the longest answer that is kept.
MOST_BYTES: Final = 1_000_000

State = Literal["hit", "miss", "off"]

log = structlog.get_logger(__name__)


class Claim(NamedTuple):
    """The promise of one who computes an answer: to be settled, whatever comes of it."""

    name: str
    seconds: float


class Found(NamedTuple):
    """What came of asking: the answer, or None, and with a claim where others wait for it."""

    state: State
    content: bytes | None = None
    claim: Claim | None = None


OFF: Final = Found("off")
_ALONE: Final = Found("miss")

Tell = Callable[[Found], None]


class Store(Protocol):
    """Has answers by name; see `AnswerStore`."""

    def find(self, names: Sequence[str]) -> list[bytes | None]:
        """What is kept under each name."""

    def lock(self, names: Sequence[str]) -> list[tuple[bool, bytes | None]]:
        """Which of these nobody else computes, and what has come to be kept meanwhile."""

    def settle(self, kept: Sequence[tuple[str, bytes, float]], dropped: Sequence[str]) -> None:
        """Keep answers, and give locks back."""


class _Asked(NamedTuple):
    what: bytes
    tell: Tell


class _Settled(NamedTuple):
    claim: Claim
    content: bytes | None


class _Flight(Struct):
    """An answer that is being computed: here, or by another gateway."""

    claim: Claim
    ours: bool
    until: float
    waiting: list[Tell]


class Keeper:
    """Usable from any thread. Whoever asks is told from the keeper's own.

    Args:
        store: where answers are kept.
        read_generation: what answers are made of now.
        seconds: for which an answer is kept.
    """

    def __init__(self, store: Store, read_generation: Callable[[], Generation], seconds: float) -> None:
        self._store = store
        self._read_generation = read_generation
        self._seconds = seconds
        self._messages: SimpleQueue[_Asked | _Settled | None] = SimpleQueue()
        self._flights: dict[str, _Flight] = {}
        self._away_until = 0.0
        self.counted: Counter[State] = Counter()
        #: Why nothing is kept now; None while all is well.
        self.trouble: str | None = None
        self._thread = threading.Thread(target=self._run, name="answers", daemon=True)
        self._thread.start()

    def ask(self, what: bytes, tell: Tell) -> None:
        """Look for an answer; `tell` is called from another thread, and the first call counts."""
        if self.is_away:
            self._tell(tell, OFF)
        else:
            self._messages.put(_Asked(what, tell))

    @property
    def is_away(self) -> bool:
        """Whether nobody is asked now, since a store did not answer a moment ago."""
        return time.monotonic() < self._away_until or not self._thread.is_alive()

    def settle(self, claim: Claim, content: bytes | None) -> None:
        """Hand in what was claimed; None where nothing came of it that others may have."""
        self._messages.put(_Settled(claim, content))

    def close(self) -> None:
        """End the thread; whoever still waits is told to compute."""
        self._messages.put(None)
        self._thread.join(PAUSE_S)

    def _run(self) -> None:
        while (messages := self._next()) is not None:
            asked = [one for one in messages if isinstance(one, _Asked)]
            try:
                self._settle([one for one in messages if isinstance(one, _Settled)])
                self._look_up(asked)
                self._look_after()
            except Exception as error:
                log.exception("answers are not kept", retry_in_s=PAUSE_S)
                self.trouble = f"The cache does not answer as it should ({type(error).__name__})."
                self._rest(asked)
                self._release_all()
        self._release_all()

    def _release_all(self) -> None:
        """Whoever waits computes."""
        flights, self._flights = self._flights, {}
        for flight in flights.values():
            self._release(flight, OFF)

    def _next(self) -> list[Any] | None:
        """All messages that are there, at least one unless it is time to look after those who wait; None at the end."""
        messages: list[Any] = []
        try:
            messages.append(self._messages.get(timeout=self._pause()))
            while True:
                messages.append(self._messages.get_nowait())
        except Empty:
            return None if None in messages else messages

    def _pause(self) -> float | None:
        if not self._flights:
            return None
        return WAIT_S / 4 if all(flight.ours for flight in self._flights.values()) else _LOOK_S

    def _look_up(self, asked: Sequence[_Asked]) -> None:
        if not asked:
            return
        try:
            generation = self._read_generation()
        except (LinernotesError, psycopg.Error):  # whoever reads will say so
            self._rest(asked)
            return
        names = [_name(generation, one.what) for one in asked]
        try:
            found = self._store.find(names)
        except StoreUnavailable as error:
            self._note_away(error)
            self._rest(asked)
            return
        self.trouble = None
        seconds = min(self._seconds, MOVING_S) if generation.moving else self._seconds
        self._answer(asked, names, found, seconds)

    def _rest(self, asked: Sequence[_Asked]) -> None:
        """Ask nobody for a while."""
        self._away_until = time.monotonic() + PAUSE_S
        for one in asked:
            self._tell(one.tell, OFF)

    def _answer(
        self, asked: Sequence[_Asked], names: Sequence[str], found: Sequence[bytes | None], seconds: float
    ) -> None:
        new: list[_Flight] = []
        for one, name, content in zip(asked, names, found, strict=True):
            if content is not None:
                self._tell(one.tell, Found("hit", content))
            elif flight := self._flights.get(name):
                flight.waiting.append(one.tell)
            else:
                flight = _Flight(Claim(name, seconds), False, time.monotonic() + WAIT_S, [one.tell])
                self._flights[name] = flight
                new.append(flight)
        self._begin(new)

    def _begin(self, flights: Sequence[_Flight]) -> None:
        """Have answers be computed here, where no other gateway is at it or has just been."""
        if not flights:
            return
        try:
            locked = self._store.lock([flight.claim.name for flight in flights])
        except StoreUnavailable as error:
            self._note_away(error)
            locked = [(True, None)] * len(flights)
        for flight, (ours, content) in zip(flights, locked, strict=True):
            if content is not None:
                self._messages.put(_Settled(flight.claim, content))
            elif ours:
                self._hand_out(flight)

    def _hand_out(self, flight: _Flight) -> None:
        """The first who waits computes it."""
        flight.ours, flight.until = True, time.monotonic() + WAIT_S
        if flight.waiting:
            self._tell(flight.waiting.pop(0), Found("miss", None, flight.claim))
        else:
            del self._flights[flight.claim.name]

    def _settle(self, settled: Sequence[_Settled]) -> None:
        if not settled:
            return
        kept = [(one.claim.name, one.content, one.claim.seconds) for one in settled if _fits(one.content)]
        for one in settled:
            if flight := self._flights.pop(one.claim.name, None):
                self._release(flight, _ALONE if one.content is None else Found("hit", one.content))
        try:
            dropped = [one.claim.name for one in settled if not _fits(one.content)]
            self._store.settle([(name, content or b"", seconds) for name, content, seconds in kept], dropped)
        except StoreUnavailable as error:
            self._note_away(error)

    def _look_after(self) -> None:
        """Look for what others compute, and let nobody wait for long."""
        now = time.monotonic()
        for flight in list(self._flights.values()):
            if flight.ours and now >= flight.until:
                del self._flights[flight.claim.name]
                self._release(flight, _ALONE)
        foreign = [flight for flight in self._flights.values() if not flight.ours]
        if not foreign:
            return
        try:
            found = self._store.find([flight.claim.name for flight in foreign])
        except StoreUnavailable as error:
            self._note_away(error)
            found = [None] * len(foreign)
        for flight, content in zip(foreign, found, strict=True):
            if content is not None:
                del self._flights[flight.claim.name]
                self._release(flight, Found("hit", content))
            elif now >= flight.until or self.trouble:
                self._hand_out(flight)
        self._begin([flight for flight in foreign if flight.claim.name in self._flights and not flight.ours])

    def _release(self, flight: _Flight, found: Found) -> None:
        waiting, flight.waiting = flight.waiting, []
        for tell in waiting:
            self._tell(tell, found)

    def _tell(self, tell: Tell, found: Found) -> None:
        self.counted[found.state] += 1
        tell(found)

    def _note_away(self, error: Exception) -> None:
        if self.trouble is None:
            log.warning("answers are not kept", reason=str(error), retry_in_s=PAUSE_S)
        self.trouble = str(error)
        self._away_until = time.monotonic() + PAUSE_S


def digest_of(pieces: Iterable[bytes]) -> bytes:
    """A short name for whatever these pieces say together; others never have the same."""
    hashed = blake2b(digest_size=20)
    for piece in pieces:
        hashed.update(b"%d:%s" % (len(piece), piece))
    return hashed.digest()


def _fits(content: bytes | None) -> bool:
    return content is not None and len(content) <= MOST_BYTES


def _name(generation: Generation, what: bytes) -> str:
    return blake2b(b"%s\0%s" % (generation.name.encode(), what), digest_size=20).hexdigest()
