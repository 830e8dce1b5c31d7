"""Nodes and edges of the graph beside those that the documents make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from functions.runtime.entities import NODE, Entity
from infra.verify.edges import ExpectedEdge
from infra.verify.report import Findings, shown
from infra.verify.stores import Stores

#: (label of the start, type, label of the end)
Shape = tuple[str, str, str]

_BY_ID = frozenset(NODE.values())


@dataclass(frozen=True, slots=True)
class Expected:
    """What one record makes of the graph."""

    properties: dict[str, Any]
    edges: Counter[ExpectedEdge]


def compare_records(
    findings: Findings, stores: Stores, entity: Entity, expected: Mapping[int, Expected]
) -> Counter[Shape]:
    """Compare the nodes of some records and the edges that they own; gives how many edges of each shape it read."""
    label, ids = NODE[entity], list(expected)
    missing = set(ids)
    for id_, properties in stores.nodes(label, ids):
        missing.discard(id_)
        compare_node(findings, f"{label} {id_}", properties, expected[id_].properties)
    for id_ in sorted(missing):
        findings.found("missing_node", f"({label} {id_}) is missing.")
    read: Counter[Shape] = Counter()
    found = {id_: Counter(map(edge_of, edges)) for id_, edges in stores.owned_edges(entity, ids)}
    for id_, wanted in expected.items():
        edges = found.get(id_, Counter())
        read.update(shape(label, edge) for edge in edges.elements())
        if edges != wanted.edges:
            compare_edges(findings, f"{label} {id_}", wanted.edges, edges)
    findings.checked["edges"] += read.total()
    findings.checked["nodes"] += len(ids) - len(missing)
    return read


def compare_node(findings: Findings, who: str, found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Note each property of a record's node that differs."""
    if written(found) == written(expected):
        return
    if "stub" in found:
        findings.found("wrong_stub", f"({who}) is marked as a stub, but the record exists.")
    for name in sorted(found.keys() | expected.keys()):
        if name != "stub" and written(found.get(name)) != written(expected.get(name)):
            findings.found(
                "node_property",
                f"({who}): {name} is {shown(found.get(name))}, expected {shown(expected.get(name))}.",
            )


def compare_edges(findings: Findings, who: str, expected: Counter[ExpectedEdge], found: Counter[ExpectedEdge]) -> None:
    """Note each edge that is missing or too many; the two together at one place are a wrong property."""
    extra = sorted((found - expected).elements(), key=str)
    for edge in sorted((expected - found).elements(), key=str):
        twin = next((other for other in extra if other[:4] == edge[:4]), None)
        if twin is None:
            findings.found("missing_edge", f"{_drawn(who, edge)} is missing.")
        else:
            extra.remove(twin)
            findings.found("edge_property", f"{_drawn(who, twin)} should be {edge.properties.decode()}.")
    for edge in extra:
        findings.found("extra_edge", f"{_drawn(who, edge)} is one too many.")


def shape(label: str, edge: ExpectedEdge) -> Shape:
    """The labels at both ends of an edge that a node of `label` owns."""
    return (label, edge.type, edge.label) if edge.outgoing else (edge.label, edge.type, label)


def written(value: Any) -> bytes:
    """Canonical JSON, so that values compare with their types; what JSON has no form for, as its text."""
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)


def joined(labels: Iterable[str]) -> str:
    """The labels of a node as one word."""
    return ":".join(sorted(labels)) or "no label"


def edge_of(values: list[Any]) -> ExpectedEdge:
    """An edge as `graph.cypher` returns it."""
    type_, outgoing, labels, id_, name, properties = values
    label = joined(labels)
    key = id_ if label in _BY_ID else name
    return ExpectedEdge(type_, outgoing, label, key if isinstance(key, (int, str)) else str(key), written(properties))


def _drawn(who: str, edge: ExpectedEdge) -> str:
    inside = "" if edge.properties == b"{}" else f" {edge.properties.decode()}"
    left, right = ("-", "->") if edge.outgoing else ("<-", "-")
    return f"({who}){left}[:{edge.type}{inside}]{right}({edge.label} {edge.key})"
