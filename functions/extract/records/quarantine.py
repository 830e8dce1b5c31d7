"""Quarantine: pieces of a dump that make no document, kept with their reason and bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec
import psycopg
from msgspec import Struct
from pyroaring import BitMap64

from functions.extract.records.part_index import PartIndex
from functions.extract.records.quarantine_filter import PieceFilter, filter_values
from functions.extract.records.record_digest import raw_digest
from functions.runtime.entities import Entity
from functions.runtime.errors import RefusedError
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "quarantine.sql")

Reason = Literal[
    "bad-number",
    "duplicate-id",
    "no-id",
    "not-utf-8",
    "not-well-formed",
    "stray-bytes",
    "too-deep",
    "too-long",
    "truncated",
]


class Rejected(Struct, frozen=True):
    """A piece of a dump that was put aside. `record_id` is None when the piece does not tell.

    `dropped` counts bytes of it that are not kept.
    """

    stream_at: int
    record_id: int | None
    reason: Reason
    detail: str
    data: bytes
    dropped: int = 0

    def without_bytes(self) -> Rejected:
        """The same piece, its bytes only counted."""
        return msgspec.structs.replace(self, data=b"", dropped=self.dropped + len(self.data))


def put_aside(
    connection: psycopg.Connection[Any],
    run: int,
    dump: dt.date,
    entity: Entity,
    pieces: Iterable[Rejected],
    room: int | None = None,
) -> int:
    """Keep pieces in the quarantine; a piece that is there already is not put there twice. Returns the bytes kept.

    Args:
        room: bytes that may be kept; of a piece beyond it only the size is. None: as many as come.
    """
    rows, kept = [], 0
    for piece in pieces:
        size = len(piece.data) + piece.dropped
        keeps = not piece.dropped and (room is None or kept + size <= room)
        kept += size if keeps else 0
        rows.append(
            {
                "dump": dump,
                "entity": entity,
                "stream_at": piece.stream_at,
                "record_id": piece.record_id,
                "reason": piece.reason,
                "detail": piece.detail,
                "bytes": piece.data if keeps else None,
                "digest": None if keeps or piece.dropped else hashlib.sha256(piece.data).digest(),
                "size": size,
                "run": run,
            }
        )
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(_sql.insert, rows)
    return kept


def kept_by_parts(connection: psycopg.Connection[Any], run: int, entity: Entity) -> int:
    """Bytes that parsing has put aside in a run."""
    row = connection.execute(_sql.kept_by_parts, {"run": run, "entity": entity}).fetchone()
    return int(row[0]) if row else 0


def kept_by_split(connection: psycopg.Connection[Any], run: int, entity: Entity) -> int:
    """Bytes that the split has put aside in a run."""
    row = connection.execute(_sql.kept_by_split, {"run": run, "entity": entity}).fetchone()
    return int(row[0]) if row else 0


def known_before(connection: psycopg.Connection[Any], run: int, entity: Entity) -> BitMap64:
    """The ids of records that earlier runs have put aside: unchanged, they make no document still."""
    rows = connection.execute(_sql.known_before, {"run": run, "entity": entity})
    return BitMap64([number for (number,) in rows if number >= 0])


def reject_known(
    connection: psycopg.Connection[Any], dump: dt.date, entity: Entity, pieces: Iterable[Rejected]
) -> None:
    """Pieces that were tried again make no document yet: note why, where they are."""
    for piece in pieces:
        values = {"stream_at": piece.stream_at, "record_id": piece.record_id}
        reasons = {"reason": piece.reason, "detail": piece.detail}
        connection.execute(_sql.reject_known, {"dump": dump, "entity": entity} | values | reasons)


class Piece(Struct, frozen=True):
    """A piece in quarantine, without its bytes; `size` is how many they are."""

    id: int
    dump: dt.date
    entity: Entity
    record_id: int | None
    reason: str
    detail: str
    size: int
    run: int
    noticed_at: dt.datetime


class Retryable(Struct, frozen=True):
    """A piece whose record is known and may make a document now, without its bytes; `size` is how many are kept.

    `dump` is the one that the stores hold.
    """

    id: int
    entity: Entity
    stream_at: int
    record_id: int
    size: int
    dump: dt.date


def pieces(connection: psycopg.Connection[Any], limit: int) -> list[Piece]:
    """What is in quarantine, oldest first."""
    return [Piece(*row) for row in connection.execute(_sql.list, {"limit": limit})]


def piece_of(connection: psycopg.Connection[Any], number: int) -> tuple[Piece, bytes | None]:
    """One piece and its bytes; None where these were not kept.

    Raises:
        RefusedError: there is no such piece.
    """
    row = connection.execute(_sql.show, {"id": number}).fetchone()
    if row is None:
        raise RefusedError(f"There is no piece {number} in quarantine: see `linernotes quarantine list`.")
    return Piece(*row[:-1]), row[-1]


def retryable(
    connection: psycopg.Connection[Any], held: Mapping[Entity, dt.date], wanted: PieceFilter
) -> list[Retryable]:
    """The pieces that may be parsed again: those whose record is in the dump that the stores hold.

    Args:
        held: that dump by entity.
        wanted: which of them.
    """
    rows = connection.execute(_sql.retryable, _retryable_values(held, wanted), prepare=False)
    return sorted((Retryable(*row) for row in rows), key=lambda piece: (piece.entity, piece.id))


def count_retryable(
    connection: psycopg.Connection[Any], held: Mapping[Entity, dt.date], wanted: PieceFilter, most: int | None = None
) -> int:
    """How many pieces would be parsed again, those of the newest dump; counted up to so many, all if None."""
    values = {**_retryable_values(held, wanted), "limit": most}
    counting = _sql.count_retryable.replace("{retryable}", _sql.retryable)
    row = connection.execute(counting, values, prepare=False).fetchone()
    return int(row[0]) if row else 0


def _retryable_values(held: Mapping[Entity, dt.date], wanted: PieceFilter) -> dict[str, Any]:
    return {"entities": list(held), "dumps": list(held.values()), **filter_values(wanted)}


def note_named(
    connection: psycopg.Connection[Any], dump: dt.date, entity: Entity, seen: Callable[[], BitMap64]
) -> None:
    """Note which pieces are of records that a dump has.

    Args:
        seen: gives the ids of its file.
    """
    known = [row[0] for row in connection.execute(_sql.known_ids, {"entity": entity, "dump": dump})]
    named = seen() if known else BitMap64()
    if ids := [number for number in known if number in named]:
        connection.execute(_sql.note_named, {"entity": entity, "dump": dump, "ids": ids})


def in_parts(pieces: Iterable[Retryable], part_bytes: int) -> Iterator[list[Retryable]]:
    """Pieces in their order, a list for each part that is to be cut of them: it ends where it has reached its size."""
    part, size = list[Retryable](), 0
    for piece in pieces:
        part.append(piece)
        size += piece.size
        if size >= part_bytes:
            yield part
            part, size = [], 0
    if part:
        yield part


def part_of(connection: psycopg.Connection[Any], pieces: Sequence[Retryable]) -> tuple[PartIndex, bytes]:
    """The index and the XML of pieces that are parsed again, as a split would have cut them; reads their bytes."""
    kept: dict[int, bytes] = dict(connection.execute(_sql.bytes, {"ids": [piece.id for piece in pieces]}).fetchall())
    taken = [(piece, kept[piece.id]) for piece in pieces if piece.id in kept]
    index = PartIndex(
        ids=[piece.record_id for piece, _ in taken],
        raw=[raw_digest(data) for _, data in taken],
        lengths=[len(data) for _, data in taken],
        places=[piece.stream_at for piece, _ in taken],
    )
    return index, b"".join(data for _, data in taken)


def release(connection: psycopg.Connection[Any], dump: dt.date, entity: Entity, ids: list[int]) -> None:
    """Let go of the pieces of records that made a document after all."""
    connection.execute(_sql.release, {"dump": dump, "entity": entity, "ids": ids})
