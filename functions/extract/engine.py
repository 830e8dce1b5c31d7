"""What an engine does, and choosing one. Two engines, one behaviour: equal batches, lines, rejected pieces, drift."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from functions.extract.drift import Unknown
from functions.extract.part_file import PartIndex
from functions.extract.quarantine import Rejected
from functions.runtime.entities import Entity
from functions.runtime.errors import PermanentError

#: Records and bytes after which a reading hands over what it has.
BATCH_RECORDS = 5_000
BATCH_BYTES = 4 * 1024 * 1024

_NATIVE = "functions.extract.native_engine"


class Batch(Struct, frozen=True):
    """Records in stream order, their bytes end to end in `data`; and the pieces between them that are none."""

    index: PartIndex
    data: bytes
    rejected: list[Rejected]


class Reading(Protocol):
    """One pass over a file.

    Attributes:
        read_bytes: compressed bytes read so far.
        problem: why the stream ended before its end, once it has; else None.
        note: what was unusual and does no harm, once the stream has ended; else None.
        closed: whether the closing root tag was seen, with nothing but white space behind it.
    """

    @property
    def read_bytes(self) -> int: ...

    @property
    def problem(self) -> str | None: ...

    @property
    def note(self) -> str | None: ...

    @property
    def closed(self) -> bool: ...

    def __iter__(self) -> Iterator[Batch]: ...


class Parsed(Struct, frozen=True):
    """What a part's XML makes: NDJSON lines, records that make no document, and what the model does not know."""

    lines: bytes
    rejected: list[Rejected]
    drift: dict[str, Unknown]


class Engine(Protocol):
    """Reads files and parses parts."""

    def read(self, path: Path, entity: Entity, max_record_bytes: int) -> Reading:
        """Cut a file into records with their ids and digests. `OSError` when it cannot be read."""
        ...

    def parse(self, entity: Entity, index: PartIndex, xml: bytes) -> Parsed:
        """Make the documents of a part."""
        ...


def resolve_engine(name: str) -> str:
    """`auto` is the native engine where it is built, else lxml.

    Raises:
        PermanentError: the native engine is asked for and not built.
    """
    if name == "lxml":
        return name
    importlib.invalidate_caches()  # it may have been built since this process started
    try:
        importlib.import_module(_NATIVE)
    except ImportError as error:
        if name == "auto":
            return "lxml"
        raise PermanentError(
            f"The native engine cannot be used ({error}): build it with `make native`, or use --engine lxml."
        ) from error
    return "native"


def engine_of(name: str) -> Engine:
    """The engine of a run.

    Raises:
        PermanentError: the native engine is asked for and not built, or built for another version.
    """
    if resolve_engine(name) == "lxml":
        from functions.extract.lxml_engine import LxmlEngine

        return LxmlEngine()
    from functions.extract.native_engine import NativeEngine

    return NativeEngine()
