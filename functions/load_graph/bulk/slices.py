"""Projected documents of one entity, a slice of all that there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from functions.projection.projection import Row, project
from functions.runtime.entities import Entity

#: The year of a document's row, and the document as JSON.
Documents = list[tuple[int | None, bytes]]


class Slice(Protocol):
    """What the graph shows of some documents; only the engine that has made it looks inside."""

    def __len__(self) -> int:
        """How many documents there are."""
        ...

    def part_of(self) -> Iterable[tuple[str, str]]:
        """Styles and the genre that each belongs to, as far as the documents tell."""
        ...


class PlainSlice:
    """Documents as rows."""

    def __init__(self, entity: Entity, documents: Documents) -> None:
        self.entity = entity
        self.rows: list[Row] = [project(entity, data, year) for year, data in documents]

    def __len__(self) -> int:
        return len(self.rows)

    def part_of(self) -> set[tuple[str, str]]:
        """Styles belong to a genre only where a record has a single genre."""
        return {(style, row["genres"][0]) for row in self.rows if len(row["genres"]) == 1 for style in row["styles"]}
