"""What becomes of a message whose function raised: tried again with backoff, or a dead letter, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import structlog
from dramatiq.broker import Broker, MessageProxy
from dramatiq.middleware import Middleware, Shutdown
from structlog.contextvars import bound_contextvars

from functions.runtime.backoff import backoff
from functions.runtime.errors import Busy, LinernotesError, PermanentError, RunGone, StoreUnavailable, TransientError
from functions.runtime.function_table import FunctionSpec
from functions.runtime.masking import mask
from functions.runtime.messages import Message, decode
from functions.runtime.messaging.envelope import Transport
from functions.runtime.messaging.invoke import log_names
from functions.runtime.settings import Settings
from functions.runtime.telemetry import metrics

Decision = Literal["again", "retry", "dead", "over"]

#: Characters of an error that travel with its message.
ERROR_LENGTH = 2_000

log = structlog.get_logger(__name__)


def _nothing(_context: Any, _message: Message, _what: object) -> None:
    """A hook that does nothing."""


@dataclass(frozen=True)
class Retry:
    """A message that failed with this error comes back by itself after so many seconds."""

    error: BaseException
    seconds: float


@dataclass(frozen=True)
class Hooks:
    """What is told of errors: `on_error` of each one, `on_dead` of the one that ends a message.

    `on_retry` is told of each that is tried again, and when.
    """

    on_error: Callable[[Any, Message, BaseException], None] = _nothing
    on_retry: Callable[[Any, Message, Retry], None] = _nothing
    on_dead: Callable[[Any, Message, BaseException], None] = _nothing


def decide(error: BaseException, retries: int, max_retries: int) -> Decision:
    """What the type of an error and the number of tries decide.

    An interrupted function goes on elsewhere at once. An error that is not one of ours is a mistake of ours: it is
    tried again like a transient one, for it may have come from a store, and ends in the dead letters. A store that does
    not answer is waited for without limit. Messages of a run that the stores were emptied of are over.
    """
    if isinstance(error, Shutdown):
        return "again"
    if not _counts(error):
        return "retry"
    if isinstance(error, RunGone):
        return "over"
    if isinstance(error, PermanentError) or retries >= max_retries:
        return "dead"
    return "retry"


def _counts(error: BaseException) -> bool:
    return not isinstance(error, TransientError) or error.counts_tries


def delay_of(error: BaseException, retries: int, settings: Settings) -> float:
    """Seconds until the next try: the backoff, and no less than what was asked for."""
    pause = backoff(retries + 1, settings.min_backoff_ms / 1000, settings.max_backoff_ms / 1000, jitter=True)
    asked = error.retry_after if isinstance(error, TransientError) else None
    return max(pause, asked or 0.0)


class RetryPolicy(Middleware):
    """Settles failed messages. If that fails too, the process ends, and the message is delivered again."""

    def __init__(self, settings: Settings, spec: FunctionSpec, context: Any, hooks: Hooks) -> None:
        self.settings = settings
        self.spec = spec
        self.context = context
        self.hooks = hooks

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,  # noqa: ARG002
        exception: BaseException | None = None,
    ) -> None:
        """Settle a message whose function raised; leave the others to be acknowledged."""
        if exception is None:
            return
        transport: Transport = broker  # type: ignore[assignment]
        try:
            self._settle(transport, message, exception)
        except BaseException as failure:  # noqa: BLE001  Dramatiq would swallow it and acknowledge the message
            transport.guard.end("failed message not settled, process exits", failure)

    def _settle(self, transport: Transport, message: MessageProxy, error: BaseException) -> None:
        typed = self._typed(message)
        retries, waits = (int(message.options.get(name, 0)) for name in ("retries", "waits"))
        decision = decide(error, retries, self.settings.max_retries)
        delay = delay_of(error, retries if _counts(error) else waits, self.settings)
        with bound_contextvars(**log_names(self.spec.name, typed)):
            _report(error, decision, retries, delay)
            if decision == "over":
                return
            if decision != "again" and typed is not None:
                self._notify(self.hooks.on_error, typed, error)
            if decision == "dead":
                self._die(message, typed, error)
            elif decision == "again":
                transport.enqueue(message._message)
            else:
                counted = {"retries": retries + 1, "waits": 0} if _counts(error) else {"waits": waits + 1}
                self._retry(transport, message, typed, error, counted, delay)

    def _die(self, message: MessageProxy, typed: Message | None, error: BaseException) -> None:
        if typed is not None:
            self._notify(self.hooks.on_dead, typed, error)
        message.options["error"] = error_text(error)
        metrics.count_dead_letter(self.spec.name)
        message.fail()

    def _retry(
        self,
        transport: Transport,
        message: MessageProxy,
        typed: Message | None,
        error: BaseException,
        counted: dict[str, int],
        delay: float,
    ) -> None:
        metrics.count_retry(self.spec.name)
        if typed is not None:
            self._notify(self.hooks.on_retry, typed, Retry(error, delay))
        again = message._message.copy(options={**counted, "error": error_text(error)})
        transport.enqueue(again, delay=round(delay * 1000))

    def _typed(self, message: MessageProxy) -> Message | None:
        try:
            return decode(message.args[0], self.spec.message)
        except (PermanentError, IndexError):
            return None

    def _notify(self, hook: Callable[[Any, Message, Any], None], typed: Message, what: BaseException | Retry) -> None:
        try:
            hook(self.context, typed, what)
        except StoreUnavailable as away:
            log.warning("error not recorded, left to the sweep", error=str(away))
        except Exception:
            log.exception("error not recorded, left to the sweep")


def error_text(error: BaseException) -> str:
    """An error as it is kept and shown: without secrets, and not endless."""
    said = str(error)
    ours = isinstance(error, LinernotesError)
    return (said if ours else mask(f"{type(error).__name__}: {said}"))[:ERROR_LENGTH]


def _report(error: BaseException, decision: Decision, retries: int, delay: float) -> None:
    text, retry_in_s = error_text(error), round(delay, 1) if decision == "retry" else None
    if decision == "again":
        log.info("message interrupted by shutdown, requeued")
    elif decision == "over":
        log.info("message of a run that is gone", reason=text)
    elif isinstance(error, PermanentError):
        log.error("message failed, dead-lettered", error=text)
    elif isinstance(error, Busy):
        log.info("resource locked", reason=text, retry_in_s=retry_in_s)
    elif isinstance(error, TransientError):
        log.warning("message failed", error=text, retries=retries, decision=decision, retry_in_s=retry_in_s)
    else:
        log.error(
            "message failed unexpectedly",
            error=text,
            retries=retries,
            decision=decision,
            retry_in_s=retry_in_s,
            exc_info=error,
        )
