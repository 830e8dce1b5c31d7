"""Drift: what dumps had that the model does not know, and which fields most records have lost, each with an example."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal

from msgspec import Struct

from functions.operations.paging import Total, number_of, read_page
from functions.operations.sorting import Listed, Order, read_sorted
from functions.runtime.entities import Entity
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.runtime.stores.text_search import like

_sql = statements(__file__, "drift_list.sql")

DriftSort = Literal["kind", "entity", "run", "times", "at"]
_SORTED: Final = Listed(
    _sql.list,
    "before",
    {
        "kind": ("kind", "text"),
        "entity": ("entity", "text"),
        "run": ("run", "bigint"),
        "times": ("times", "bigint"),
        "at": ("at", "timestamptz"),
    },
)
DriftKind = Literal["unknown", "collapsed"]


class DriftFilter(Struct, frozen=True, kw_only=True):
    """Which drift: all that matches every field that is given; `text` is looked for in its name."""

    run: int | None = None
    entity: Entity | None = None
    kind: DriftKind | None = None
    text: str | None = None


class DriftView(Struct, frozen=True):
    """One thing that a run has noted of the form of a dump.

    `unknown`: an element or attribute called `name` that occurred so many `times`. `collapsed`: the field `name` that
    had `before` occurrences for a record in the run before and has `now` in this one. `example` is the id of a record
    that shows it, and `document` where that is, if it is known.
    """

    id: int
    at: dt.datetime
    run: int | None
    kind: DriftKind
    entity: Entity
    name: str
    times: int | None
    before: float | None
    now: float | None
    example: int | None
    document: str | None


class DriftPage(Struct, frozen=True):
    """Drift, newest first; `next` is the cursor of the page behind it, null behind the last."""

    drift: list[DriftView]
    next: str | None
    total: Total


def drift_page(
    context: Context, wanted: DriftFilter, limit: int = 100, cursor: str | None = None, order: Order | None = None
) -> DriftPage:
    """A page of drift, newest first without an order.

    Raises:
        RefusedError: the cursor is none.
    """
    values: dict[str, Any] = {
        "kinds": [f"drift-{wanted.kind}"] if wanted.kind else ["drift-unknown", "drift-collapsed"],
        "run": wanted.run,
        "entity": wanted.entity,
        "text": like(wanted.text),
        "before": number_of(cursor if order is None else None),
    }
    with context.connection() as connection:
        if order is not None:
            page = read_sorted(connection, DriftView, _SORTED, values, limit, order, cursor)
            return DriftPage(page.rows, page.next, page.total)
        found = read_page(connection, DriftView, _sql.list, values, limit, "before")
    return DriftPage(found.rows, str(found.rows[-1].id) if found.more else None, found.total)
