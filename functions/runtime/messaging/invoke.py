"""One delivery: decode, name it in the logs, measure, call, send what comes next. No broker in sight."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any

from structlog.contextvars import bound_contextvars

from functions.runtime.function_table import FunctionSpec
from functions.runtime.messages import Message, decode
from functions.runtime.telemetry import metrics

Send = Callable[[Message], object]


def invoke(spec: FunctionSpec, context: Any, payload: dict[str, Any], send: Send) -> None:
    """Call a function with the message of a payload, and send the messages it returns or yields as they come.

    Raises:
        PermanentError: the payload cannot be read, or whatever the function raises.
    """
    message = decode(payload, spec.message)
    names = log_names(spec.name, message)
    with bound_contextvars(**names), metrics.measured(spec.name, names.get("entity", "")):
        result = spec.load()(context, message)
        try:
            for following in _each(result):
                send(following)
        finally:
            if isinstance(result, Generator):
                result.close()  # what it holds is let go of now, not whenever the traceback of a failed send goes


def log_names(function: str, message: Message | None) -> dict[str, Any]:
    """What every line about a message carries: function, run, and entity and part where it has them."""
    names = {name: getattr(message, name, None) for name in ("run", "entity", "part")}
    return {"function": function} | {name: value for name, value in names.items() if value is not None}


def _each(result: Iterable[Message] | Message | None) -> Iterable[Message]:
    if result is None:
        return ()
    return (result,) if isinstance(result, Message) else result
