"""What came of an action, for who has no script: a page that is gone to, so that to load it anew does nothing again.

A cookie has the sentence on its way there. It is sealed, since others who answer at the same host can set cookies, too,
and it is taken back once the sentence was told.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import Cookie
from litestar.status_codes import HTTP_303_SEE_OTHER
from msgspec import Struct

from gateway.access.admission import Access
from gateway.pages.render import page

AnyRequest = Request[Any, Any, Any]

_PATH: Final = "/operations/said"
_LEADS_TO: Final = "/operations"
#: Seconds for which a sentence waits to be told.
_WAITS_S: Final = 60
#: Bytes of the longest sentence and of the longest address: browsers drop cookies of more than 4,096.
_LONGEST_SAID: Final = 2_000
_LONGEST_BACK: Final = 600
#: It is of one moment, and of one person.
_PRIVATE: Final = {"Cache-Control": "no-store"}


class _Told(Struct, frozen=True, array_like=True):
    """What came of an action, and the page that it was done on."""

    said: str
    back: str


def go_and_say(request: AnyRequest, said: str, back: str) -> Response[Any]:
    """Lead to the page that says what came of an action.

    Args:
        said: a sentence; what is too long for a cookie is cut.
        back: where the page leads back to, an address of ours.
    """
    access: Access = request.app.state.access
    told = _Told(_cut(said), back if len(back.encode()) <= _LONGEST_BACK else _LEADS_TO)
    cookie = _cookie(request, access.cookies.seal(msgspec.msgpack.encode(told)), _WAITS_S)
    return _go_to(_PATH, cookie)


@get(_PATH, sync_to_thread=True, include_in_schema=False)
def said_page(request: AnyRequest) -> Response[Any]:
    """The sentence, once; who loads the page anew is led to operations."""
    access: Access = request.app.state.access
    found = access.cookies.unseal(request.cookies.get(_name(access), ""))
    gone = _cookie(request, "", 0)
    if found is None:
        return _go_to(_LEADS_TO, gone)
    told = msgspec.msgpack.decode(found, type=_Told)
    title = "What came of it"
    answer = page(request, "operations/said.html", title=title, headers=_PRIVATE, said=told.said, back=told.back)
    answer.cookies.append(gone)
    return answer


def _cut(said: str) -> str:
    encoded = said.encode(errors="replace")
    whole = len(encoded) <= _LONGEST_SAID
    return encoded.decode() if whole else encoded[: _LONGEST_SAID - 3].decode(errors="ignore") + "…"


def _cookie(request: AnyRequest, value: str, seconds: int) -> Cookie:
    access: Access = request.app.state.access
    secure = access.is_secure(request)
    return Cookie(
        _name(access), value=value, path=_LEADS_TO, max_age=seconds, httponly=True, samesite="strict", secure=secure
    )


def _name(access: Access) -> str:
    return f"{access.cookies.name}_said"


def _go_to(path: str, cookie: Cookie) -> Response[Any]:
    return Response(None, status_code=HTTP_303_SEE_OTHER, headers=_PRIVATE | {"Location": path}, cookies=[cookie])


ROUTES: Final = [said_page]
