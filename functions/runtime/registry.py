"""Which function takes which message, where its code lies, and which queue carries it.

A process that sends needs no more than the type of a message to know its queue, so that a worker imports the code of
its own function only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from functions.runtime.entities import ENTITIES
from functions.runtime.messages import Download, Finish, LoadGraph, LoadTable, Message, ParseChunk, Split

#: The module that holds the function of each message, in the order of the work.
FUNCTION_MODULES: Final[dict[type[Message], str]] = {
    Download: "functions.extract.download.download",
    Split: "functions.extract.split.split",
    ParseChunk: "functions.extract.parse.parse_chunk",
    LoadTable: "functions.load_table.load_table",
    LoadGraph: "functions.load_graph.load_graph",
    Finish: "functions.finish.finish",
}


def function_name(kind: type[Message]) -> str:
    """The function that takes such messages: `LoadTable` goes to `load-table`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


def is_per_entity(kind: type[Message]) -> bool:
    """Whether such messages have a queue for each entity."""
    return "entity" in kind.__struct_fields__


def queue_of(message: Message) -> str:
    """The queue of a message, without the prefix of the installation: `load-table.releases`, `finish`."""
    name = function_name(type(message))
    return f"{name}.{message.entity}" if is_per_entity(type(message)) else name  # type: ignore[attr-defined]


def queues_of(kind: type[Message]) -> tuple[str, ...]:
    """All queues that carry such messages."""
    name = function_name(kind)
    return tuple(f"{name}.{entity}" for entity in ENTITIES) if is_per_entity(kind) else (name,)


def function_names() -> tuple[str, ...]:
    """All functions, in the order of the work."""
    return tuple(function_name(kind) for kind in FUNCTION_MODULES)


def all_queues() -> Iterator[str]:
    """Every queue of this installation, in the order of the work."""
    for kind in FUNCTION_MODULES:
        yield from queues_of(kind)
