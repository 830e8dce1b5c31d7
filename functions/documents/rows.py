"""The row that a document makes: the real columns, and the document itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

from functions.documents.columns import year_of
from functions.documents.ndjson import ParsedDocument
from functions.runtime.entities import Entity


def row_of(entity: Entity, dump: dt.date, document: ParsedDocument) -> tuple[Any, ...]:
    """A document's row, in the order of its table's columns; last comes the document, as its JSON."""
    columns = document.columns
    start = (document.id, document.hash, dump)
    if entity in {"artists", "labels"}:
        return (*start, columns.name, document.data)
    if entity == "masters":
        return (*start, columns.title, year_of(columns, dump), columns.genres, columns.styles, document.data)
    year = year_of(columns, dump)
    return (*start, columns.title, year, columns.country, columns.genres, columns.styles, document.data)
