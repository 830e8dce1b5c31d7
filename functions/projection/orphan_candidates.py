"""Nodes of the graph that may have become orphans, noted by the transaction that changes or removes a document.

Whatever document of a record the graph shows, it is one that its table once had: all that it points to and that the
record no longer states has been noted on the way. Notes stay until the graph was asked about them with every record
shown. While no graph is known none is made: the next one is filled from the documents, and so has no orphans.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg

from functions.projection.projection import GRAPH_VERSION, Row, project, targets
from functions.runtime.entities import NODE, Entity
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "orphan_candidates.sql")

_NAMED = frozenset(("Genre", "Style"))

Connection = psycopg.Connection[Any]
Keys = dict[str, list[Any]]


def note_changed(connection: Connection, pairs: Iterable[tuple[Row, Row]]) -> None:
    """Note what records no longer point to.

    Args:
        pairs: rows of the graph, of the document that the table has and of the one that takes its place.
    """
    if not _is_known(connection):
        return
    found: dict[str, set[Any]] = defaultdict(set)
    for old, new in pairs:
        stays = _targets(new)
        for label, keys in _targets(old).items():
            found[label].update(keys - stays.get(label, set()))
    _note(connection, found)


def note_gone(connection: Connection, entity: Entity, documents: Mapping[int, str]) -> None:
    """Note records that are about to go, and what they point to. Of a release that goes no stub stays.

    Args:
        documents: JSON by id.
    """
    if not _is_known(connection):
        return
    found: dict[str, set[Any]] = defaultdict(set)
    if entity != "releases":
        found[NODE[entity]].update(documents)
    for data in documents.values():
        for label, keys in _targets(project(entity, data, None)).items():
            found[label].update(keys)
    _note(connection, found)


def candidates(connection: Connection) -> Keys | None:
    """What to ask the graph about, by label; None where that is not known, and all of it has to be searched."""
    if connection.execute(_sql.settled).fetchone() != (GRAPH_VERSION,):
        return None
    rows = connection.execute(_sql.candidates).fetchall()
    return {label: keys if label in _NAMED else [int(key) for key in keys] for label, keys in rows}


def forget_candidates(connection: Connection) -> None:
    """The graph has no orphans, as this version of the projection sees it."""
    connection.execute(_sql.forget)
    connection.execute(_sql.set_settled, {"version": GRAPH_VERSION})


def _is_known(connection: Connection) -> bool:
    return connection.execute(_sql.is_known).fetchone() == (True,)


def _targets(row: Row) -> dict[str, set[Any]]:
    return {label: set(keys) for label, keys in targets([row]).items()}


def _note(connection: Connection, found: Mapping[str, Iterable[Any]]) -> None:
    for label, keys in found.items():
        if texts := [str(key) for key in keys]:
            connection.execute(_sql.note, {"label": label, "keys": texts})
