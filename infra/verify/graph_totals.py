"""What only the whole graph tells: genres, styles, PART_OF, the meta node, and edges that no record's read met."""

from __future__ import annotations

from collections import Counter
from typing import Final

from infra.verify.edges import SHAPES
from infra.verify.graph import Shape, joined, written
from infra.verify.report import Findings, shown
from infra.verify.stores import Stores

_META: Final = "Linernotes"
_LABELS: Final = frozenset(label for start, _, end in SHAPES for label in (start, end)) | {_META, "Migration"}
_PART_OF: Final = ("Style", "PART_OF", "Genre")


def compare_names(findings: Findings, stores: Stores, expected: dict[str, set[str]]) -> None:
    """One node for each genre and each style that some record names, with its name and nothing else."""
    for label, names in expected.items():
        found = Counter(written(properties) for properties in stores.named(label))
        wanted = Counter(written({"name": name}) for name in names)
        findings.checked["nodes"] += found.total()
        for text in sorted((wanted - found).elements()):
            findings.found("missing_node", f"({label} {text.decode()}) is missing.")
        for text in sorted((found - wanted).elements()):
            findings.found("extra_node", f"({label} {text.decode()}) is named by no record, or one too many.")


def compare_part_of(findings: Findings, stores: Stores, expected: set[tuple[str, str]]) -> None:
    """PART_OF leads from each style to each genre that stands alone in some record with that style."""
    wanted = Counter((style, genre, b"{}") for style, genre in expected)
    found = Counter(
        (str(style), str(genre), written(properties))
        for start, style, end, genre, properties in stores.part_of()
        if (joined(start), "PART_OF", joined(end)) == _PART_OF
    )
    findings.checked["edges"] += found.total()
    for style, genre, _ in sorted((wanted - found).elements()):
        findings.found("missing_edge", f"(Style {style})-[:PART_OF]->(Genre {genre}) is missing.")
    for style, genre, properties in sorted((found - wanted).elements()):
        extra = "" if properties == b"{}" else f" {properties.decode()}"
        findings.found("extra_edge", f"(Style {style})-[:PART_OF{extra}]->(Genre {genre}) is one too many.")


def compare_labels(findings: Findings, stores: Stores) -> None:
    """Exactly one meta node, and no node of a label that the graph does not have."""
    counts = Counter({joined(labels): count for labels, count in stores.label_counts()})
    if counts[_META] != 1:
        findings.found("meta_node", f"The graph has {counts[_META]:,} nodes {_META}, expected 1.")
    for label in sorted(counts.keys() - _LABELS):
        findings.found("extra_node", f"{counts[label]:,} nodes have the label {shown(label)}.", counts[label])


def compare_edge_counts(findings: Findings, stores: Stores, read: Counter[Shape]) -> None:
    """Every edge of the graph must have been met at the node that owns it."""
    for start, type_, end, count in stores.edge_counts():
        shape = (joined(start), type_, joined(end))
        beyond = 0 if shape == _PART_OF else count - read[shape]
        if beyond:
            findings.found(
                "extra_edge",
                f"{abs(beyond):,} edges ({shape[0]})-[:{type_}]->({shape[2]}) belong to no node of one id.",
                abs(beyond),
            )
