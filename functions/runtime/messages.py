"""Messages: small, frozen, versioned; they carry references, never payloads."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import msgspec

from functions.runtime.entities import Entity
from functions.runtime.errors import PermanentError

#: Where a part is on its way.
PartState = Literal["cut", "parsed", "loaded", "done", "dead", "damaged"]

#: Raised when a field changes its meaning; a worker refuses a message of another version.
VERSION = 1

M = TypeVar("M", bound="Message")


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """What every message carries: the version of its form."""

    version: int = VERSION


class RunMessage(Message, frozen=True, kw_only=True):
    """What the messages of a run share."""

    run: int


class Download(RunMessage, frozen=True, kw_only=True):
    """Fetch one entity file of the run's dump and check its SHA-256."""

    entity: Entity


class Split(RunMessage, frozen=True, kw_only=True):
    """Cut one fetched file into parts of new and changed records."""

    entity: Entity


class PartMessage(RunMessage, frozen=True, kw_only=True):
    """What the messages about one part share."""

    entity: Entity
    part: int


class ParseChunk(PartMessage, frozen=True, kw_only=True):
    """Turn the XML of one part into NDJSON lines."""


class LoadTable(PartMessage, frozen=True, kw_only=True):
    """Write the documents of one part to PostgreSQL."""


class LoadGraph(PartMessage, frozen=True, kw_only=True):
    """Make the graph show the documents of one part."""


class Finish(RunMessage, frozen=True, kw_only=True):
    """Settle what needs the whole run: deletions, projections still due, PART_OF, the generation."""


class Derive(Message, frozen=True, kw_only=True):
    """Make of one batch of documents what is still to be made of it."""

    batch: int


class Assemble(Message, frozen=True, kw_only=True):
    """Do what a derivation needs all its rows for, and put what was made into the place of what is read."""

    derivation: str


class Embed(Assemble, frozen=True, kw_only=True):
    """Make vectors of the texts of a derivation: to be assembled on a queue of its own."""


def encode(message: Message) -> dict[str, Any]:
    """The message as plain JSON values, as a broker carries it."""
    builtins: dict[str, Any] = msgspec.to_builtins(message)
    return builtins


def decode(payload: dict[str, Any], kind: type[M]) -> M:
    """The typed message of a broker's payload.

    Raises:
        PermanentError: the payload is not such a message, or one of another version.
    """
    try:
        message = msgspec.convert(payload, kind)
    except msgspec.ValidationError as error:
        raise PermanentError(f"A message for {kind.__name__} cannot be read: {error}.") from error
    if message.version != VERSION:
        raise PermanentError(f"A message for {kind.__name__} has version {message.version}; this is {VERSION}.")
    return message
