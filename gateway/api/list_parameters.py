"""What the lists share: limit, cursor, times, and who asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from litestar import Request
from litestar.exceptions import ValidationException
from litestar.params import QueryParameter

from functions.operations.sorting import Direction
from functions.runtime.entities import Entity
from functions.runtime.errors import RefusedError

Limit = Annotated[int, QueryParameter(ge=1, le=1_000, description="how many at most")]
Cursor = Annotated[str | None, QueryParameter(description="`next` of the page before", max_length=300)]
RunNumber = Annotated[int | None, QueryParameter(ge=1, le=2**63 - 1, description="of this run only")]
WhichEntity = Annotated[Entity | None, QueryParameter(description="of these only")]
WhichFunction = Annotated[str | None, QueryParameter(description="of this function only", max_length=50)]
Sorted = Annotated[Direction, QueryParameter(name="order", description="upwards or downwards, with `sort`")]
Text = Annotated[str | None, QueryParameter(description="a text that has to be in it", max_length=200)]
Since = Annotated[dt.datetime | None, QueryParameter(description="from this moment on, as in 2026-04-01T00:00:00Z")]
Until = Annotated[dt.datetime | None, QueryParameter(description="before this moment")]


@contextmanager
def readable_cursor() -> Iterator[None]:
    """A cursor that is none is a mistake in the request."""
    try:
        yield
    except RefusedError as error:
        raise ValidationException(str(error)) from error


def moment(time: dt.datetime | None) -> dt.datetime | None:
    """A time in UTC; one without a zone is.

    Raises:
        ValidationException: in UTC the calendar does not have it.
    """
    if time is None or time.tzinfo is None:
        return time and time.replace(tzinfo=dt.UTC)
    try:
        return time.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValidationException(f"{time.isoformat()} is no time in UTC: the calendar ends before.") from error


def who_asks(request: Request[Any, Any, Any]) -> str:
    """Who has sent a request, for the events of what it does."""
    return str(request.scope["state"]["who"])
