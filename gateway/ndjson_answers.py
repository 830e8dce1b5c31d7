"""The rows of a list as NDJSON, a line each, where a client asks for it by `format=ndjson` or by its Accept header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Request, Response
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Schema
from litestar.params import QueryParameter

from gateway.csv_answers import CSV, LICENSE, attachment

NDJSON: Final = "application/x-ndjson"

#: A parameter of a list without CSV that a handler hands on to `wants_lines`, and one of a list that has it.
LinesFormat = Annotated[
    Literal["json", "ndjson"] | None, QueryParameter(description="of the answer; else as the Accept header has it")
]
ListFormat = Annotated[
    Literal["json", "csv", "ndjson"] | None,
    QueryParameter(description="of the answer; else as the Accept header has it"),
]

_encoder = msgspec.json.Encoder()


@dataclass
class AlsoLines(Operation):
    """A list that answers with JSON or with its rows as NDJSON: `operation_class` of its handler."""

    def __post_init__(self) -> None:
        """Describe the other forms of the answer."""
        _describe(self, NDJSON)


@dataclass
class AlsoRows(Operation):
    """A list that answers with JSON, or with its rows as CSV or NDJSON."""

    def __post_init__(self) -> None:
        """Describe the other forms of the answer."""
        _describe(self, NDJSON, CSV)


def _describe(operation: Operation, *media_types: str) -> None:
    answer = (operation.responses or {}).get("200")
    if isinstance(answer, OpenAPIResponse):
        others = {media_type: OpenAPIMediaType(Schema(type=OpenAPIType.STRING)) for media_type in media_types}
        answer.content = {**(answer.content or {}), **others}


def wants_lines(request: Request[Any, Any, Any], asked: str | None = None) -> bool:
    """Whether the answer is to be NDJSON: `asked` counts, else the Accept header."""
    return asked == "ndjson" or (asked is None and NDJSON in request.headers.get("accept", ""))


def lines_answer(name: str, rows: Sequence[Any], *, of_dumps: bool = True) -> Response[Any]:
    """A file of that name; `of_dumps` says whether its rows are of dumps, and not of what is done here."""
    headers = {"Content-Disposition": attachment(f"{name}.ndjson"), **(LICENSE if of_dumps else {})}
    return Response(_encoder.encode_lines(rows), media_type=NDJSON, headers=headers)
