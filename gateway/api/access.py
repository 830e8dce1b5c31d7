"""`/api/access`: who asks, and what they may."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from litestar import Request, get
from msgspec import Struct

from functions.access.rights import Right
from gateway.access.identity import Asker
from gateway.errors import PROBLEMS


class AccessView(Struct, frozen=True):
    """Who asks, as the audit names them, what they may, and when their session ends; null for one without a session."""

    who: str
    right: Right
    until: dt.datetime | None


@get("/api/access", summary="Who asks, and what they may", tags=["Operation"], responses=PROBLEMS)
async def access(request: Request[Any, Any, Any]) -> AccessView:
    """The key, the session, or whoever may read without either."""
    asker: Asker = request.scope["state"]["asker"]
    return AccessView(asker.who, asker.right or "read", asker.session.ends_at if asker.session else None)


ROUTES: Final = [access]
