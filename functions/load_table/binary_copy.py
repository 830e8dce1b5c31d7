"""The rows of a part in the form of PostgreSQL's binary COPY: documents, and the state of each record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from struct import Struct
from typing import Any, Final, NamedTuple

from functions.documents.columns import FIRST_YEAR, last_year
from functions.documents.ndjson import TABLE_VERSION, read_lines
from functions.documents.rows import row_of
from functions.extract.records.part_index import PartIndex
from functions.runtime.entities import CODE, SINGULAR, Entity

_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_NULL: Final = b"\xff\xff\xff\xff"
_EPOCH: Final = dt.date(2000, 1, 1)
#: PostgreSQL's number of the type `text`.
_TEXT: Final = 25
#: Before the JSON of a jsonb: the version of its binary form.
_JSONB: Final = b"\x01"

_int2, _int4, _int8 = Struct(">h").pack, Struct(">i").pack, Struct(">q").pack
_array_head = Struct(">5i").pack

#: The fields of a document that become columns between `dump` and `data`, in their order; `released` becomes the year.
_COLUMNS: Final[dict[Entity, tuple[str, ...]]] = {
    "artists": ("name",),
    "labels": ("name",),
    "masters": ("title", "year", "genres", "styles"),
    "releases": ("title", "released", "country", "genres", "styles"),
}


class CopyRows(NamedTuple):
    """What COPY takes for the table of an entity and for `record_state`; and the ids of the documents."""

    documents: bytes
    states: bytes
    ids: list[int]


def copy_rows(entity: Entity, dump: dt.date, index: PartIndex, lines: bytes, graph_version: int | None) -> CopyRows:
    """The rows of a part, made by the compiled module where that is built.

    Args:
        graph_version: mixed into the digest of what the graph is going to show, when this run fills the graph by its
            own bulk load; it counts from the moment that graph has its identity. None: the graph shows nothing yet.
    """
    rows = native_rows(entity, dump, index, lines, graph_version)
    return plain_rows(entity, dump, index, lines, graph_version) if rows is None else rows


def native_rows(
    entity: Entity, dump: dt.date, index: PartIndex, lines: bytes, graph_version: int | None
) -> CopyRows | None:
    """The same bytes as `plain_rows` in a tenth of the time; None where it is not built or leaves them to Python."""
    copy = _compiled()
    if copy is None:
        return None
    table = {
        "opening": f'{{"type":"{SINGULAR[entity]}","data":',
        "columns": _COLUMNS[entity],
        "dump": (dump - _EPOCH).days,
        "first_year": FIRST_YEAR,
        "last_year": last_year(dump),
        "entity": CODE[entity],
        "table_version": TABLE_VERSION,
        "graph_version": graph_version,
    }
    made = copy(table, lines, index.ids, index.raw)
    return CopyRows(*made) if made else None


def plain_rows(entity: Entity, dump: dt.date, index: PartIndex, lines: bytes, graph_version: int | None) -> CopyRows:
    """The rows of a part, made in Python."""
    documents = list(read_lines(lines))
    digests = {document.id: document.digest for document in documents}
    states = (
        (_int2(CODE[entity]), _int8(number), _int8(raw), *_digests(digests.get(number), graph_version))
        for number, raw in zip(index.ids, index.raw, strict=True)
    )
    rows = (_fields(row_of(entity, dump, document)) for document in documents)
    return CopyRows(_copied(rows), _copied(states), [document.id for document in documents])


@cache
def _compiled() -> Any:
    try:
        from functions.extract.parse.native_module import native
    except ImportError:
        return None
    return native.copy_rows


def _digests(doc: int | None, graph_version: int | None) -> tuple[bytes | None, bytes | None]:
    if doc is None:
        return None, None
    return _int8(doc), None if graph_version is None else _int8(doc ^ graph_version)


def _fields(row: tuple[Any, ...]) -> Iterable[bytes | None]:
    """The values of `row_of`: id, hash, dump, the columns of the entity, the document."""
    number, *columns, data = row
    return (_int8(number), *map(_field, columns), _JSONB + data)


def _field(value: str | int | dt.date | list[str] | None) -> bytes | None:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, list):
        return _array(value)
    if isinstance(value, dt.date):
        return _int4((value - _EPOCH).days)
    return None if value is None else _int4(value)


def _array(texts: list[str]) -> bytes:
    if not texts:
        return _int4(0) + _int4(0) + _int4(_TEXT)
    return _array_head(1, 0, _TEXT, len(texts), 1) + b"".join(_sized(text.encode()) for text in texts)


def _copied(rows: Iterable[Iterable[bytes | None]]) -> bytes:
    return b"".join([_HEADER, *(_row(list(row)) for row in rows), _TRAILER])


def _row(fields: list[bytes | None]) -> bytes:
    return _int2(len(fields)) + b"".join([_NULL if field is None else _sized(field) for field in fields])


def _sized(field: bytes) -> bytes:
    return _int4(len(field)) + field
