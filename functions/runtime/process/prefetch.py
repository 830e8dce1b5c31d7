"""Working ahead: what comes next is made in a thread of its own while the last is still in use."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_POLL_INTERVAL_S = 0.2


def ahead(items: Iterable[T], depth: int = 2) -> Generator[T]:
    """The items, each made while the one before is in use; at most `depth` of them wait.

    An error of theirs is raised here. When the consumer stops early, so does the thread, and the iterable is closed.
    """
    line: _Line[T] = _Line(items, depth)
    thread = threading.Thread(target=line.fill, name="ahead", daemon=True)
    thread.start()
    try:
        yield from line.drain()
    finally:
        line.stopped.set()
        thread.join()


class _Line(Generic[T]):
    """Items that wait; the last one in it is an error, or nothing for the end."""

    def __init__(self, items: Iterable[T], depth: int) -> None:
        self._items = items
        self._waiting: Queue[tuple[T] | BaseException | None] = Queue(depth)
        self.stopped = threading.Event()

    def fill(self) -> None:
        try:
            for item in self._items:
                if not self._put((item,)):
                    return
            self._put(None)
        except BaseException as error:  # noqa: BLE001 - raised in the thread of the consumer
            self._put(error)
        finally:
            self._close()

    def drain(self) -> Iterator[T]:
        while True:
            try:
                found = self._waiting.get(timeout=_POLL_INTERVAL_S)
            except Empty:
                continue
            if found is None:
                return
            if isinstance(found, BaseException):
                raise found
            yield found[0]

    def _put(self, what: tuple[T] | BaseException | None) -> bool:
        while not self.stopped.is_set():
            with suppress(Full):
                self._waiting.put(what, timeout=_POLL_INTERVAL_S)
                return True
        return False

    def _close(self) -> None:
        close: Any = getattr(self._items, "close", None)
        if close:
            close()
