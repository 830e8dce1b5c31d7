"""One look for everybody who watches: what has changed is encoded once, and a slow reader gets the latest state.

Nothing is read while nobody watches. Each field of what is read has the number of the look that changed it last; who
has seen everything up to a number gets the fields above it. So there is nothing to keep for anybody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

import structlog

from functions.runtime.errors import LinernotesError

#: What is read for a form: the encoded JSON value of each field.
Fields = Mapping[str, bytes]
Read = Callable[[str], Fields]

#: Least seconds between two frames: for few who watch, and above so many of them.
LEAST_S: Final = 0.25
MANY: Final = 100
LEAST_OF_MANY_S: Final = 1.0
#: Seconds between two looks where no event comes.
POLL_S: Final = 1.0
#: Seconds after which a frame says that nothing has changed, with the next look: what is shown is as old as the last
#: frame, and who hears none for long shows that it is stale.
QUIET_S: Final = 1.5

log = structlog.get_logger(__name__)


class _Form:
    """What those see who asked for one form; `is_read` is false once it has failed in a way that nobody expects."""

    def __init__(self) -> None:
        self.watchers = 0
        self.number = 0
        self.is_read = True
        self.sent_at = float("-inf")
        self._values: dict[str, bytes] = {}
        self._changed_in: dict[str, int] = {}
        self._frames: dict[int, str] = {}
        self._news = asyncio.Event()

    def look(self, fields: Fields) -> None:
        """Take what was read; tell who waits if something has changed, or nothing has been told for long."""
        changed = [name for name, value in fields.items() if self._values.get(name) != value]
        if not changed and time.monotonic() - self.sent_at < QUIET_S:
            return
        self.number += 1
        self._values = dict(fields)
        self._changed_in.update(dict.fromkeys(changed, self.number))
        self._frames = {}
        self.sent_at = time.monotonic()
        self.wake()

    def wake(self) -> None:
        """Let all who wait look again."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def wait(self) -> None:
        """Until there is something new, or the end."""
        await self._news.wait()

    def frame(self, seen: int) -> str:
        """What is new since a number; everything for 0. Made once for all who have seen the same."""
        made = self._frames.get(seen)
        if made is None:
            names = [name for name in self._values if self._changed_in[name] > seen]
            body = b",".join(b'"%s":%s' % (name.encode(), self._values[name]) for name in names)
            kind = b"set" if seen else b"snapshot"
            made = (b'{"%s":{%s},"seq":%d,"at":%.3f}' % (kind, body, self.number, time.time())).decode()
            self._frames[seen] = made
        return made


class Hub:
    """Looks while somebody watches, and tells them.

    Args:
        read: reads the fields of a form; it may block, and is called in a thread.
    """

    def __init__(self, read: Read) -> None:
        self._read = read
        self._forms: dict[str, _Form] = {}
        self._poked = asyncio.Event()
        self.closed = False

    @property
    def watchers(self) -> int:
        """How many watch."""
        return sum(form.watchers for form in self._forms.values())

    def poke(self) -> None:
        """Something has happened: look soon."""
        self._poked.set()

    def close(self) -> None:
        """End `run`, and the frames of everybody."""
        self.closed = True
        self.poke()
        for form in self._forms.values():
            form.wake()

    async def run(self) -> None:
        """Look until closed, whatever a look comes to."""
        while not self.closed:
            begun = time.monotonic()
            for name, form in list(self._forms.items()):
                if form.watchers:
                    await self._look(name, form)
            await self._rest(begun)

    async def frames(self, form_name: str) -> AsyncIterator[str]:
        """The frames of one who watches: all of it first, then what changes; ends when the hub is closed."""
        with self._watching(form_name) as form:
            seen = 0
            while not self.closed:
                if form.number > seen:
                    text, seen = form.frame(seen), form.number
                    yield text
                else:
                    await form.wait()

    async def _look(self, name: str, form: _Form) -> None:
        try:
            form.look(await asyncio.to_thread(self._read, name))
            form.is_read = True
        except LinernotesError as error:
            log.debug("nothing to show", error=str(error))
        except Exception:
            if form.is_read:
                log.exception("what is watched cannot be read")
            form.is_read = False

    async def _rest(self, begun: float) -> None:
        """The least pause, then until something happens or it is time."""
        least = LEAST_S if self.watchers <= MANY else LEAST_OF_MANY_S
        await asyncio.sleep(max(0.0, begun + least - time.monotonic()))
        if not self.closed:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._poked.wait(), POLL_S - least if self.watchers else None)
        self._poked.clear()

    @contextmanager
    def _watching(self, name: str) -> Iterator[_Form]:
        form = self._forms.setdefault(name, _Form())
        form.watchers += 1
        self.poke()
        try:
            yield form
        finally:
            form.watchers -= 1
            if not form.watchers:
                self._forms.pop(name, None)
