"""From a document to what the graph shows of it: the properties of its node and the edges that it owns.

The edge table of the design stands here as code; nothing else decides what an edge is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from functions.documents.columns import Columns
from functions.projection.roles import roles_of
from functions.runtime.entities import Entity

#: Raised when the same document makes other nodes or edges: every record is then projected again.
GRAPH_VERSION = 1

#: Characters of a name or title in the graph, where it is indexed. Neo4j refuses to index a text of more than about
#: 8,100 bytes, and the transaction with it. The document has the whole of it.
NAME_LIMIT = 2_000


class _Named(msgspec.Struct, frozen=True, gc=False):
    id: int | None = None
    catno: str | None = None
    role: str | None = None


class _Track(msgspec.Struct, frozen=True, gc=False):
    artists: list[_Named] = []
    extraartists: list[_Named] = []
    sub_tracks: list[_Track] = []


class _Document(Columns, frozen=True, gc=False):
    """What the graph needs of any of the four documents. They hold no cycles: the collector need not look at them."""

    aliases: list[_Named] = []
    artists: list[_Named] = []
    extraartists: list[_Named] = []
    groups: list[_Named] = []
    labels: list[_Named] = []
    master_id: int | None = None
    parentLabel: _Named | None = None  # noqa: N815 - the dump's own name
    tracklist: list[_Track] = []


#: A row of a graph statement: `id`, `props`, and one list for each kind of edge the record may own.
Row = dict[str, Any]

_TITLED = frozenset[Entity](("masters", "releases"))
_decode = msgspec.json.Decoder(_Document).decode


def project(entity: Entity, data: str | bytes, year: int | None) -> Row:
    """The row of one document.

    Args:
        data: the document as JSON.
        year: as its table has it: which years are known does not depend on the document alone.
    """
    document = _decode(data)
    row: Row = {"id": document.id, "props": _properties(entity, document, year)}
    return row | _EDGES[entity](document)


def _properties(entity: Entity, document: _Document, year: int | None) -> dict[str, Any]:
    """Absent values are left out. The name of an artist, the title, year and country of a release."""
    values: dict[str, Any] = {"id": document.id}
    if entity in _TITLED:
        if document.title is not None:
            values["title"] = document.title[:NAME_LIMIT]
        if year is not None:
            values["year"] = year
    elif document.name is not None:
        values["name"] = document.name[:NAME_LIMIT]
    if entity == "releases" and document.country is not None:
        values["country"] = document.country
    return values


def _artist_edges(document: _Document) -> Row:
    return {"alias_of": _ids(document.aliases), "member_of": _ids(document.groups)}


def _label_edges(document: _Document) -> Row:
    return {"sublabel_of": _ids([document.parentLabel] if document.parentLabel else [])}


def _master_edges(document: _Document) -> Row:
    return {"by": _ids(document.artists), "genres": _distinct(document.genres), "styles": _distinct(document.styles)}


def _release_edges(document: _Document) -> Row:
    tracks = _all_tracks(document.tracklist)
    by = _ids(document.artists)
    own = set(by)
    appears_on = _ids([artist for track in tracks for artist in track.artists])
    return {
        "by": by,
        "appears_on": [artist for artist in appears_on if artist not in own],
        "credited_on": _credits(document, tracks),
        "on": _catalogue_numbers(document.labels),
        "derived_from": [document.master_id] if document.master_id and document.master_id > 0 else [],
        "genres": _distinct(document.genres),
        "styles": _distinct(document.styles),
    }


_EDGES = {
    "artists": _artist_edges,
    "labels": _label_edges,
    "masters": _master_edges,
    "releases": _release_edges,
}


def _all_tracks(tracks: list[_Track]) -> list[_Track]:
    """Tracks and their sub-tracks, however deep."""
    found: list[_Track] = []
    for track in tracks:
        found.append(track)
        if track.sub_tracks:
            found += _all_tracks(track.sub_tracks)
    return found


def _credits(document: _Document, tracks: list[_Track]) -> list[Row]:
    """One edge for each credited artist, the roles of all its credits on the release together."""
    texts: dict[int, list[str | None]] = {}
    for extra in [document.extraartists, *[track.extraartists for track in tracks if track.extraartists]]:
        for artist in extra:
            if artist.id and artist.id > 0:
                texts.setdefault(artist.id, []).append(artist.role)
    return [{"id": artist, "roles": roles_of(roles)} for artist, roles in texts.items()]


def _catalogue_numbers(labels: list[_Named]) -> list[Row]:
    """One edge for each distinct label and catalogue number; an absent number is `''`."""
    pairs = dict.fromkeys((label.id, label.catno or "") for label in labels if label.id and label.id > 0)
    return [{"id": label, "catno": catno} for label, catno in pairs]


def _ids(references: list[_Named]) -> list[int]:
    """Distinct ids in their order; 0 and none point nowhere."""
    return list(dict.fromkeys([named.id for named in references if named.id and named.id > 0]))


def _distinct(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names)) if len(names) > 1 else names


class EdgeType(NamedTuple):
    """What one list of a row makes.

    Attributes:
        type: of the edges.
        target: label of the nodes at their other end.
        outgoing: whether they begin at the row's own node.
        value: name of the property that each item of the list has beside its `id`.
    """

    type: str
    target: str
    outgoing: bool = True
    value: str | None = None


#: By the names of a row's lists.
EDGES: dict[str, EdgeType] = {
    "alias_of": EdgeType("ALIAS_OF", "Artist"),
    "appears_on": EdgeType("APPEARS_ON", "Artist", outgoing=False),
    "by": EdgeType("BY", "Artist"),
    "credited_on": EdgeType("CREDITED_ON", "Artist", outgoing=False, value="roles"),
    "member_of": EdgeType("MEMBER_OF", "Artist"),
    "on": EdgeType("ON", "Label", value="catno"),
    "sublabel_of": EdgeType("SUBLABEL_OF", "Label"),
    "derived_from": EdgeType("DERIVED_FROM", "Master"),
    "genres": EdgeType("IS", "Genre"),
    "styles": EdgeType("IS", "Style"),
}


def targets(rows: Iterable[Row]) -> dict[str, list[Any]]:
    """The distinct keys that rows point to, by node label and in order."""
    found: dict[str, set[Any]] = {}
    for row in rows:
        for name, edge in EDGES.items():
            values = row.get(name, ())
            found.setdefault(edge.target, set()).update(
                value["id"] if isinstance(value, dict) else value for value in values
            )
    return {label: sorted(keys) for label, keys in found.items() if keys}
