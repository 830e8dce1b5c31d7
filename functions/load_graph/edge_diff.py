"""The edges that records own: those that the graph has set beside those that their documents call for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field

from functions.projection.projection import EDGES, Row, targets

#: What tells an edge from the others of its kind at the same record: its other end, of ON the catalogue number too.
Key = int | str | tuple[int, str]
#: As a statement returns it: type, label and key of the other end, `catno`, `roles`.
OwnedEdge = tuple[str, str, int | str, str | None, list[str] | None]

_KINDS = {(edge.type, edge.target): kind for kind, edge in EDGES.items()}

#: By kind of edge: rows of a statement, `id` of the record and `to`, a list of what the statement needs of each edge.
ByKind = dict[str, list[Row]]


class Differences(Struct):
    """What brings the edges of some records to what they should be."""

    added: ByKind = field(default_factory=lambda: defaultdict(list))
    dropped: ByKind = field(default_factory=lambda: defaultdict(list))
    #: Credits whose roles differ.
    roles: list[Row] = []

    @property
    def edges(self) -> int:
        """How many are added, dropped or changed."""
        kinds = [*self.added.values(), *self.dropped.values(), self.roles]
        return sum(len(row["to"]) for rows in kinds for row in rows)

    def first(self, most: int) -> Differences:
        """So many edges of them at most. What is left is found by comparing again once these are written."""
        some, room = Differences(), most
        lists = [(rows, some.dropped[kind]) for kind, rows in self.dropped.items()]
        lists += [(rows, some.added[kind]) for kind, rows in self.added.items()]
        for rows, taken in [*lists, (self.roles, some.roles)]:
            for row in rows:
                if room > 0:
                    taken.append({"id": row["id"], "to": row["to"][:room]})
                    room -= len(row["to"])
        return some

    def targets(self) -> dict[str, list[Any]]:
        """The distinct keys that the added edges point to, by node label and in order."""
        return targets({kind: [each for row in rows for each in row["to"]]} for kind, rows in self.added.items())


def differences(rows: Iterable[Row], owned: Mapping[int, list[OwnedEdge]]) -> Differences:
    """Compare what the rows call for with what the graph has.

    Args:
        rows: projected records; one without a list of a kind shall own no such edge.
        owned: the edges of those records that own any, by id.
    """
    found = Differences()
    for row in rows:
        record = row["id"]
        has = _by_kind(owned[record]) if record in owned else {}
        for kind in EDGES:
            wanted = row.get(kind)
            if kind in has:
                _compare(found, record, kind, has[kind], _by_key(kind, wanted or []))
            elif wanted:
                found.added[kind].append({"id": record, "to": wanted})
    return found


def _by_kind(edges: Iterable[OwnedEdge]) -> dict[str, dict[Key, list[str] | None]]:
    """Roles of each edge, by its kind and key; kinds that are not known are nobody's."""
    has: dict[str, dict[Key, list[str] | None]] = {}
    for name, label, key, catno, roles in edges:
        if kind := _KINDS.get((name, label)):
            has.setdefault(kind, {})[(key, catno) if kind == "on" else key] = roles  # type: ignore[index]
    return has


def _by_key(kind: str, items: list[Any]) -> dict[Key, Any]:
    """What is needed to make each edge, by its key."""
    if kind == "on":
        return {(item["id"], item["catno"]): item for item in items}
    if kind == "credited_on":
        return {item["id"]: item for item in items}
    return {key: key for key in items}


def _compare(
    found: Differences, record: int, kind: str, has: Mapping[Key, list[str] | None], wanted: Mapping[Key, Any]
) -> None:
    if added := [item for key, item in wanted.items() if key not in has]:
        found.added[kind].append({"id": record, "to": added})
    if dropped := [_as_parameter(key) for key in has if key not in wanted]:
        found.dropped[kind].append({"id": record, "to": dropped})
    if kind == "credited_on":
        roles = [item for key, item in wanted.items() if key in has and has[key] != item["roles"]]
        if roles:
            found.roles.append({"id": record, "to": roles})


def _as_parameter(key: Key) -> Any:
    return {"id": key[0], "catno": key[1]} if isinstance(key, tuple) else key
