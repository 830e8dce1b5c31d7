"""The record model as the native engine is told of it: plain values, made from the shapes that the lxml engine uses."""

from __future__ import annotations

from typing import Any

from functions.extract.records.xml_mapping import SHAPES, Reader, Shape, integer, plain, short, truth

_KIND: dict[Reader, str] = {plain: "text", short: "short", integer: "integer", truth: "truth"}


def described() -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Every shape that a record can reach, fields and shapes named by number; and the number of each entity's."""
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
    for inner in [*(row[2] for row in shape.lists.values()), *(row[1] for row in shape.single.values())]:
        _reach(inner, reached)


def _row(shape: Shape, number: dict[int, int]) -> dict[str, Any]:
    fields = shape.struct.__struct_fields__
    return {
        "name": shape.name,
        "fields": fields,
        "own": _places(fields, {"": shape.own})[""] if shape.own else None,
        "attributes": _places(fields, shape.attributes),
        "leaves": {
            tag: {"place": place, "attributes": _places(fields, shape.child_attributes.get(tag, {}))}
            for tag, place in _places(fields, shape.leaves).items()
        },
        "texts": {
            tag: {"field": fields.index(key), "item": item, "short": tag in shape.short_texts}
            for tag, (key, item) in shape.texts.items()
        },
        "lists": {
            tag: {"field": fields.index(key), "item": item, "shape": number[id(inner)], "paired": tag in shape.pairs}
            for tag, (key, item, inner) in shape.lists.items()
        },
        "single": {
            tag: {"field": fields.index(key), "shape": number[id(inner)]} for tag, (key, inner) in shape.single.items()
        },
    }


def _places(fields: tuple[str, ...], known: dict[str, tuple[str, Reader]]) -> dict[str, dict[str, Any]]:
    return {name: {"field": fields.index(key), "kind": _KIND[reader]} for name, (key, reader) in known.items()}
