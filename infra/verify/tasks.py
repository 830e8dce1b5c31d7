"""What can be compared on its own, in any process: some pieces of the dump, some rows, some nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from functions.runtime.entities import ENTITIES, NODE, SINGULAR, Entity
from infra.verify.counts import Counted, counted_of
from infra.verify.document import Damaged, ExpectedDocument, canonical, document_of, repaired, tree_of
from infra.verify.drawing import Drawing
from infra.verify.edges import edges_of, part_of, properties_of, year_of
from infra.verify.facts import compare_facts
from infra.verify.graph import Expected, Shape, compare_edges, compare_records, edge_of, shape, written
from infra.verify.identifiers import compare_identifiers
from infra.verify.lost_text import is_noted, lost_texts
from infra.verify.quarantine_check import Damage, damage_of
from infra.verify.record_splitter import SplitPiece
from infra.verify.release_links import compare_links
from infra.verify.report import Findings, shown
from infra.verify.rows import Row, columns_of, compare_row, row_of
from infra.verify.search import compare_entries, ids_named
from infra.verify.stores import Stores
from infra.verify.vectors import compare_vectors
from infra.verify.vocabulary import count_words


@dataclass(slots=True)
class References:
    """What documents refer to: nodes that must exist, as a record or as a stub."""

    ids: dict[Entity, set[int]] = field(default_factory=lambda: {entity: set() for entity in ENTITIES})
    genres: set[str] = field(default_factory=set)
    styles: set[str] = field(default_factory=set)
    part_of: set[tuple[str, str]] = field(default_factory=set)


@dataclass(slots=True)
class Outcome:
    """What a task gives back."""

    findings: Findings = field(default_factory=Findings)
    references: References = field(default_factory=References)
    shapes: Counter[Shape] = field(default_factory=Counter)
    degrees: Counter[tuple[Entity, int]] = field(default_factory=Counter)
    counts: Counter[Counted] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)  # those that are drawn
    ids: list[int | None] = field(default_factory=list)  # of each piece; None for a damaged one
    damages: list[Damage] = field(default_factory=list)


class Task(Protocol):
    """Something to compare."""

    def run(self, stores: Stores) -> Outcome:
        """Compare it."""


@dataclass(frozen=True, slots=True)
class ComparePieces:
    """Records of the dump beside their rows, nodes and edges."""

    entity: Entity
    dump: date
    pieces: list[SplitPiece]
    read: int  # compressed bytes of the file up to here
    drawing: Drawing
    later: frozenset[int] = frozenset()  # pieces that repeat an id

    def without(self, later: frozenset[int]) -> ComparePieces:
        """The same, save the pieces that repeat an earlier record's id."""
        return replace(self, later=later)

    def run(self, stores: Stores) -> Outcome:
        outcome, documents = Outcome(), dict[int, ExpectedDocument]()
        for index, piece in enumerate(self.pieces):
            document = self._document(outcome, piece, stores)
            outcome.ids.append(document["id"] if document else None)
            if document and index not in self.later:
                documents.setdefault(document["id"], document)
        _compare(outcome, stores, self.entity, self.dump, documents, self.drawing)
        return outcome

    def _document(self, outcome: Outcome, piece: SplitPiece, stores: Stores) -> ExpectedDocument | None:
        """The document of a piece, its texts accounted for; None when it is damaged.

        A text that the document lacks is no difference where a load has said so.
        """
        if piece.kind != "record":
            outcome.damages.append(damage_of(self.entity, piece, piece.kind))
            return None
        try:
            xml, replaced = repaired(piece.data)
            record = tree_of(xml)
            document = document_of(self.entity, record)
        except Damaged as error:
            outcome.damages.append(damage_of(self.entity, piece, str(error)))
            return None
        lost, quirks = lost_texts(record, document)
        outcome.findings.quirks.update(quirks)
        outcome.findings.quirks["characters replaced"] += replaced
        for place, text in lost:
            if is_noted(place, stores.drift(self.entity)):
                outcome.findings.quirks["texts without a place in the model"] += 1
                continue
            who = f"{SINGULAR[self.entity]} {document['id']}"
            outcome.findings.found("lost_text", f"{who}: {shown(text)} at {place} is not in its document.")
        return document


