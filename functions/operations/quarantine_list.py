"""Pieces of dumps that made no document: by why and where, newest first, each with its first bytes."""

from __future__ import annotations

import codecs
import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from functions.extract.records.quarantine import count_retryable, piece_of
from functions.extract.records.quarantine_filter import MOST_SEARCHED, PieceFilter, filter_values
from functions.operations.paging import MOST_COUNTED, Total, number_of, read_page, total_of
from functions.operations.sorting import Listed, Order, SortedPage, read_sorted
from functions.privacy.suppressed import is_suppressed
from functions.runtime.entities import Entity
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.store import Connection, held_dumps
from functions.runtime.printable import printable
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "quarantine_list.sql")

PieceSort = Literal["record", "dump", "reason", "size"]
_SORTED: Final = Listed(
    _sql.list,
    "before",
    {
        "record": ("record_id", "bigint"),
        "dump": ("dump", "date"),
        "reason": ("reason", "text"),
        "size": ("size", "bigint"),
    },
)

#: Bytes of a piece that are shown in a list, and by itself.
SAMPLE_BYTES: Final = 240
SHOWN_BYTES: Final = 64 * 1024

_DECODER: Final = codecs.getincrementaldecoder("utf-8")


class PieceView(Struct, frozen=True):
    """One piece of a dump.

    `dump` is the month it was found in, as in 20260401; `record` the id of its record, null where the piece does not
    tell. `size` is in bytes; `sample` its beginning as text, in which what is no text is written as an escape, and null
    where only the size was kept.
    """

    id: int
    dump: str
    entity: Entity
    record: int | None
    reason: str
    detail: str
    size: int
    run: int
    noticed_at: dt.datetime
    sample: str | None


class PiecePage(Struct, frozen=True):
    """Pieces, newest first; `next` is the cursor of the page behind them, null behind the last.

    Of all that match, `retryable` would be parsed again now: records with an id, of the newest loaded dump.
    """

    pieces: list[PieceView]
    next: str | None
    total: Total
    retryable: Total


class _Row(Struct, frozen=True):
    id: int
    dump: dt.date
    entity: Entity
    record_id: int | None
    reason: str
    detail: str
    size: int
    run: int
    noticed_at: dt.datetime
    sample: bytes | None


def piece_page(
    context: Context, wanted: PieceFilter, limit: int = 100, cursor: str | None = None, order: Order | None = None
) -> PiecePage:
    """A page of pieces, newest first without an order.

    Raises:
        RefusedError: the cursor is none.
    """
    values: dict[str, Any] = {
        **filter_values(wanted),
        "before": number_of(cursor if order is None else None),
        "searched": MOST_SEARCHED,
        "bytes": SAMPLE_BYTES,
    }
    with context.connection() as connection:
        again = total_of(count_retryable(connection, held_dumps(connection), wanted, MOST_COUNTED + 1))
        if order is not None:
            page = _sorted(connection, values, limit, order, cursor)
            return PiecePage([_view(row) for row in page.rows], page.next, page.total, again)
        found = read_page(connection, _Row, _sql.list, values, limit, "before")
    views = [_view(row) for row in found.rows]
    return PiecePage(views, str(views[-1].id) if found.more else None, found.total, again)


def _sorted(
    connection: Connection, values: Mapping[str, Any], limit: int, order: Order, cursor: str | None
) -> SortedPage[_Row]:
    """Sorted without their bytes, which are read of those that are shown."""
    page = read_sorted(connection, _Row, _SORTED, {**values, "bytes": 0}, limit, order, cursor)
    asked = {"ids": [row.id for row in page.rows], "bytes": values["bytes"]}
    samples: dict[int, bytes | None] = dict(connection.execute(_sql.samples, asked).fetchall())
    return page._replace(rows=[msgspec.structs.replace(row, sample=samples.get(row.id)) for row in page.rows])


def piece_view(context: Context, number: int) -> PieceView:
    """One piece, with more of its bytes.

    Raises:
        RefusedError: there is none, or it is of a suppressed record.
    """
    with context.connection() as connection:
        piece, data = piece_of(connection, number)
        if piece.record_id is not None and is_suppressed(connection, piece.entity, piece.record_id):
            raise RefusedError(f"There is no piece {number} in quarantine.")
    fields = msgspec.structs.asdict(piece)
    return _view(_Row(**fields, sample=None if data is None else data[:SHOWN_BYTES]))


def as_text(data: bytes) -> str:
    """The beginning of a piece as text that does no harm where it is shown: what is no text is an escape.

    A character that its end has cut is left out.
    """
    return printable(_DECODER("backslashreplace").decode(data))


def _view(row: _Row) -> PieceView:
    return PieceView(
        id=row.id,
        dump=f"{row.dump:%Y%m%d}",
        entity=row.entity,
        record=row.record_id,
        reason=row.reason,
        detail=row.detail,
        size=row.size,
        run=row.run,
        noticed_at=row.noticed_at,
        sample=None if row.sample is None else as_text(row.sample),
    )
