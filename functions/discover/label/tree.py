"""What is above a label, and what is below it: two levels, the largest first, and never more than a page can show."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import psycopg
from msgspec import Struct

from functions.discover.records.names import Named, named
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "label.sql")

#: Levels above, labels below, and labels below each of those.
_LEVELS: Final = 8
_BELOW: Final = 60
_BELOW_EACH: Final = 12

Connection = psycopg.Connection[Any]


class Branch(Struct, frozen=True):
    """A label below another one; `more` below it are not listed."""

    label: Named
    releases: int
    below: list[Branch]
    more: int


class Tree(Struct, frozen=True):
    """Labels above one, from the top down, and those below it; `more` of these are not listed."""

    above: list[Named]
    below: list[Branch]
    more: int


def read_tree(connection: Connection, number: int) -> Tree:
    """The labels around one."""
    found: dict[int, Named] = {}
    for parent, name in connection.execute(_sql.above, {"id": number, "levels": _LEVELS}):
        if parent and parent != number and parent not in found:  # a circle ends where it begins
            found[parent] = named("label", parent, name)
    own = _below(connection, [number], _BELOW).get(number, ([], 0))
    under = _below(connection, [row[0] for row in own[0]], _BELOW_EACH)
    seen = {number, *found}
    branches = [_branch(row, *under.get(row[0], ([], 0)), seen) for row in own[0] if row[0] not in seen]
    return Tree([*reversed(found.values())], branches, own[1] - len(own[0]))


_Row = tuple[int, str, int]


def _below(connection: Connection, ids: list[int], most: int) -> dict[int, tuple[list[_Row], int]]:
    """Rows below each label, and how many there are in all."""
    rows: dict[int, list[_Row]] = defaultdict(list)
    totals: dict[int, int] = {}
    for parent, number, name, releases, total in connection.execute(_sql.below, {"ids": ids, "most": most}):
        rows[parent].append((number, name, releases))
        totals[parent] = total
    return {parent: (some, totals[parent]) for parent, some in rows.items()}


def _branch(row: _Row, below: list[_Row], total: int, seen: set[int]) -> Branch:
    number, name, releases = row
    listed = [_branch(one, [], 0, seen) for one in below if one[0] not in seen]
    return Branch(named("label", number, name), releases, listed, total - len(below))
