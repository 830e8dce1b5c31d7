"""Sending messages, for the command line, the gateway, the scheduler and the sweep."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType

from functions.runtime.messages import Message
from functions.runtime.messaging.broker import make_broker
from functions.runtime.messaging.envelope import Transport, wrap
from functions.runtime.settings import Settings


class Sender:
    """Sends typed messages to the queues of their functions. Usable from several threads."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def send(self, message: Message, delay_ms: int | None = None) -> None:
        """Send one message, not to be delivered before the delay has passed.

        Raises:
            StoreUnavailable: the broker did not answer within `broker_deadline`.
        """
        self._transport.enqueue(wrap(self._transport, message), delay=delay_ms)

    def ping(self) -> None:
        """Ask whether the broker answers.

        Raises:
            StoreUnavailable: it does not.
        """
        self._transport.ping()

    def close(self) -> None:
        """Close the connections to the broker."""
        self._transport.close()

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_sender(settings: Settings) -> Sender:
    """A sender for the broker of the settings, connected at the first message."""
    return Sender(make_broker(settings, in_worker=False))


def send_all(settings: Settings, messages: Iterable[Message]) -> int:
    """Send messages to their functions; returns how many.

    Raises:
        StoreUnavailable: the broker did not answer within `broker_deadline`.
    """
    count = 0
    with open_sender(settings) as sender:
        for message in messages:
            sender.send(message)
            count += 1
    return count
