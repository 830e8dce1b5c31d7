"""What lists of operations share: fields of their filters, and where a page begins."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request

from functions.runtime.entities import ENTITIES
from gateway.pages.list_page import Field

AnyRequest = Request[Any, Any, Any]

ENTITY: Final = Field("entity", "Records", ENTITIES)
RUN: Final = Field("run", "Run", type="number")
TEXT: Final = Field("text", "Text")
TIMES: Final = (
    Field("since", "From (UTC)", type="datetime-local"),
    Field("until", "Until (UTC)", type="datetime-local"),
)


def cursor_of(request: AnyRequest) -> str | None:
    """The cursor that the address has; None for the first page."""
    cursor: str | None = request.query_params.get("cursor") or None
    return cursor
