"""The comparison itself: the dump's records first, then the rows it says nothing about, then the graph as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path

from functions.runtime.entities import ENTITIES, NODE, SINGULAR, Entity
from functions.runtime.settings import Settings
from infra.verify.counts import Counted, compare_counts
from infra.verify.degrees import Degrees, compare_degrees
from infra.verify.drawing import Drawing
from infra.verify.facts import compare_facts_count
from infra.verify.file_tasks import FileTasks
from infra.verify.graph import Shape
from infra.verify.graph_totals import compare_edge_counts, compare_labels, compare_names, compare_part_of
from infra.verify.identifiers import compare_identifiers_count
from infra.verify.idset import IdSet
from infra.verify.pool import Pool
from infra.verify.profiles import compare_profiles
from infra.verify.quarantine_check import Damage, compare_quarantine
from infra.verify.release_links import compare_links_count
from infra.verify.report import Findings
from infra.verify.search import compare_entries_count
from infra.verify.stores import Stores
from infra.verify.tasks import CompareKept, ComparePieces, CompareStubs, Outcome
from infra.verify.unreadable import unreadable
from infra.verify.vectors import compare_vectors_count
from infra.verify.vocabulary import compare_vocabulary

#: Called with what is compared, how much of it is done, and how much there is: bytes of a file, or ids.
Progress = Callable[[str, int, int], None]

_BATCH = 500
_MANY = 50_000


class Comparison:
    """One dump beside two stores. `run` once, then read `findings`."""

    def __init__(
        self, settings: Settings, stores: Stores, pool: Pool, dump: date, drawing: Drawing, progress: Progress
    ) -> None:
        self._longest, self._drawing = settings.max_record_bytes, drawing
        self._stores, self._pool, self._dump, self._progress = stores, pool, dump, progress
        self.findings = Findings()
        self._records: dict[Entity, IdSet] = {}
        self._referred: dict[Entity, IdSet] = {entity: IdSet() for entity in ENTITIES}
        self._names: dict[str, set[str]] = {"Genre": set(), "Style": set()}
        self._part_of: set[tuple[str, str]] = set()
        self._shapes: Counter[Shape] = Counter()
        self._degrees = Degrees()
        self._words = Counter[str]()
        self._counts = Counter[Counted]()

    def run(self, files: dict[Entity, Path]) -> None:
        """Compare everything; an entity without a file may have rows, and the graph must show those."""
        self._stores.has_all_entries()  # as of now: entries that come up to the records meanwhile were not counted
        for entity in ENTITIES:
            path = files.get(entity)
            if path is None:
                self._compare_rows(entity, IdSet(), {}, whole=False)
            else:
                self._compare_file(entity, path)
        for entity in ENTITIES:
            self._compare_nodes(entity)
        compare_facts_count(self.findings, self._stores)
        compare_identifiers_count(self.findings, self._stores)
        compare_links_count(self.findings, self._stores)
        for entity in ENTITIES:
            compare_vectors_count(self.findings, self._stores, entity)
        compare_entries_count(self.findings, self._stores)
        compare_vocabulary(self.findings, self._stores, self._drawing, self._words)
        compare_degrees(self.findings, self._stores, self._degrees)
        compare_counts(self.findings, self._stores, self._counts)
        compare_profiles(self.findings, self._stores)
        compare_names(self.findings, self._stores, self._names)
        compare_part_of(self.findings, self._stores, self._part_of)
        compare_labels(self.findings, self._stores)
        compare_edge_counts(self.findings, self._stores, self._shapes)

    # ── the dump

    def _compare_file(self, entity: Entity, path: Path) -> None:
        if reason := unreadable(entity, path):
            self._pass_over(entity, path, reason)
            self._compare_rows(entity, IdSet(), {}, whole=False)
            return
        reading = FileTasks(entity, path, self._dump, self._longest, self._drawing)
        seen, damages = IdSet(), list[Damage]()
        damaged: dict[int, int] = {}  # id → where its first damaged piece begins
        for task, outcome in self._pool.run(reading):
            for damage in outcome.damages:
                if damage.id is not None:
                    damaged.setdefault(damage.id, damage.at)
            damages += outcome.damages
            later = _later(task, outcome, seen, damaged)
            if later:
                damages += self._duplicates(task, outcome, later)
                outcome = task.without(later).run(self._stores)
            seen.update(id_ for index, id_ in enumerate(outcome.ids) if id_ is not None and index not in later)
            self._take(outcome)
            self._progress(entity, task.read, reading.size)
        if not reading.sound:
            self.findings.quirks["files with a broken gzip stream"] += 1
        if reading.passed_over:
            self.findings.quirks["bytes behind the compressed data"] += reading.passed_over
        if not seen:
            self._pass_over(entity, path, "no record of it can be read")
            damages = [damage for damage in damages if damage.id is not None]
        compare_quarantine(self.findings, self._stores, entity, self._dump, damages)
        whole = bool(seen) and reading.sound and reading.closed and all(damage.id is not None for damage in damages)
        if seen and not whole and self._stores.was_whole(entity, self._dump):
            self.findings.found("not_whole", f"{entity}: {path.name} is not whole, and its load took it for whole.")
        self._compare_rows(entity, seen, damaged, whole=whole)

    def _pass_over(self, entity: Entity, path: Path, reason: str) -> None:
        self.findings.found("unreadable_file", f"{entity}: {path.name} was not compared, {reason}.")

    def _duplicates(self, task: ComparePieces, outcome: Outcome, later: frozenset[int]) -> Iterator[Damage]:
        self.findings.quirks["duplicate ids"] += len(later)
        for index in sorted(later):
            piece = task.pieces[index]
            yield Damage(piece.at, len(piece.data), outcome.ids[index], "a second record of this id")

    def _take(self, outcome: Outcome) -> None:
        self.findings.add(outcome.findings)
        self._shapes.update(outcome.shapes)
        self._degrees.add_counts(outcome.degrees.items())
        self._words.update(outcome.words)
        self._counts.update(outcome.counts)
        for entity, ids in outcome.references.ids.items():
            self._referred[entity].update(ids)
        self._names["Genre"] |= outcome.references.genres
        self._names["Style"] |= outcome.references.styles
        self._part_of |= outcome.references.part_of

    # ── the rows that the dump has no document for

    def _compare_rows(self, entity: Entity, seen: IdSet, damaged: Iterable[int], *, whole: bool) -> None:
        beyond = _gathered(self._stores.row_ids(entity)) - seen
        kept = beyond & IdSet(damaged) if whole else beyond
        for id_ in beyond - kept:
            self.findings.found("extra_row", f"{SINGULAR[entity]} {id_} has a row, but the dump does not have it.")
        if not whole:
            self.findings.quirks[f"{entity}: file missing or not whole"] += 1
        self.findings.quirks["rows kept beyond the dump"] += len(kept)
        done = 0
        tasks = (CompareKept(entity, self._dump, ids, self._drawing) for ids in kept.batches(_BATCH))
        for task, outcome in self._pool.run(tasks):
            self._take(outcome)
            done += len(task.ids)
            self._progress(f"{entity} kept", done, len(kept))
        self._records[entity] = seen | kept
        self._compare_tombstones(entity, seen)

    def _compare_tombstones(self, entity: Entity, seen: IdSet) -> None:
        for id_, in_table in self._stores.tombstones(entity):
            self.findings.checked["tombstones"] += 1
            if in_table or id_ in seen:
                place = "its table has it" if in_table else "the dump has it"
                self.findings.found("tombstone", f"{SINGULAR[entity]} {id_} has a tombstone, but {place}.")

    # ── the nodes without a record

    def _compare_nodes(self, entity: Entity) -> None:
        label, records, referred = NODE[entity], self._records[entity], self._referred[entity]
        nodes = self._node_ids(label)
        for id_ in referred - records - nodes:
            self.findings.found("wrong_stub", f"({label} {id_}) is referred to and has no record; its stub is missing.")
        unrecorded = nodes - records
        tasks = (
            CompareStubs(entity, ids, frozenset(id_ for id_ in ids if id_ in referred))
            for ids in unrecorded.batches(_BATCH)
        )
        done = 0
        for task, outcome in self._pool.run(tasks):
            self._take(outcome)
            done += len(task.ids)
            self._progress(f"{entity} without a record", done, len(unrecorded))

    def _node_ids(self, label: str) -> IdSet:
        total, ids = 0, IdSet()
        found = self._stores.node_ids(label)
        while some := list(islice(found, _MANY)):
            total += len(some)
            ids.update(id_ for id_ in some if type(id_) is int)
        if odd := total - len(ids):
            self.findings.found(
                "extra_node", f"{odd:,} nodes of {label} have no id of their own: none, another's, or no integer.", odd
            )
        return ids


def _later(task: ComparePieces, outcome: Outcome, seen: IdSet, damaged: dict[int, int]) -> frozenset[int]:
    """Which pieces repeat the id of an earlier one: of several, the first counts, even a damaged one."""
    here: set[int] = set()
    later: set[int] = set()
    for index, id_ in enumerate(outcome.ids):
        if id_ is None:
            continue
        if id_ in here or id_ in seen or damaged.get(id_, task.pieces[index].at) < task.pieces[index].at:
            later.add(index)
        here.add(id_)
    return frozenset(later)


def _gathered(ids: Iterator[int]) -> IdSet:
    gathered = IdSet()
    while some := list(islice(ids, _MANY)):
        gathered.update(some)
    return gathered
