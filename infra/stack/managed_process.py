"""Keep one process running: start it, note when it is ready, start it again whenever it ends, until told to stop."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from functions.runtime.backoff import backoff
from functions.runtime.errors import LinernotesError, RefusedError
from functions.runtime.supervised_process import NOTIFY
from infra.stack.logs import Event, last_line
from infra.stack.orphan_processes import Started, started
from infra.stack.process import Process, ended, spawn
from infra.stack.server import Command
from infra.stack.start_turns import StartTurns, Turn

State = Literal["starting", "ready", "waiting", "stopping", "stopped"]

FIRST_BACKOFF, LONGEST_BACKOFF = 0.2, 10.0
#: Seconds that a process may take to end on a full disk, where it may wait for what cannot be written.
HURRIED_GRACE = 10.0
_LAST_WAIT = 10.0
#: Characters of what a server said last.
_SAID = 200
#: A process that lived this long, in seconds, starts again at once.
LONG_LIFE = 10.0


def next_ends(before: int, lived: float) -> int:
    """How often in a row a process has ended, this time included; a long life begins anew.

    Args:
        lived: seconds from its start to its end.
    """
    return 1 if lived >= LONG_LIFE else before + 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What a keeper must know of its process."""

    name: str
    kind: Literal["server", "child"]
    log: Path
    command: Callable[[], Command]
    prepare: Callable[[], None]
    ready: Callable[[], Awaitable[bool]]
    stop_signal: signal.Signals
    grace: float
    #: The same while it was not ready yet; None: as long.
    start_grace: float | None = None
    #: Why it cannot be started for want of disk; empty where there is room.
    shortage: Callable[[], str] = lambda: ""
    #: Starts the command, with its log and the descriptors that variables of these names tell it.
    start: Callable[[Command, Path, Mapping[str, int]], Process] = spawn
    #: Its start waits for a turn among these; None: for nobody.
    turns: StartTurns | None = None
    #: Have the process of this id give back memory that it does not need now. Blocks.
    give_back_memory: Callable[[int], None] = lambda _: None


class ProcessStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What `status` says of one process. Uptime in seconds, memory in bytes."""

    name: str
    kind: str
    state: State
    pid: int | None
    uptime: float
    restarts: int
    memory: int = 0


class Keeper:
    """Keeps one process. `run` is its life; everything else looks at it or ends it."""

    def __init__(self, plan: Plan, notify: Callable[[Event], None]) -> None:
        self.plan = plan
        self.state: State = "starting"
        self.restarts = 0
        #: Ends before it was ready for the first time, and why a start failed at last.
        self.failures = 0
        self.failure: LinernotesError | None = None
        self.record: Started | None = None
        self.changed = asyncio.Event()
        self._notify = notify
        self._process: Process | None = None
        self._since = time.monotonic()
        self._stopping = asyncio.Event()
        self._was_ready = False

    async def run(self) -> None:
        """Keep the process until `stop`."""
        try:
            await self._keep()
        finally:
            self._send(signal.SIGKILL)  # it has ended, unless this keeper broke
            self._enter("stopped")

    async def _keep(self) -> None:
        ends = 0
        while not self._stopping.is_set():
            self._since = time.monotonic()
            text = await self._live()
            if self._stopping.is_set():
                break
            ends = next_ends(ends, time.monotonic() - self._since)
            pause = backoff(ends, FIRST_BACKOFF, LONGEST_BACKOFF)
            self._ended(text, pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def stop(self) -> None:
        """Ask the process to end, kill it when it has not in time; returns when it has ended.

        A process that not even SIGKILL ends within seconds waits in the kernel for its disk: it is left behind.
        """
        grace = self._grace()
        self._stopping.set()
        if self.state == "stopped":  # its life is over, or it broke
            self._send(signal.SIGKILL)  # which also waits for one that was killed
            return
        if self._process is not None:
            self._enter("stopping")
            self._send(self.plan.stop_signal)
        try:
            await asyncio.wait_for(self._stopped(), grace)
        except TimeoutError:
            self._log("killed", f"did not end within {grace:g} s")
            self._send(signal.SIGKILL)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped(), _LAST_WAIT)

    async def give_back_memory(self) -> None:
        """Have the process give back what it keeps for work that is over."""
        if self._process is not None and self.state == "ready":  # one that starts may not know how yet, and end
            await asyncio.to_thread(self.plan.give_back_memory, self._process.pid)

    def status(self) -> ProcessStatus:
        """What it looks like now."""
        return ProcessStatus(
            name=self.plan.name,
            kind=self.plan.kind,
            state=self.state,
            pid=self._process.pid if self._process else None,
            uptime=round(time.monotonic() - self._since, 1) if self._process else 0.0,
            restarts=self.restarts,
        )

    def _grace(self) -> float:
        """Seconds that it may take to end now."""
        at_start = self.plan.start_grace if self.state == "starting" else None
        grace = self.plan.grace if at_start is None else at_start
        return min(grace, HURRIED_GRACE) if self.plan.shortage() else grace

    async def _live(self) -> str:
        """One life of the process; how it ended."""
        self._enter("starting")
        turn = await self.plan.turns.take() if self.plan.turns else None
        try:
            process = self._process = self._start(turn)
        except (LinernotesError, OSError) as error:
            if turn:
                turn.failed()
            self.failure = error if isinstance(error, LinernotesError) else LinernotesError(str(error))
            return str(error)
        self.record = started(self.plan.name, process.pid, self.plan.stop_signal, self.plan.grace)
        self._log("started", f"process {process.pid}")
        asking = asyncio.create_task(self._ask())
        code = await ended(process)
        while not asking.done():  # a probe may swallow its cancellation and ask on: one is not enough
            asking.cancel()
            await asyncio.wait({asking}, timeout=0.1)
        await asyncio.gather(asking, return_exceptions=True)
        self._process = self.record = None
        return self._told(code)

    def _told(self, code: int) -> str:
        """How it ended; of a server that did so by itself, with what it said last, such as that its heap is full."""
        said = last_line(self.plan.log)[-_SAID:] if self.plan.kind == "server" and code > 0 else ""
        return f"ended with {_named(code)}" + (f": {said}" if said else "")

    def _start(self, turn: Turn | None) -> Process:
        """Start the process.

        Raises:
            LinernotesError: it cannot be started, or need not any more.
        """
        missing = "it is to stop" if self._stopping.is_set() else self.plan.shortage()
        if missing:
            raise RefusedError(missing)
        self.plan.prepare()
        passed = {NOTIFY: turn.descriptor} if turn else {}
        process = self.plan.start(self.plan.command(), self.plan.log, passed)
        self._since = time.monotonic()
        if turn:
            turn.started()
        return process

    async def _ask(self) -> None:
        try:
            while not await self._answers():  # noqa: ASYNC110  servers are asked, they do not call
                await asyncio.sleep(0.05)
        except LinernotesError as error:
            self.failure = error
            self.changed.set()
            return
        if not self._stopping.is_set():
            self._was_ready = True
            self._enter("ready")
            self._log("ready", f"after {time.monotonic() - self._since:.1f} s")

    async def _answers(self) -> bool:
        try:
            return await self.plan.ready()
        except OSError:
            return False

    def _ended(self, text: str, pause: float) -> None:
        self.restarts += 1
        self.failures += not self._was_ready
        if self.failures >= 3 and self.failure is None:
            said = "" if ": " in text else f": {last_line(self.plan.log)}"
            self.failure = LinernotesError(f"{text}{said} (see {self.plan.log})")
        self._log("ended", f"{text}; started again in {pause:g} s", pause)
        self._enter("waiting")

    def _log(self, event: str, text: str, retry_in_s: float | None = None) -> None:
        self._notify(Event(self.plan.name, event, text, retry_in_s))

    def _enter(self, state: State) -> None:
        self.state = state
        self.changed.set()

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def _stopped(self) -> None:
        while self.state != "stopped":
            self.changed.clear()
            await self.changed.wait()


def _named(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
