"""What a comparison found: kinds of difference with a count and examples, what was checked, and the quirks met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from functions.runtime.printable import printable

#: Every kind of difference, and what it means.
KINDS: Final[dict[str, str]] = {
    "unreadable_file": "a file of the dump cannot be read, and nothing of its entity was compared with it",
    "not_whole": "a file that is not whole was taken for whole, so that records may have been removed",
    "missing_row": "a record of the dump has no row",
    "extra_row": "a row has no record in the dump",
    "value": "a value of a stored document differs from the dump",
    "hash": "a hash is not that of the document",
    "column": "a column differs from the document",
    "facts": "what is derived from a release beside the graph differs from it",
    "identifiers": "what a release is looked up by differs from it",
    "links": "whom a release names is linked to it otherwise than it says",
    "vectors": "a record has the vector of another text than its own, or none",
    "search": "what a record is found by, or how connected it is, differs from it",
    "counts": "how many releases or masters a genre, style, label, country, format or year has differs from it",
    "profiles": "a count of a genre, a style, a label or a month differs from the records",
    "lost_text": "a text of the XML is not in the document",
    "quarantine_missing": "a damaged piece is not in the quarantine",
    "tombstone": "a tombstone for a record that exists",
    "missing_node": "a node is missing",
    "extra_node": "a node has nothing to show",
    "node_property": "a node's property differs",
    "wrong_stub": "a stub is missing, left over, or wrong",
    "missing_edge": "an edge is missing",
    "extra_edge": "an edge that no record states, or one too many",
    "edge_property": "an edge's property differs",
    "meta_node": "there is not exactly one meta node",
}

EXAMPLES: Final = 10
_SHOWN = 120


class Difference(msgspec.Struct):
    """How often one kind of difference was found, and the first examples as sentences."""

    count: int = 0
    examples: list[str] = msgspec.field(default_factory=list)


class Report(msgspec.Struct, kw_only=True):
    """The result of a comparison. `differences` has every kind, those not found with a count of 0.

    What is not compared as a whole was drawn by `seed`.
    """

    dump: str
    seed: int = 0
    equal: bool
    differences: dict[str, Difference]
    checked: dict[str, int]
    quirks: dict[str, int]


class Findings:
    """Differences, counts and quirks while they are gathered; those of several processes can be added up."""

    def __init__(self, examples: int = EXAMPLES) -> None:
        self._examples = examples
        self.differences: dict[str, Difference] = {}
        self.checked: Counter[str] = Counter()
        self.quirks: Counter[str] = Counter()

    def found(self, kind: str, sentence: str, count: int = 1) -> None:
        """Note a difference of a kind of `KINDS`."""
        difference = self.differences.setdefault(kind, Difference())
        difference.count += count
        if len(difference.examples) < self._examples:
            difference.examples.append(sentence)

    def add(self, other: Findings) -> None:
        """Take in what another has gathered."""
        for kind, theirs in other.differences.items():
            ours = self.differences.setdefault(kind, Difference())
            ours.count += theirs.count
            ours.examples.extend(theirs.examples[: self._examples - len(ours.examples)])
        self.checked.update(other.checked)
        self.quirks.update(other.quirks)

    def report(self, dump: str, seed: int = 0) -> Report:
        """The result, in the order of `KINDS`."""
        return Report(
            dump=dump,
            seed=seed,
            equal=not self.differences,
            differences={kind: self.differences.get(kind, Difference()) for kind in KINDS},
            checked=dict(sorted(self.checked.items())),
            quirks=dict(sorted((name, count) for name, count in self.quirks.items() if count)),
        )


def shown(value: object) -> str:
    """A value in a sentence: JSON, cut when it is long."""
    text = msgspec.json.encode(value, enc_hook=str).decode()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"


def render(report: Report) -> RenderableType:
    """The report for a terminal: what was checked, each kind found with its examples, and the verdict."""
    verdict = Text("equal: the stores hold the dump.", "bold green")
    if not report.equal:
        total = sum(difference.count for difference in report.differences.values())
        verdict = Text(f"not equal: {total:,} differences.", "bold red")
    differences = [_kind(kind, difference) for kind, difference in report.differences.items() if difference.count]
    title = f"checked against the dump of {report.dump}; samples drawn by the seed {report.seed}"
    counts = _counts(title, report.checked.items())
    return Group(counts, *([_counts("quirks", report.quirks.items())] if report.quirks else []), *differences, verdict)


def _kind(kind: str, difference: Difference) -> RenderableType:
    more = difference.count - len(difference.examples)
    lines = [*difference.examples, *([f"… and {more:,} more"] if more else [])]
    return Group(
        Text(f"{kind}: {difference.count:,} × {KINDS[kind]}", "bold yellow"),
        *(Text(f"  {printable(line)}") for line in lines),
    )


def _counts(title: str, counts: Iterable[tuple[str, int]]) -> RenderableType:
    """Counts under their title, which a table would break to its own width."""
    table = Table(show_header=False, box=None)
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    for name, count in counts:
        table.add_row(name, f"{count:,}")
    return Group(Text(title, "italic"), table)
