"""Whom a release names, by rules of this package's own: a row for each artist, label and company in each way.

The categories of roles are names, and shared with whoever writes the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from functions.release_links.role_categories import mask_of
from infra.verify.document import ExpectedDocument
from infra.verify.edges import year_of
from infra.verify.report import Findings, shown
from infra.verify.roles import roles_of
from infra.verify.stores import Stores

_WAYS: Final = ("artist", "artist of a track", "credit", "label", "company")


class ExpectedLink(NamedTuple):
    """A row, in the order of its columns behind the release."""

    id: int
    kind: int
    master: int | None
    year: int
    categories: int
    roles: str | None


def links_of(document: ExpectedDocument, dump: date) -> list[ExpectedLink]:
    """The rows of a release, in order, as of a dump."""
    master = document.get("master_id", 0)
    common = (master if master > 0 else None, year_of("releases", document, dump) or 0)
    return [
        ExpectedLink(number, kind, *common, mask_of(roles) if kind == 2 else 0, _lines(roles))
        for (number, kind), roles in sorted(_named(document).items())
    ]


def compare_links(findings: Findings, stores: Stores, documents: Mapping[int, tuple[ExpectedDocument, date]]) -> None:
    """Note every difference between releases and their links; nothing while these are behind the documents."""
    if not stores.has_all_links():
        findings.quirks["releases whose links are still being made"] += len(documents)
        return
    stored: dict[int, list[ExpectedLink]] = {id_: [] for id_ in documents}
    for id_, *row in stores.links(list(documents)):
        stored[id_].append(ExpectedLink(*row))
    for id_, (document, dump) in documents.items():
        expected, found = links_of(document, dump), sorted(stored[id_], key=lambda row: row[:2])
        findings.checked["release links"] += len(expected)
        for sentence in _differences(expected, found) if expected != found else ():
            findings.found("links", f"release {id_}: {sentence}")


def compare_links_count(findings: Findings, stores: Stores) -> None:
    """Note links whose release is gone, and counts that are not those of the links."""
    if not stores.has_all_links():
        return
    for id_ in stores.links_without_release():
        findings.found("links", f"release {id_} has links, but no row.")
    for id_, kind, year, noted, counted in stores.wrong_link_years():
        who = f"{id_} as {_WAYS[kind]}, {year or 'without a year'}"
        findings.found("links", f"{who}: {shown(noted)} releases are noted, {shown(counted)} are there.")
    for role, id_, noted, counted in stores.wrong_link_roles():
        findings.found("links", f"artist {id_}, {role}: {noted:,} releases are noted, {counted:,} are there.")


def _differences(expected: list[ExpectedLink], found: list[ExpectedLink]) -> Iterator[str]:
    wanted, stored = ({(row.id, row.kind): row for row in rows} for rows in (expected, found))
    if len(stored) < len(found):
        yield "somebody is named twice in one way."
    for key in sorted(wanted.keys() | stored.keys()):
        who = f"{_WAYS[key[1]]} {key[0]}"
        if key not in stored:
            yield f"its {who} has no link."
        elif key not in wanted:
            yield f"there is a link to {who}, which it does not name."
        elif wanted[key] != stored[key]:
            yield from (
                f"{name} of its {who} is {shown(stored_value)}, expected {shown(value)}."
                for name, value, stored_value in zip(ExpectedLink._fields, wanted[key], stored[key], strict=True)
                if value != stored_value
            )


def _named(document: ExpectedDocument) -> dict[tuple[int, int], list[str]]:
    """By id and kind what each is named with."""
    found: dict[tuple[int, int], list[str]] = {}
    tracks = list(_tracks(document))
    for each in document.get("artists", ()):
        found[each.get("id", 0), 0] = []
    for track in tracks:
        for each in track.get("artists", ()):
            if (each.get("id", 0), 0) not in found:
                found[each.get("id", 0), 1] = []
    roles: dict[int, set[str]] = {}
    for place in (document, *tracks):
        for each in place.get("extraartists", ()):
            roles.setdefault(each.get("id", 0), set()).update(roles_of(each.get("role", "")))
    found |= {(number, 2): sorted(names) for number, names in roles.items()}
    for kind, field, name in ((3, "labels", "catno"), (4, "companies", "entity_type_name")):
        for each in document.get(field, ()):
            texts = found.setdefault((each.get("id", 0), kind), [])
            if each.get(name) and each[name] not in texts:
                texts.append(each[name])
    return {key: texts for key, texts in found.items() if key[0] > 0}


def _lines(texts: list[str]) -> str | None:
    return "\n".join(" ".join(text.split("\n")) for text in texts) or None


def _tracks(place: Any) -> Iterator[Any]:
    for track in [*place.get("tracklist", ()), *place.get("sub_tracks", ())]:
        yield track
        yield from _tracks(track)
