"""The native engine as Python sees it: the compiled module `linernotes_native`, told of the record model.

Importing this raises `ImportError` where the module is not built, or built for another state of this code.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import linernotes_native

from functions.extract.identity import PARSER_VERSION
from functions.extract.shape import SHAPES, Reader, Shape, integer, plain, truth
from functions.runtime.entities import Entity

#: What the module has to say of itself to be the one that this file was written for.
_INTERFACE = 1

if linernotes_native.INTERFACE != _INTERFACE:
    raise ImportError("linernotes_native is of another version: build it again with `make native`")

_KIND: dict[Reader, str] = {plain: "text", integer: "integer", truth: "truth"}


def parse_part(entity: Entity, lengths: list[int], ids: list[int], xml: bytes) -> tuple[list[bytes], list[int]]:
    """The NDJSON lines of a part in chunks, and the numbers of the records that stand between the chunks.

    Those records are undecided: the lxml engine says whether they make a document, drift or a rejected record. There
    is one chunk more than there are undecided records. The interpreter is free for other threads meanwhile.
    """
    chunks, undecided = _engine.parse_part(entity, lengths, ids, xml)
    return chunks, undecided


class Odd(NamedTuple):
    """A piece whose id has to be made out by `identity.record_id`, or, if stray, that is no record.

    `before` is the number of records of its batch that stand before it in the stream.
    """

    before: int
    at: int
    stray: bool
    data: bytes


class Batch(NamedTuple):
    """Records in columns, in stream order: ids, places in the stream, lengths, raw digests, and their bytes end to end.

    `odd` are the pieces among them that are not in the columns.
    """

    ids: list[int]
    places: list[int]
    lengths: list[int]
    raw: list[int]
    xml: bytes
    odd: list[Odd]


class Reading:
    """A dump file as batches of its records; a thread of its own reads ahead, by two batches at most.

    Attributes:
        read_bytes: compressed bytes read for the batches seen so far.
        stream_bytes: bytes of XML of the batches seen so far.
        problem: why the stream ended before its end, once it has; else None.
        closed: whether the closing root tag was seen, with nothing but white space behind it.
    """

    def __init__(self, path: Path, entity: Entity, max_record_bytes: int, batch_records: int, batch_bytes: int) -> None:
        """Open the file.

        Raises:
            OSError: it cannot be opened. Iterating raises it where the file cannot be read to its end.
        """
        self._native = linernotes_native.Reading(
            path, entity, max_record_bytes, batch_records, batch_bytes, PARSER_VERSION
        )

    def __iter__(self) -> Iterator[Batch]:
        for *columns, odd in self._native:
            yield Batch(*columns, odd=[Odd(*piece) for piece in odd])

    @property
    def read_bytes(self) -> int:
        return int(self._native.read_bytes)

    @property
    def stream_bytes(self) -> int:
        return int(self._native.stream_bytes)

    @property
    def problem(self) -> str | None:
        problem: str | None = self._native.problem
        return problem

    @property
    def closed(self) -> bool:
        return bool(self._native.closed)


def _describe() -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Every shape that a record can reach as plain values, and the number of each entity's."""
    reached: list[Shape] = []
    for shape in SHAPES.values():
        _reach(shape, reached)
    number = {id(shape): place for place, shape in enumerate(reached)}
    rows = [_row(shape, number) for shape in reached]
    return rows, {entity: number[id(shape)] for entity, shape in SHAPES.items()}


def _reach(shape: Shape, reached: list[Shape]) -> None:
    if any(shape is known for known in reached):
        return
    reached.append(shape)
    for *_, inner in [*shape.lists.values(), *shape.single.values()]:
        _reach(inner, reached)


def _row(shape: Shape, number: dict[int, int]) -> dict[str, Any]:
    fields = shape.struct.__struct_fields__

    def place(known: tuple[str, Reader]) -> dict[str, Any]:
        return {"field": fields.index(known[0]), "kind": _KIND[known[1]]}

    def places(known: dict[str, tuple[str, Reader]]) -> dict[str, Any]:
        return {name: place(value) for name, value in known.items()}

    return {
        "name": shape.name,
        "fields": fields,
        "own": place(shape.own) if shape.own else None,
        "attributes": places(shape.attributes),
        "leaves": {
            tag: {"place": place(known), "attributes": places(shape.child_attributes.get(tag, {}))}
            for tag, known in shape.leaves.items()
        },
        "texts": {tag: {"field": fields.index(key), "item": item} for tag, (key, item) in shape.texts.items()},
        "lists": {
            tag: {"field": fields.index(key), "item": item, "shape": number[id(inner)], "paired": tag in shape.pairs}
            for tag, (key, item, inner) in shape.lists.items()
        },
        "single": {
            tag: {"field": fields.index(key), "shape": number[id(inner)]} for tag, (key, inner) in shape.single.items()
        },
    }


_engine = linernotes_native.Engine(*_describe())
