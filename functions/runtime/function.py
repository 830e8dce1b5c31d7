"""`@function`: what turns plain code into a function of the runtime.

A function takes a context and one typed message and returns or yields the messages to send next. The decorator only
writes it down; the callable stays what it was, so that a test calls it without a broker.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from functions.runtime.errors import SettingError
from functions.runtime.messages import Message
from functions.runtime.registry import FUNCTION_MODULES, function_name, is_per_entity, queues_of

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Definition:
    """What the runtime knows of a function."""

    name: str
    call: Callable[[Any, Any], Any]
    message: type[Message]
    time_limit_s: float
    glyph: str
    interruptible: bool

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues it takes messages from, without the prefix of the installation."""
        return queues_of(self.message)


_DEFINITIONS: Final[dict[str, Definition]] = {}


def function(
    *,
    queue: str,
    message: type[Message],
    per_entity: bool = True,
    time_limit_s: float = 600,
    glyph: str = "•",
    interruptible: bool = False,
) -> Callable[[F], F]:
    """Write a callable down as the function of a queue.

    Args:
        queue: name of its queue, which is its own name; it follows from the type of its message.
        message: the type of its messages.
        per_entity: whether it has a queue for each entity, as messages with an `entity` have.
        time_limit_s: seconds after which one call is interrupted and tried again.
        glyph: the sign of its lines on a terminal.
        interruptible: whether a stop of the worker interrupts it at once, for one that runs long.

    Raises:
        ValueError: queue or per_entity do not fit the message.
    """
    if (queue, per_entity) != (function_name(message), is_per_entity(message)):
        raise ValueError(f"{message.__name__} belongs to {', '.join(queues_of(message))}, not to {queue}.")

    def register(call: F) -> F:
        _DEFINITIONS[queue] = Definition(
            name=queue,
            call=call,
            message=message,
            time_limit_s=time_limit_s,
            glyph=glyph,
            interruptible=interruptible,
        )
        return call

    return register


def registered(name: str) -> Definition | None:
    """The function of that name, if its module was imported."""
    return _DEFINITIONS.get(name)


def load_function(name: str, modules: Mapping[type[Message], str] = FUNCTION_MODULES) -> Definition:
    """Import the module of a function, that one only.

    Raises:
        SettingError: there is no such function.
    """
    by_name = {function_name(kind): module for kind, module in modules.items()}
    if name not in by_name:
        raise SettingError(f"There is no function {name}; there are {', '.join(by_name)}.")
    importlib.import_module(by_name[name])
    return _DEFINITIONS[name]
