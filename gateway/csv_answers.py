"""The same figures as CSV, where a client asks for it by `format=csv` or by its Accept header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from litestar import Request, Response
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, Schema
from litestar.params import QueryParameter

CSV: Final = "text/csv"

#: In the head of a file with data of dumps: under what that is; what goes out says of which dump it is.
LICENSE: Final = {"Link": '<https://creativecommons.org/publicdomain/zero/1.0/>; rel="license"'}

#: How a text begins that a spreadsheet takes for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

#: A parameter that a handler hands on to `wants_csv`.
Format = Annotated[
    Literal["json", "csv"] | None, QueryParameter(description="of the answer; else as the Accept header has it")
]


@dataclass
class AlsoCsv(Operation):
    """A route that answers with JSON or with CSV: `operation_class` of its handler."""

    def __post_init__(self) -> None:
        """Describe the second form of the answer."""
        answer = (self.responses or {}).get("200")
        if isinstance(answer, OpenAPIResponse):
            answer.content = {**(answer.content or {}), CSV: OpenAPIMediaType(Schema(type=OpenAPIType.STRING))}


def wants_csv(request: Request[Any, Any, Any], asked: str | None) -> bool:
    """Whether the answer is to be CSV: `asked` counts, else the Accept header."""
    return asked == "csv" or (asked is None and CSV in request.headers.get("accept", ""))


def harmless(cell: Any) -> Any:
    """A cell as a spreadsheet may have it: a text that looks like a formula is none."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def attachment(name: str) -> str:
    """The header that has an answer saved under a name; one that a header cannot have is written as in RFC 8187."""
    named = f'filename="{name}"' if name.isascii() else f"filename*=UTF-8''{quote(name, safe='')}"
    return f"attachment; {named}"


def csv_answer(
    name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]], *, of_dumps: bool = True
) -> Response[Any]:
    """A file of that name; a value that is not known is an empty cell.

    Args:
        of_dumps: whether its rows are of dumps, and not of what is done here.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(map(harmless, row) for row in rows)
    headers = {"Content-Disposition": attachment(f"{name}.csv"), **(LICENSE if of_dumps else {})}
    return Response(text.getvalue(), media_type=CSV, headers=headers)
