"""Run the stack of a home in this process, in the foreground."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from functions.runtime.settings import Settings
from infra.stack.child import Child
from infra.stack.control_socket import control_server
from infra.stack.free_disk import refuse_full_disk
from infra.stack.home import Home, locked, make_home, read_json
from infra.stack.logs import Event, append_event
from infra.stack.machine_memory import memory_limit, memory_shortage, usual_heap
from infra.stack.neo4j import discard_imports
from infra.stack.orphan_processes import end_leftovers
from infra.stack.ports import check_host, check_named_port, first_free_port
from infra.stack.postgres import Postgres
from infra.stack.programs import safe_environment
from infra.stack.servers import own_servers, write_connections
from infra.stack.supervisor import Supervisor

#: Settings that other commands have from the home as long as the stack is up, and the variables that name them.
_GATEWAY: Final = {"gateway_host": "LINERNOTES_HOST", "public_url": "LINERNOTES_PUBLIC_URL"}

OnEvent = Callable[[Event], None]
WithSettings = Callable[[Settings], object]
#: What is done to the stores before anybody works with them, and a function that it tells how far it is.
OnStores = Callable[[Settings, Callable[[str], None]], object]


def nothing(*_: object) -> None:
    """What is called when the caller asked for nothing."""


async def run_stack(
    settings: Settings,
    children: Sequence[Child] = (),
    *,
    on_stores: OnStores = nothing,
    on_ready: WithSettings = nothing,
    on_event: OnEvent = nothing,
    durable: bool = True,
) -> None:
    """Run the stack until SIGINT, SIGTERM or `down`. To be awaited in the main thread.

    Args:
        settings: those of this process; their `home` says which stack.
        children: the worker processes to keep.
        on_stores: called in a thread, with the settings every process of the stack has, when all servers are ready
            and before the children start: the place for migrations. What it tells is an event of the stack.
        on_ready: called with the same settings when the children have been started.
        on_event: called for whatever happens to a process; all of it is also in `logs/supervisor.log`.
        durable: False only in tests: a power failure may then lose data.

    Raises:
        RefusedError: the stack of this home is up already, the home cannot be used by this user, or its disk is full.
        SettingError: the port that the user named for the gateway is taken, or there is no host of its name.
        LinernotesError: a server cannot be started. Whatever is raised, nothing is left running.
    """
    refuse_full_disk(Path(settings.home))
    home = make_home(Path(settings.home))
    with locked(home):
        notify = _teller(home, on_event)
        end_leftovers(home, lambda text: notify(Event("stack", "waiting", text)))
        discard_imports(home.neo4j)
        settings = as_named_now(settings, read_json(home.connections))
        port = _gateway_port(home, settings, children)
        servers = own_servers(home, settings, durable=durable)
        _tell_of_little_memory(settings, notify)
        settings = write_connections(home, settings, servers, port)
        outside = tuple(server.place.folder for server in servers if isinstance(server, Postgres))
        supervisor = Supervisor(home, notify, _environment(settings), settings, outside=outside)
        async with control_server(home, supervisor.answer), _signals(supervisor):
            try:
                await _unless_stopped(supervisor, _start(supervisor, servers, children, on_stores, on_ready))
                await supervisor.until_stopped()
            finally:
                await supervisor.stop()
                notify(Event("stack", "stopped"))


def _tell_of_little_memory(settings: Settings, notify: OnEvent) -> None:
    memory = memory_limit()
    if said := memory_shortage(memory, settings.graph_memory or usual_heap(memory)):
        notify(Event("stack", "short-of-memory", said))


async def _start(
    supervisor: Supervisor,
    servers: Sequence[Any],
    children: Sequence[Child],
    on_stores: OnStores,
    on_ready: WithSettings,
) -> None:
    supervisor.start_fork_server(children)
    await supervisor.start_servers(servers)
    await asyncio.to_thread(on_stores, supervisor.settings, supervisor.tell)
    await supervisor.start_children(children)
    on_ready(supervisor.settings)


async def _unless_stopped(supervisor: Supervisor, work: Coroutine[Any, Any, None]) -> None:
    """Do the work, but leave it when a stop is asked for meanwhile."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(supervisor.until_stopped())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            await working
    finally:
        while not working.done():  # `asyncio.wait_for` loses a cancellation that comes with what it has waited for
            working.cancel()
            await asyncio.wait({working}, timeout=0.1)
        stopping.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


@asynccontextmanager
async def _signals(supervisor: Supervisor) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    ours = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in ours:
        loop.add_signal_handler(number, supervisor.request_stop)
    try:
        yield
    finally:
        for number in ours:
            loop.remove_signal_handler(number)


def _teller(home: Home, on_event: OnEvent) -> OnEvent:
    def notify(event: Event) -> None:
        append_event(home, event)
        with suppress(OSError, SystemExit):  # who looked on is gone: rich ends a process of which nobody reads
            on_event(event)

    return notify


def as_named_now(settings: Settings, last: dict[str, Any]) -> Settings:
    """With the gateway's host and address as they are named for this start: `last` says what they were before."""
    usual = Settings(home="")
    forgotten = {
        name: getattr(usual, name)
        for name, variable in _GATEWAY.items()
        if not os.environ.get(variable) and getattr(settings, name) == last.get(name)
    }
    return msgspec.structs.replace(settings, **forgotten)


def _gateway_port(home: Home, settings: Settings, children: Sequence[Child]) -> int:
    """The port the user named; else the usual one, or where that is taken the one of the last start, or a free one."""
    if not any(child.name == "gateway" for child in children):
        return settings.gateway_port
    check_host(settings.gateway_host)
    if os.environ.get("LINERNOTES_PORT"):
        return check_named_port(settings.gateway_host, settings.gateway_port)
    last = read_json(home.connections).get("gateway_port", 0)
    usual = Settings(home="").gateway_port if settings.gateway_port == last else settings.gateway_port
    return first_free_port(settings.gateway_host, (usual, last))


def _environment(settings: Settings) -> dict[str, str]:
    """What the children get: no secret is added, they read `connections.json`."""
    return {**safe_environment(), "LINERNOTES_HOME": settings.home, "LINERNOTES_PORT": str(settings.gateway_port)}
