"""The supervisor: keeps the servers and the worker processes of one stack, in the main thread of `linernotes up`."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from functions.runtime.errors import LinernotesError, RefusedError, SettingError, StoreUnavailable
from functions.runtime.settings import Settings
from functions.runtime.supervised_process import CHILD_INDEX, SUPERVISOR
from infra.stack.autoscaler import Autoscaler
from infra.stack.child import Child
from infra.stack.forks import Forks
from infra.stack.free_disk import shortage
from infra.stack.home import Home, identity
from infra.stack.logs import SUPERVISOR_LOG, Event, rotate
from infra.stack.managed_process import Keeper, Plan, ProcessStatus
from infra.stack.memory_usage import memory_of
from infra.stack.orphan_processes import record
from infra.stack.process import spawn
from infra.stack.process_control import Orphans, adopt_orphans
from infra.stack.programs import python_module
from infra.stack.scaling import Decision
from infra.stack.server import Command, Server
from infra.stack.start_turns import StartTurns

if TYPE_CHECKING:
    from infra.stack.scaling_events import ScalingEvents

#: Seconds a server may take to be ready: PostgreSQL recovers for minutes after a crash in the middle of much writing.
START_LIMIT = 300.0
MOST_OF_A_KIND = 64
_SAY_WAITING = 10.0
_ROTATE_EVERY = 5.0
#: Seconds between two looks whether the home is still there.
_HOME_EVERY = 2.0
#: Seconds that the first children wait for the fork server at most; without it they start all the same.
_PRELOAD_S = 10.0
#: Behind the fork server's own command, room for those of the processes that it forks.
_ROOM = "-" * 64


class StackStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What `status` says of a stack: its processes, how many of each kind it keeps, and which of them by hand."""

    up: bool
    ready: bool = False
    pid: int | None = None
    uptime: float = 0.0
    home: str = ""
    gateway_port: int = 0
    processes: list[ProcessStatus] = []
    targets: dict[str, int] = {}
    fixed: dict[str, int] = {}


