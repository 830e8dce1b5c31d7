"""Months and their records as rows of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from functions.discover.months.read import MonthPage, Months

MONTH_HEADINGS: Final = ("month", "entity", "added", "changed", "removed")
CHANGE_HEADINGS: Final = ("entity", "id", "name", "kind", "field", "before", "after")


def month_rows(found: Months) -> Iterator[tuple[Any, ...]]:
    """A row for each entity of each month."""
    for month in found.months:
        for one in month.counts:
            yield month.dump, one.entity, one.added, one.changed, one.removed


def change_rows(found: MonthPage) -> Iterator[tuple[Any, ...]]:
    """A row for each difference of each record; one for a record without any."""
    for one in found.changes:
        record = (one.entity, one.id, one.name, one.kind)
        for field in one.fields:
            yield *record, field.field, field.before, field.after
        if not one.fields:
            yield *record, None, None, None
