"""What is derived from a release beside the graph: a row of facts, by rules of this package's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from infra.verify.document import ExpectedDocument
from infra.verify.edges import year_of
from infra.verify.report import Findings, shown
from infra.verify.stores import Stores

_NAMES: Final = ("year", "country", "master", "formats", "labels", "genres", "styles", "artists", "credited")


def facts_of(document: ExpectedDocument, dump: date) -> tuple[Any, ...]:
    """The columns of a release's row of facts, as of a dump."""
    master = document.get("master_id", 0)
    artists = _once(each.get("id") for each in document.get("artists", []))
    credited = _once(each.get("id") for each in document.get("extraartists", []))
    return (
        year_of("releases", document, dump),
        document.get("country"),
        master if master > 0 else None,
        _once(each.get("name") for each in document.get("formats", [])),
        _once(each.get("id") for each in document.get("labels", [])),
        _once(document.get("genres", [])),
        _once(document.get("styles", [])),
        artists,
        [number for number in credited if number not in artists],
    )


def compare_facts(findings: Findings, stores: Stores, documents: Mapping[int, tuple[ExpectedDocument, date]]) -> None:
    """Note every difference between releases and their facts; nothing while these are behind the documents."""
    if not stores.has_all_facts():
        findings.quirks["releases whose facts are still being made"] += len(documents)
        return
    stored = {row[0]: row[1:] for row in stores.facts(list(documents))}
    findings.checked["release facts"] += len(stored)
    for id_, (document, dump) in documents.items():
        if id_ not in stored:
            findings.found("facts", f"release {id_} has no row of facts.")
            continue
        for name, expected, found in zip(_NAMES, facts_of(document, dump), stored[id_], strict=True):
            if expected != found:
                findings.found("facts", f"release {id_}: {name} is {shown(found)}, expected {shown(expected)}.")


def compare_facts_count(findings: Findings, stores: Stores) -> None:
    """Note rows of facts whose release is gone."""
    if stores.has_all_facts():
        for id_ in stores.facts_without_release():
            findings.found("facts", f"release {id_} has a row of facts, but no row.")


def _once(values: Any) -> list[Any]:
    """Each value that says something, where it stands first."""
    found: list[Any] = []
    for value in values:
        if value and value not in found:
            found.append(value)
    return found
