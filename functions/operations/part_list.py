"""The parts of a run, by where they are and what went wrong."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Final, Literal, cast

import msgspec
from msgspec import Struct

from functions.operations.paging import Total, no_cursor, read_page
from functions.operations.sorting import Listed, Order, read_sorted
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.function_table import FunctionTable, function_name
from functions.runtime.ledger.store import Connection
from functions.runtime.messages import PartState
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.runtime.stores.text_search import like

_sql = statements(__file__, "part_list.sql")
PartSort = Literal["part", "state", "records", "attempts", "quarantined", "sent_at"]
_SORTED: Final = Listed(
    _sql.list,
    "after_entity",
    {
        "part": ("place", "text"),
        "state": ("state", "text"),
        "records": ("records", "bigint"),
        "attempts": ("attempts", "bigint"),
        "quarantined": ("quarantined", "bigint"),
        "sent_at": ("sent_at", "timestamptz"),
    },
    key="place",
    key_kind="text",
)
_CURSOR: Final = re.compile(rf"({'|'.join(ENTITIES)})\.(\d{{1,9}})", re.ASCII)


class PartFilter(Struct, frozen=True, kw_only=True):
    """Which parts: all that match every field that is given.

    Without a `run` those of the active one, else of the last. `function` is the one that a part waits for, or died in.
    `text` is looked for in the error.
    """

    run: int | None = None
    entity: Entity | None = None
    state: PartState | None = None
    function: str | None = None
    text: str | None = None


class PartView(Struct, frozen=True):
    """One part. `function` is the one that it waits for, or died in; null for one that is done or is cut again.

    `sent_at` says when its message was sent, and lies ahead while a failed one waits for its next try. `recuts` counts
    how often it was found damaged.
    """

    run: int
    entity: Entity
    part: int
    kind: Literal["xml", "ids"]
    state: PartState
    function: str | None
    records: int
    quarantined: int
    rows: int
    nodes: int
    edges: int
    attempts: int
    recuts: int
    error: str | None
    sent_at: dt.datetime | None


class PartPage(Struct, frozen=True):
    """Parts of `run` by entity and number; `next` is the cursor of the page behind them, null behind the last."""

    run: int | None
    parts: list[PartView]
    next: str | None
    total: Total


class _Row(Struct, frozen=True):
    run: int
    entity: Entity
    part: int
    kind: Literal["xml", "ids"]
    state: PartState
    died_in: PartState | None
    records: int
    quarantined: int
    rows: int
    nodes: int
    edges: int
    attempts: int
    recuts: int
    error: str | None
    sent_at: dt.datetime | None


def part_page(
    context: Context, wanted: PartFilter, limit: int = 100, cursor: str | None = None, order: Order | None = None
) -> PartPage:
    """A page of parts, by entity and number without an order; none where nothing was ever loaded.

    Raises:
        RefusedError: the cursor is none.
    """
    after = _place(cursor if order is None else None)
    with context.connection() as connection:
        run = wanted.run if wanted.run is not None else _last_run(connection)
        values = {**_values(context.functions, wanted), "run": run, "after_entity": after[0], "after_part": after[1]}
        if order is not None:
            page = read_sorted(connection, _Row, _SORTED, values, limit, order, cursor)
            return PartPage(run, [_view(context.functions, row) for row in page.rows], page.next, page.total)
        found = read_page(connection, _Row, _sql.list, values, limit, "after_entity")
    views = [_view(context.functions, row) for row in found.rows]
    end = f"{views[-1].entity}.{views[-1].part}" if found.more else None
    return PartPage(run, views, end, found.total)


def function_of(functions: FunctionTable, state: PartState | None) -> str | None:
    """The function that a part in a state waits for."""
    step = functions.steps.get(state) if state else None
    return function_name(step) if step else None


def _last_run(connection: Connection) -> int | None:
    row = connection.execute(_sql.last_run).fetchone()
    return row[0] if row else None


def _place(cursor: str | None) -> tuple[str | None, int | None]:
    if cursor is None:
        return None, None
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise no_cursor(cursor)
    return match[1], int(match[2])


def _values(functions: FunctionTable, wanted: PartFilter) -> dict[str, Any]:
    waiting = [state for state in functions.steps if function_of(functions, state) == wanted.function]
    return {
        "entity": wanted.entity,
        "state": wanted.state,
        "waiting": waiting if wanted.function else None,
        "text": like(wanted.text),
    }


def _view(functions: FunctionTable, row: _Row) -> PartView:
    fields = msgspec.structs.asdict(row)
    died_in = cast("PartState | None", fields.pop("died_in"))
    return PartView(**fields, function=function_of(functions, died_in or row.state))
