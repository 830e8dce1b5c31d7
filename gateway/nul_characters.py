"""NUL characters, which no text of a store or name of a file has: refused before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from litestar import Request
from litestar.exceptions import ValidationException

#: Of a text in a body: without any.
WITHOUT_NUL: Final = r"^[^\u0000]*$"

_SAID: Final = "it has a NUL character"


async def refuse_nul(request: Request[Any, Any, Any]) -> None:
    """Look at a request's parameters before they are read.

    Raises:
        ValidationException: one has a NUL character.
    """
    if b"%00" in request.scope["query_string"]:
        refuse_fields(request.query_params.multi_items())


def refuse_fields(fields: Iterable[tuple[str, Any]]) -> None:
    """Look at parameters, or at the fields of a form.

    Raises:
        ValidationException: one has a NUL character.
    """
    named = sorted({name for name, value in fields if "\0" in str(value)})
    if named:
        raise ValidationException(extra=[{"key": name, "message": _SAID} for name in named])
