"""The months that are known, and the records of one, with their names."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from functions.discover.months.fields import FieldChange, field_changes
from functions.history.net_change import Kind
from functions.history.read_changes import Change, page, parse_place
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "months.sql")

_LATEST: Final = dt.date.max


class EntityCounts(Struct, frozen=True):
    """How many records of an entity a month has added, changed and removed."""

    entity: Entity
    added: int
    changed: int
    removed: int


class Month(Struct, frozen=True):
    """A month by the date of its dump.

    `loaded_at` is when it was in the stores, null while a load of it has not come to its end; `is_first` says that the
    history of some entity begins with it: all that it brought counts as added. `counts` are empty until it is counted.
    """

    dump: str
    loaded_at: dt.datetime | None
    is_first: bool
    counts: list[EntityCounts]

    def total(self, kind: Kind) -> int:
        """Records of all entities that it has added, changed or removed."""
        return sum(getattr(one, kind) for one in self.counts)


class Months(Struct, frozen=True):
    """Months, the newest first; `next` is the cursor of the page behind them, null behind the last."""

    months: list[Month]
    next: str | None


class NamedChange(Struct, frozen=True):
    """What a month did to a record. `fields` are the first differences of a changed one, of `differences` in all."""

    entity: Entity
    id: int
    name: str | None
    kind: Kind
    differences: int
    fields: list[FieldChange]


class MonthPage(Struct, frozen=True):
    """Records that a month has changed, by entity and id; `next` is the cursor of the page behind them."""

    dump: str
    changes: list[NamedChange]
    next: str | None


_counts = msgspec.json.Decoder(list[EntityCounts])


def read_months(context: Context, before: dt.date | None = None, limit: int = 24) -> Months:
    """Months, the newest first, from before a date."""
    with context.connection() as connection:
        values = {"before": before or _LATEST, "limit": limit + 1}
        rows: list[Any] = connection.execute(_sql.months, values).fetchall()
    months = [
        Month(f"{dump:%Y%m%d}", loaded_at, is_first, _counts.decode(counts) if counts else [])
        for dump, loaded_at, is_first, counts in rows
    ]
    return Months(months[:limit], months[limit - 1].dump if len(months) > limit else None)


def read_installation(context: Context) -> uuid.UUID:
    """What this installation is named by, for good: names of what it publishes are made of it."""
    with context.connection() as connection:
        [(own_id,)] = connection.execute(_sql.installation).fetchall()
    return cast("uuid.UUID", own_id)


def read_month(context: Context, dump: dt.date) -> Month | None:
    """One month; None where nothing is known of it."""
    if dump >= _LATEST:
        return None
    found = read_months(context, dump + dt.timedelta(days=1), 1).months
    return found[0] if found and found[0].dump == f"{dump:%Y%m%d}" else None


def month_page(
    context: Context,
    dump: dt.date,
    entity: Entity | None = None,
    kind: Kind | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> MonthPage:
    """Records of a month.

    Raises:
        RefusedError: the cursor is none.
    """
    entities: Sequence[Entity] = [entity] if entity else ENTITIES
    after = parse_place(cursor) if cursor else None
    found, end = page(context, dump, entities, after, limit, until=dump, kind=kind)
    return MonthPage(f"{dump:%Y%m%d}", _named(context, found), str(end) if end else None)


def _named(context: Context, changes: list[Change]) -> list[NamedChange]:
    names: dict[tuple[str, int], str] = {}
    with context.connection() as connection:
        for entity, some in groupby(changes, key=lambda one: one.entity):
            values = {"ids": [one.id for one in some]}
            rows = connection.execute(getattr(_sql, f"names_of_{entity}"), values)
            names.update({(entity, number): name for number, name in rows})
    return [_one(one, names.get((one.entity, one.id))) for one in changes]


def _one(change: Change, name: str | None) -> NamedChange:
    patch = change.patch or []
    return NamedChange(change.entity, change.id, name, change.kind, len(patch), field_changes(patch))