@dataclass(frozen=True, slots=True)
class CompareKept:
    """Rows that the dump says nothing about: in themselves, and beside the graph."""

    entity: Entity
    dump: date
    ids: list[int]
    drawing: Drawing

    def run(self, stores: Stores) -> Outcome:
        outcome = Outcome()
        rows = {row.id: row for row in _rows(stores, self.entity, self.ids)}
        documents = {id_: row.document for id_, row in rows.items()}
        for id_ in [id_ for id_, document in documents.items() if not self._readable(id_, document)]:
            who = f"{SINGULAR[self.entity]} {id_}"
            outcome.findings.found("value", f"{who}: {shown(documents.pop(id_))} is not a document of its kind.")
        _compare(outcome, stores, self.entity, self.dump, documents, self.drawing, rows)
        return outcome

    def _readable(self, id_: int, document: ExpectedDocument) -> bool:
        """Whether rules can be applied to a stored document: there is nothing else to compare it with."""
        try:
            edges_of(self.entity, document)
            list(part_of(self.entity, document))
            columns_of(self.entity, document, self.dump)
            return bool(canonical(document["id"]) == canonical(id_))
        except (AttributeError, KeyError, TypeError):
            return False


@dataclass(frozen=True, slots=True)
class CompareStubs:
    """Nodes without a record: stubs where something refers to them, else one too many."""

    entity: Entity
    ids: list[int]
    referred: frozenset[int]

    def run(self, stores: Stores) -> Outcome:
        outcome, label = Outcome(), NODE[self.entity]
        for id_, properties in stores.nodes(label, self.ids):
            self._judge(outcome.findings, f"({label} {id_})", id_, properties)
        for id_, edges in stores.owned_edges(self.entity, self.ids):
            found = Counter(map(edge_of, edges))
            outcome.shapes.update(shape(label, edge) for edge in found.elements())
            compare_edges(outcome.findings, f"{label} {id_}", Counter(), found)
        return outcome

    def _judge(self, findings: Findings, who: str, id_: int, properties: dict[str, object]) -> None:
        findings.checked["stubs"] += id_ in self.referred
        if id_ not in self.referred:
            kind = "wrong_stub" if properties.get("stub") is True else "extra_node"
            findings.found(kind, f"{who} has no record, and nothing refers to it.")
        elif written(properties) != written({"id": id_, "stub": True}):
            findings.found("wrong_stub", f"{who} has no record, but its node holds {shown(properties)}.")


def _compare(
    outcome: Outcome,
    stores: Stores,
    entity: Entity,
    dump: date,
    documents: dict[int, ExpectedDocument],
    drawing: Drawing,
    kept: dict[int, Row] | None = None,
) -> None:
    """Compare documents with rows and graph.

    Args:
        drawing: which records have their search entry compared, and which words are counted.
        kept: the rows that the dump says nothing about.
    """
    if not documents:
        return
    rows = kept if kept is not None else {row.id: row for row in _rows(stores, entity, list(documents))}
    findings = outcome.findings
    findings.checked[entity] += len(documents)
    findings.checked["rows"] += len(rows)
    expected, stored = {}, dict[int, tuple[ExpectedDocument, date]]()
    for id_, document in documents.items():
        row = rows.get(id_)
        bound = _bound(row, dump) if kept and row else dump
        if row is None:
            findings.found("missing_row", f"{SINGULAR[entity]} {id_} has no row.")
        else:
            compare_row(findings, entity, row, document, bound)
            stored[id_] = document, bound
        expected[id_] = _expected(outcome.references, entity, document, bound)
    outcome.shapes.update(compare_records(findings, stores, entity, expected))
    if stored:
        compare_vectors(findings, stores, entity, stored)
        drawn = {id_: one for id_, one in stored.items() if drawing.has_record(id_)}
        compare_entries(findings, stores, entity, drawn)
        outcome.words.update(count_words(stores, drawing, entity, (document for document, _ in stored.values())))
    if entity in ("masters", "releases"):
        for document, bound in stored.values():
            outcome.counts.update(counted_of(entity, document, year_of(entity, document, bound)))
    if entity == "releases" and stored:
        outcome.degrees.update(named for document, _ in stored.values() for named in ids_named(document))
        compare_facts(findings, stores, stored)
        compare_links(findings, stores, stored)
        compare_identifiers(findings, stores, {id_: document for id_, (document, _) in stored.items()})


def _bound(row: Row, dump: date) -> date:
    """As of which dump a kept row has its year: the dump of its entity was another where this one has no file of it."""
    return min(row.dump, dump) if row.columns.get("year") is None else date.max


def _expected(references: References, entity: Entity, document: ExpectedDocument, dump: date) -> Expected:
    edges = edges_of(entity, document)
    for edge in edges:
        _refer(references, edge.label, edge.key)
    references.part_of.update(part_of(entity, document))
    return Expected(properties_of(entity, document, dump), edges)


_ENTITY_OF = {label: entity for entity, label in NODE.items()}


def _refer(references: References, label: str, key: int | str) -> None:
    if isinstance(key, int):
        references.ids[_ENTITY_OF[label]].add(key)
    else:
        (references.genres if label == "Genre" else references.styles).add(key)


def _rows(stores: Stores, entity: Entity, ids: list[int]) -> Iterator[Row]:
    return (row_of(entity, values) for values in stores.rows(entity, ids))
