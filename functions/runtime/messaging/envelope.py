"""How a message of ours travels: what Dramatiq wraps around it, and what both brokers can do with it."""

from __future__ import annotations

import time
from typing import Any, Protocol

import dramatiq
from dramatiq.errors import DecodeError

from functions.runtime.function_table import function_name, queue_of
from functions.runtime.messages import Message, encode
from functions.runtime.messaging.connection_guard import ConnectionGuard

#: What a message is given on its way and loses when it is sent anew.
MARKS = ("retries", "waits", "error", "died_at", "eta", "redis_message_id")


class Transport(Protocol):
    """What our two brokers share beyond Dramatiq's own interface."""

    guard: ConnectionGuard

    def address(self, queue: str) -> str:
        """The name of a queue at the broker."""
        ...

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> dramatiq.Message[Any]:
        """Send, or end a worker, or raise StoreUnavailable elsewhere."""
        ...

    def ping(self) -> None:
        """Ask whether the broker answers.

        Raises:
            StoreUnavailable: it does not.
        """
        ...

    def release(self) -> None:
        """Give back at once what this process still holds."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


def wrap(transport: Transport, message: Message) -> dramatiq.Message[Any]:
    """Our message in Dramatiq's envelope."""
    return dramatiq.Message(
        queue_name=transport.address(queue_of(message)),
        actor_name=function_name(type(message)),
        args=(encode(message),),
        kwargs={},
        options={},
    )


def unwrap(body: bytes) -> dramatiq.Message[Any]:
    """The envelope of a body.

    Raises:
        DecodeError: it is none.
    """
    message: dramatiq.Message[Any] = dramatiq.Message.decode(body)
    if not isinstance(message.options, dict) or not isinstance(message.actor_name, str):
        raise DecodeError("The envelope is not one of ours.", body, None)
    return message


def with_error(message: Any) -> dramatiq.Message[Any]:
    """A copy of a failed message that says why and when it failed.

    Args:
        message: the proxy that Dramatiq handed to the worker.
    """
    inner: dramatiq.Message[Any] = message._message
    error = message.options.get("error") or str(message._exception or "unknown")
    return inner.copy(options={"error": error, "died_at": int(time.time() * 1000)})


def fresh_copy(message: dramatiq.Message[Any], queue: str) -> dramatiq.Message[Any]:
    """The message as it was when first sent."""
    options = {name: value for name, value in message.options.items() if name not in MARKS}
    return dramatiq.Message(
        queue_name=queue, actor_name=message.actor_name, args=message.args, kwargs=message.kwargs, options=options
    )
