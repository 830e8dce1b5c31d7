"""The worker process: one function, one message at a time, until it is told to stop."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, cast

import psycopg
import structlog
from dramatiq.actor import Actor
from dramatiq.broker import Broker
from dramatiq.middleware import ShutdownNotifications
from dramatiq.worker import Worker

from functions.runtime.errors import LinernotesError
from functions.runtime.exit_at_once import exit_at_once
from functions.runtime.function_table import SETTLING_S, FunctionSpec, FunctionTable, function_name
from functions.runtime.messages import Message
from functions.runtime.messaging.broker import make_broker
from functions.runtime.messaging.connection_guard import BROKER_LOST
from functions.runtime.messaging.envelope import Transport, wrap
from functions.runtime.messaging.invoke import invoke
from functions.runtime.messaging.retry_policy import Hooks, RetryPolicy
from functions.runtime.process.activity import Activity
from functions.runtime.process.hang_watchdog import CallTimeLimit, HangWatchdog
from functions.runtime.process.health import Health
from functions.runtime.process.health_server import health_server
from functions.runtime.process.malloc import give_back_freed_memory, keep_freed_memory
from functions.runtime.process.parent_watchdog import ParentWatchdog
from functions.runtime.process.shutdown import StopEvent, stop_on_signals
from functions.runtime.process.worker_reports import reporting
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, ping_stores, wait_for
from functions.runtime.stores.context import open_context as open_real_context
from functions.runtime.stores.lock_wait import extensible
from functions.runtime.supervised_process import notify_ready
from functions.runtime.telemetry import metrics
from functions.runtime.telemetry.logs import configure_logs

OpenContext = Callable[..., AbstractContextManager[Any]]

#: Of the seconds that a worker may take beyond its grace, those for Dramatiq's threads and for all that is given back.
_THREADS_S: Final = SETTLING_S / 3
_GIVING_BACK_S: Final = SETTLING_S * 2 / 3

#: Milliseconds between two looks at an idle queue, and so the precision of delays.
_IDLE_MS: Final = 250

#: Exit code of a worker that cannot go on.
FATAL: Final = 1

log = structlog.get_logger(__name__)


def run_worker(
    name: str,
    settings: Settings,
    functions: FunctionTable,
    *,
    hooks: Hooks | None = None,
    open_context: OpenContext = open_real_context,
    grace: float | None = None,
) -> int:
    """Work for one function until SIGTERM, SIGINT, or the end of the supervisor; return the exit code.

    Args:
        name: the function, as in `load-table`.
        functions: the function table.
        hooks: who is told of errors.
        open_context: opens the function's context; it takes settings, function table and whether the graph is needed.
        grace: seconds the message in work may take after a stop; those of the function table if None.

    Raises:
        SettingError: there is no such function, or the broker's address is none.
    """
    stop = stop_on_signals(exits=True)
    keep_freed_memory()
    parent_watchdog = ParentWatchdog()
    metrics.begin(settings)
    spec = functions.spec(name)
    configure_logs(settings, name, icon=spec.icon)
    spec.load()
    transport = make_broker(settings, in_worker=True)
    with health_server(settings) as health:
        try:
            wait_for("the broker", transport.ping, time.monotonic() + settings.connect_timeout)
            with open_context(settings, functions, graph=spec.uses_graph) as context:
                process = _Process(settings, spec, transport, context, spec.load_hooks() or hooks or Hooks())
                with _reporting(process) if _is_real(context) else nullcontext():
                    return process.run(stop, parent_watchdog, spec.grace_s if grace is None else grace, health)
        except LinernotesError as error:
            log.critical("worker failed to start", error=str(error))
            return FATAL


def _is_real(context: Any) -> bool:
    """Whether a context has stores; those of some tests have none."""
    return isinstance(context, Context)


def _reporting(process: _Process) -> AbstractContextManager[None]:
    pool = process.context.pool
    return reporting(
        process.settings, process.spec.name, process.activity.look, process.note_figures, lambda: pool.get_stats()
    )


class _Process:
    """Dramatiq's worker, run by hand: its own command line stops all siblings when one dies."""

    def __init__(
        self, settings: Settings, spec: FunctionSpec, transport: Transport, context: Any, hooks: Hooks
    ) -> None:
        self.transport = transport
        self.context = context
        self.spec = spec
        self.settings = settings
        self.activity = Activity()
        self.watch = HangWatchdog(spec.time_limit_s, settings.hang_timeout)
        self.broker = cast("Broker", transport)
        # Called in this order before a message, in reverse after it: what may interrupt is off before the retry policy.
        self.broker.add_middleware(self.activity)
        self.broker.add_middleware(RetryPolicy(settings, spec, context, hooks))
        self.broker.add_middleware(self.watch)
        self.limit = CallTimeLimit()
        self.broker.add_middleware(self.limit)
        self.broker.add_middleware(ShutdownNotifications())
        queues = [transport.address(queue) for queue in spec.queues]
        self._declare(spec, context, queues)
        # Without `queues` it would also consume whatever queue it sends to for the first time.
        self.worker = Worker(self.broker, queues=set(queues), worker_threads=1, worker_timeout=_IDLE_MS)
        self.worker.queue_prefetch = settings.prefetch

    def run(self, stop: StopEvent, parent_watchdog: ParentWatchdog, grace: float, health: Health) -> int:
        """Work until told to stop, or until something in this process has died."""
        self.broker.emit_after("process_boot")  # TimeLimit starts here, and only here
        stop.exits = False
        self.worker.start()
        health.started(self._is_healthy, self._ping, self.note_figures)
        notify_ready()
        log.info("worker ready", queues=sorted(self.broker.queues))
        healthy = True
        while not stop.wait(0.5) and not parent_watchdog.is_parent_gone():
            healthy = self._is_healthy()
            if not healthy:
                log.critical("worker thread died or hangs, process exits")
                break
            if self.activity.give_back_after(self.settings.cancel_delay, self._give_back_idle):
                log.debug("worker idle, store connections closed")
        return self._end(grace if healthy else 0.0, healthy=healthy)

    def note_figures(self) -> None:
        """Bring those of the process up to date."""
        metrics.note_process(self.spec.name, self.context.pool.get_stats() if _is_real(self.context) else {})

    def _declare(self, spec: FunctionSpec, context: Any, queues: list[str]) -> None:
        def deliver(payload: dict[str, Any]) -> None:
            with extensible(self._extend):
                invoke(spec, context, payload, self._send)

        Actor(
            deliver,
            broker=self.broker,
            actor_name=spec.name,
            queue_name=queues[0],
            priority=0,
            options={
                "time_limit": int(spec.time_limit_s * 1000),
                "notify_shutdown": spec.stop == "at-once",
                "throws": BaseException,  # RetryPolicy logs errors; Dramatiq need not
            },
        )
        for queue in queues[1:]:
            self.broker.declare_queue(queue)

    def _send(self, message: Message) -> None:
        self.broker.enqueue(wrap(self.transport, message))
        metrics.count_sent(self.spec.name, function_name(type(message)))

    def _extend(self, seconds: float) -> None:
        """Time that a call has waited for others counts neither for its limit nor for a hang."""
        self.limit.extend(seconds)
        self.watch.extend(seconds)

    def _is_healthy(self) -> bool:
        threads = [*self.worker.workers, *self.worker.consumers.values()]
        return all(thread.is_alive() for thread in threads) and not self.watch.is_hanging()

    def _ping(self) -> None:
        """Ask what the next message needs; of a worker that has closed its connections for want of work, the broker."""
        self.transport.ping()
        if _is_real(self.context) and not self.activity.is_resting:
            ping_stores(self.context, graph=self.spec.uses_graph)

    def _give_back_idle(self) -> None:
        if _is_real(self.context):
            self.context.give_back()
        gc.collect()
        give_back_freed_memory()

    def _end(self, grace: float, *, healthy: bool) -> int:
        """End in good order; or, where the message takes longer than the grace, without it."""
        late = threading.Timer(grace + _THREADS_S, self._break_off, kwargs={"healthy": healthy})
        late.daemon = True
        late.start()
        log.info("worker stopping", grace_s=grace)
        self.worker.stop(timeout=int(grace * 1000))
        if any(thread.is_alive() for thread in self.worker.workers):
            self._break_off(healthy=healthy)
        self.transport.release()
        self.transport.close()
        return self._exit_code(healthy=healthy)

    def _break_off(self, *, healthy: bool) -> None:
        """End at once: a thread that still works must not see its connections close."""
        giving = threading.Thread(target=self._give_back_work, kwargs={"healthy": healthy}, daemon=True)
        giving.start()
        giving.join(_GIVING_BACK_S)
        exit_at_once(
            self._exit_code(healthy=healthy),
            lambda: log.warning("message not finished before shutdown, redelivered"),
        )

    def _give_back_work(self, *, healthy: bool) -> None:
        """The start does not count, unless it is the message that hangs; then another may have it."""
        if healthy and _is_real(self.context):
            try:
                self.context.take_back_starts()
            except psycopg.Error as error:
                log.warning("start of a broken off message stays counted", error=str(error))
        self.transport.release()

    def _exit_code(self, *, healthy: bool) -> int:
        return BROKER_LOST if self.transport.guard.broken.is_set() else 0 if healthy else FATAL
