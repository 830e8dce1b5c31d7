"""Runs tasks here or in processes of their own, and gives their outcomes in the order of the tasks."""

from __future__ import annotations

import gc
import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection
from typing import Protocol, TypeVar

from functions.runtime.errors import LinernotesError, PermanentError
from functions.runtime.settings import Settings
from infra.verify.stores import Stores
from infra.verify.tasks import Outcome, Task

T = TypeVar("T", bound=Task)


class Pool(Protocol):
    """Where tasks are run."""

    def run(self, tasks: Iterable[T]) -> Iterator[tuple[T, Outcome]]:
        """Each task and its outcome, in order; a LinernotesError of a task is raised here."""

    def close(self) -> None:
        """End what was started."""


class Here:
    """Runs each task in this process."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def run(self, tasks: Iterable[T]) -> Iterator[tuple[T, Outcome]]:
        for task in tasks:
            yield task, task.run(self._stores)

    def close(self) -> None:
        """Nothing was started; the stores belong to the caller."""


class Processes:
    """Runs one task at a time in each of some processes, each with connections of its own."""

    def __init__(self, settings: Settings, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._ends: list[Connection] = []
        self._processes = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(settings, theirs), name="linernotes verify", daemon=True)
            process.start()
            theirs.close()
            self._ends.append(ours)
            self._processes.append(process)

    def run(self, tasks: Iterable[T]) -> Iterator[tuple[T, Outcome]]:
        idle = list(self._ends)
        at_work: deque[tuple[T, Connection]] = deque()
        for task in tasks:
            if not idle:
                done, end = at_work.popleft()
                outcome = _received(end)
                idle.append(end)
                _send(end := idle.pop(), task)
                at_work.append((task, end))
                yield done, outcome
            else:
                _send(end := idle.pop(), task)
                at_work.append((task, end))
        while at_work:
            done, end = at_work.popleft()
            yield done, _received(end)

    def close(self) -> None:
        for end in self._ends:
            end.close()
        for process in self._processes:
            process.join(5)
            if process.is_alive():
                process.kill()
                process.join()


def _send(end: Connection, task: Task) -> None:
    try:
        end.send(task)
    except OSError as error:
        raise PermanentError("A process of the comparison has ended; its error is printed above.") from error


def _received(end: Connection) -> Outcome:
    try:
        answer: Outcome | LinernotesError = end.recv()
    except (EOFError, OSError) as error:
        raise PermanentError("A process of the comparison has ended; its error is printed above.") from error
    if isinstance(answer, LinernotesError):
        raise answer
    return answer


def _work(settings: Settings, end: Connection) -> None:
    """The life of such a process: it ends when the other end of the pipe closes.

    Documents have no cycles, and looking for some took a sixth of the time.
    """
    gc.set_threshold(200_000, 20, 100)
    try:
        with Stores(settings) as stores:
            while True:
                end.send(_outcome(end.recv(), stores))
    except (EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        return


def _outcome(task: Task, stores: Stores) -> Outcome | LinernotesError:
    try:
        return task.run(stores)
    except LinernotesError as error:
        return error