@dataclass(eq=False)
class Supervisor:
    """Keeps the processes of one home."""

    home: Home
    log_event: Callable[[Event], None]
    environment: Mapping[str, str]
    settings: Settings
    ready: bool = False
    started_at: float = field(default_factory=time.monotonic)
    _servers: list[Keeper] = field(default_factory=list)
    _fork_server: Keeper | None = None
    _forks: Forks = field(default_factory=Forks)
    _orphans: Orphans = field(default_factory=Orphans)
    _kinds: dict[str, Child] = field(default_factory=dict)
    _children: dict[str, list[Keeper]] = field(default_factory=dict)
    _leaving: set[Keeper] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _bug: BaseException | None = None
    _autoscaler: Autoscaler | None = None
    _events: ScalingEvents | None = None
    _turns: StartTurns = field(default_factory=lambda: StartTurns(len(os.sched_getaffinity(0))))
    #: Folders of the servers that may lie on other disks than the home.
    outside: tuple[Path, ...] = ()

    async def start_servers(self, servers: Iterable[Server]) -> None:
        """Start the servers, side by side, and wait until all are ready.

        Raises:
            LinernotesError: one cannot be started.
        """
        self._servers = [Keeper(self._server_plan(server), self._log) for server in servers]
        for keeper in self._servers:
            self._begin(keeper.run())
            await asyncio.sleep(0)
        self._begin(self._rotate())
        self._begin(self._watch_home(identity(self.home)))
        await asyncio.gather(*(self._until_ready(keeper) for keeper in self._servers))

    def start_fork_server(self, children: Iterable[Child]) -> None:
        """Start the process from which others are forked, if there are such; once, and the earlier the better."""
        wanted = any(child.preloaded for child in children)
        if wanted and self._fork_server is None and adopt_orphans():
            self._fork_server = Keeper(self._fork_server_plan(), self._log)
            self._begin(self._fork_server.run())

    async def start_children(self, children: Sequence[Child]) -> None:
        """Start the worker processes; returns when each has been started once."""
        self.start_fork_server(children)
        await self._until_preloaded()
        for child in children:
            self._kinds[child.name] = child
            self._children[child.name] = []
            self._grow(child, child.count)
        await self._note_started()
        self._begin_scaling({name: kind for name, kind in self._kinds.items() if kind.queues})
        await asyncio.sleep(0)  # a keeper starts its process in its first step
        self.ready = True

    def scale(self, name: str, count: int | None) -> int:
        """Keep this many processes of a kind from now on; those too many end their message first.

        Args:
            name: of the kind.
            count: None: as many as its queues want; where it has none, as many as at the start.

        Returns:
            How many there were to be.

        Raises:
            SettingError: there is no such kind, or the number cannot be.
        """
        if name not in self._kinds:
            raise SettingError(f"There is no {name!r} to scale: there are {', '.join(sorted(self._kinds))}.")
        if count is not None and not 0 <= count <= MOST_OF_A_KIND:
            raise SettingError(f"{name} cannot be scaled to {count}: 0 to {MOST_OF_A_KIND} is possible.")
        if self._stop.is_set():
            raise RefusedError("The stack is being stopped: nothing is scaled any more.")
        before = len(self._children[name])
        if self._autoscaler is not None and self._kinds[name].queues:
            self._autoscaler.fix(name, count)
        else:
            self._keep(name, self._kinds[name].count if count is None else count)
        return before

    def tell(self, text: str) -> None:
        """Say how far the stores are being brought up to date; from any thread."""
        self.log_event(Event("stack", "updating", text))

    def request_stop(self) -> None:
        """Make `until_stopped` return."""
        self._stop.set()

    async def until_stopped(self) -> None:
        """Wait for a request to stop."""
        await self._stop.wait()
        if self._bug is not None:
            raise self._bug

    async def stop(self) -> None:
        """End the children, then the servers; returns when none is left."""
        self.ready = False
        self._stop.set()  # what runs now is all that will be ended: nothing starts any more
        children = [keeper for keeper in self._keepers() if keeper.plan.kind == "child"]
        await asyncio.gather(*(keeper.stop() for keeper in children))
        await asyncio.gather(*(keeper.stop() for keeper in self._servers))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._forks.close()
        adopt_orphans(adopt=False)
        with suppress(OSError):
            record(self.home, [])

    def status(self, *, memory: bool = True) -> StackStatus:
        """What runs now, with the memory of each process or without."""
        statuses = [keeper.status() for keeper in self._keepers()]
        if memory:
            statuses = [msgspec.structs.replace(one, memory=memory_of(one.pid)) for one in statuses]
        return StackStatus(
            up=True,
            ready=self.ready,
            pid=os.getpid(),
            uptime=round(time.monotonic() - self.started_at, 1),
            home=str(self.home.path),
            gateway_port=self.settings.gateway_port,
            processes=statuses,
            targets=self._targets(),
            fixed=self._autoscaler.fixed if self._autoscaler else {},
        )

    async def answer(self, request: Mapping[str, Any]) -> Any:
        """Answer one request of the control socket.

        Raises:
            LinernotesError: it cannot be done; the sentence says why.
        """
        match request:
            case {"command": "status"}:
                return self.status(memory=request.get("memory") is not False)
            case {"command": "scale", "name": str(name), "count": int() | None as count}:
                return {"before": self.scale(name, count), "now": len(self._children[name])}
            case {"command": "stop"}:
                self.request_stop()
                return {}
        raise RefusedError(f"The stack does not know the request {request.get('command')!r}.")

    def _keepers(self) -> list[Keeper]:
        children = [keeper for keepers in self._children.values() for keeper in keepers]
        forking = [self._fork_server] if self._fork_server else []
        return [*self._servers, *forking, *children, *self._leaving]

    def _targets(self) -> dict[str, int]:
        return {name: len(keepers) for name, keepers in self._children.items()}

    def _begin_scaling(self, children: Mapping[str, Child]) -> None:
        if not children:
            return
        from functions.runtime.messaging.depth_watch import open_depth_watch

        watch = open_depth_watch(self.settings, [queue for child in children.values() for queue in child.queues])
        self._autoscaler = Autoscaler(
            children, self._targets, self._decided, self._at_rest, watch, self.settings.cancel_delay
        )
        self._begin(self._autoscaler.run())

    async def _note_started(self) -> None:
        """Before the first decision is noted: what was said of workers before counts no longer."""
        from infra.stack.scaling_events import ScalingEvents

        self._events = ScalingEvents(self.settings)
        self._events.started({name: kind.count for name, kind in self._kinds.items() if kind.fixed})
        await self._events.write()
        self._begin(self._events.run())

    def _decided(self, decisions: Mapping[str, Decision]) -> None:
        if self._stop.is_set():
            return
        before = self._targets()
        for name, decision in decisions.items():
            self._keep(name, decision.workers)
            self._log(Event(name, "scaled", f"{before[name]} → {decision.workers}: {decision.reason}"))
        if self._events is not None:
            self._events.scaled(before, decisions)

    def _at_rest(self) -> None:
        for keeper in self._servers:
            self._begin(keeper.give_back_memory())

    def _keep(self, name: str, count: int) -> None:
        self._shrink(name, count)
        self._grow(self._kinds[name], count)

    def _shrink(self, name: str, count: int) -> None:
        for keeper in self._children[name][count:]:
            self._leaving.add(keeper)
            self._begin(self._leave(keeper))
        del self._children[name][count:]

    async def _leave(self, keeper: Keeper) -> None:
        await keeper.stop()
        self._leaving.discard(keeper)

    def _grow(self, child: Child, count: int) -> None:
        keepers = self._children[child.name]
        for index in range(len(keepers), count):
            keeper = Keeper(self._child_plan(child, index), self._log)
            keepers.append(keeper)
            self._begin(keeper.run())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._bug = task.exception()
            self.request_stop()

    def _log(self, event: Event) -> None:
        if event.event in ("started", "ended"):
            with suppress(OSError):  # on a full disk the record is of before, and the kernel ends what is not in it
                record(self.home, [keeper.record for keeper in self._keepers() if keeper.record])
        if event.event == "ended":
            self._note_ended(event)
        self.log_event(event)

    def _note_ended(self, event: Event) -> None:
        from infra.stack.scaling_events import is_noted

        for kind, keepers in self._children.items():
            for keeper in keepers:
                if self._events and keeper.plan.name == event.process and is_noted(keeper.restarts):
                    self._events.ended(kind, event.process, event.text, keeper.restarts)

    def _server_plan(self, server: Server) -> Plan:
        return Plan(
            name=server.name,
            kind="server",
            log=self.home.logs / f"{server.name}.log",
            command=server.command,
            prepare=server.prepare,
            ready=server.ready,
            stop_signal=server.stop_signal,
            grace=server.grace,
            start_grace=server.start_grace,
            shortage=self._shortage,
            give_back_memory=server.give_back_memory,
        )

    def _child_plan(self, child: Child, index: int) -> Plan:
        env = {**self.environment, **child.env, SUPERVISOR: str(os.getpid()), CHILD_INDEX: str(index)}
        command = Command(tuple(child.argv), self.home.path, env, death_signal=signal.SIGKILL)
        name = f"{child.name}-{index}" if index else child.name
        return Plan(
            name=name,
            kind="child",
            log=self.home.logs / f"{name}.out.log",  # `NAME.log` is its own
            command=lambda: command,
            prepare=_nothing,
            ready=_at_once,
            stop_signal=signal.SIGTERM,
            grace=child.grace,
            shortage=self._shortage,
            turns=self._turns if child.queues else None,
            start=self._forks.start if child.preloaded else spawn,
        )

    def _fork_server_plan(self) -> Plan:
        env = {**self.environment, SUPERVISOR: str(os.getpid()), CHILD_INDEX: "0"}
        argv = (*python_module("infra.stack.fork_server"), _ROOM)
        command = Command(argv, self.home.path, env, death_signal=signal.SIGKILL)
        return Plan(
            name="fork-server",
            kind="child",
            log=self.home.logs / "fork-server.out.log",
            command=lambda: command,
            prepare=_nothing,
            ready=self._forks.ready,
            stop_signal=signal.SIGTERM,
            grace=_ROTATE_EVERY,
            shortage=self._shortage,
            start=self._forks.start_server,
        )

    def _shortage(self) -> str:
        return shortage((self.home.path, *self.outside))

    async def _until_ready(self, keeper: Keeper, limit: float = START_LIMIT) -> None:
        deadline, waited = time.monotonic() + limit, 0.0
        while keeper.state != "ready":
            if keeper.failure is not None:
                raise keeper.failure
            if time.monotonic() > deadline:
                raise StoreUnavailable(f"{keeper.plan.name} is not ready after {limit:g} s: see {keeper.plan.log}.")
            keeper.changed.clear()
            try:
                await asyncio.wait_for(keeper.changed.wait(), _SAY_WAITING)
            except TimeoutError:
                waited += _SAY_WAITING
                self._log(Event(keeper.plan.name, "waiting", f"not ready after {waited:g} s"))

    async def _until_preloaded(self) -> None:
        if self._fork_server is not None:
            with suppress(LinernotesError):
                await self._until_ready(self._fork_server, _PRELOAD_S)

    async def _rotate(self) -> None:
        while True:
            self._orphans.reap()
            for path in {keeper.plan.log for keeper in self._keepers()} | {self.home.logs / SUPERVISOR_LOG}:
                with suppress(OSError):  # tried again: a full disk ends no supervisor
                    rotate(path, self.settings.log_bytes, self.settings.log_files)
            await asyncio.sleep(_ROTATE_EVERY)

    async def _watch_home(self, home: tuple[int, int] | None) -> None:
        """Without it nobody can ask for anything, and what is written is lost.

        Raises:
            RefusedError: it is gone.
        """
        while identity(self.home) == home:  # noqa: ASYNC110  nobody tells of it
            await asyncio.sleep(_HOME_EVERY)
        raise RefusedError(
            f"The home {self.home.path} was deleted or moved while its stack was up, so the stack has ended. "
            "`linernotes up` begins with what is there now."
        )


def _nothing() -> None:
    """A child needs no preparation."""


async def _at_once() -> bool:
    """A child counts as ready when it runs."""
    return True
