"""What the comparison of filled stores with their dump reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infra.verify import Report, verify
from tests.integration.verify.stores import DUMP, Filled


def compared(filled: Filled, dump: Path, **options: Any) -> Report:
    return verify(filled.settings, dump, DUMP, **options)


def kinds(report: Report) -> dict[str, int]:
    return {kind: difference.count for kind, difference in report.differences.items() if difference.count}


def only(report: Report, kind: str) -> str:
    """The sentence of the one difference, which must be of this kind."""
    assert kinds(report) == {kind: 1}
    assert not report.equal
    (sentence,) = report.differences[kind].examples
    return sentence
