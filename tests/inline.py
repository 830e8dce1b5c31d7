"""Running functions in this process, without a broker: messages are taken in turn until none is left."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from functions.runtime.messages import Message
from functions.runtime.stores.context import Context


def run_inline(context: Context, messages: Iterable[Message]) -> int:
    """Call the functions of these messages, and of all that follow; returns how many were called."""
    waiting, called = deque(messages), 0
    while waiting:
        message = waiting.popleft()
        call = context.functions.spec_of(message).load()
        waiting.extend(call(context, message) or ())
        called += 1
    return called
