"""`/api/changes`: what each month has added, changed and removed."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Final

from litestar import get
from litestar.exceptions import ValidationException
from litestar.params import QueryParameter
from msgspec import Struct

from functions.extract.download.dump import parse_dump_date
from functions.history.read_changes import Change, Place, page, parse_place
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import RefusedError, SettingError
from gateway.connections import Connected
from gateway.errors import PROBLEMS


class Changes(Struct, frozen=True):
    """Changes by month, entity and id; `next` is the cursor of the page behind them, null behind the last."""

    changes: list[Change]
    next: str | None


Since = Annotated[str, QueryParameter(description="the first month, as in 20260401", max_length=20)]
Which = Annotated[Entity | None, QueryParameter(description="of these only")]
Limit = Annotated[int, QueryParameter(ge=1, le=1_000, description="how many at most; large ones are fewer")]
Cursor = Annotated[str | None, QueryParameter(description="`next` of the page before", max_length=60)]


@get(
    "/api/changes",
    sync_to_thread=True,
    summary="What months have added, changed and removed",
    tags=["Changes"],
    responses=PROBLEMS,
)
def changes(
    connections: Connected, since: Since, entity: Which = None, limit: Limit = 100, cursor: Cursor = None
) -> Changes:
    """Changes since a month, that month included; a changed record has its differences as `patch`."""
    start, after = _month(since), _place(cursor)
    found, end = page(connections.context, start, [entity] if entity else ENTITIES, after, limit)
    return Changes(found, str(end) if end else None)


def _month(text: str) -> dt.date:
    try:
        if re.fullmatch(r"[0-9]{8}", text):
            return parse_dump_date(text)
    except SettingError:
        pass
    raise ValidationException(f"{text!r} is no month: give the date of its dump, as in 20260401.")


def _place(cursor: str | None) -> Place | None:
    try:
        return parse_place(cursor) if cursor else None
    except RefusedError as error:
        raise ValidationException(str(error)) from error


ROUTES: Final = [changes]
