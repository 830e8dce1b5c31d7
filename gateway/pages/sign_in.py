"""`/enter` and `/leave`: where a browser gets its session, by a one-time token or a key, and gives it back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any, Final

from anyio import to_thread
from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotAuthorizedException
from litestar.params import Body, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_303_SEE_OTHER, HTTP_401_UNAUTHORIZED
from msgspec import Meta, Struct

from functions.access.credentials import parse
from functions.access.keys import Connection
from functions.access.sessions import Session, begin_with_key, begin_with_token, leave
from functions.runtime.errors import RefusedError
from gateway.access.admission import Access
from gateway.access.cookies import Named
from gateway.pages.places import LONGEST_THEN, sign_in_from
from gateway.pages.render import plain_page
from gateway.request_guard import is_head

AnyRequest = Request[Any, Any, Any]
Begin = Callable[[Connection, int], Session]

#: Longer than any token or key.
_LONGEST: Final = 200

Token = Annotated[str, QueryParameter(description="a one-time token, as `linernotes open` prints", max_length=_LONGEST)]
Then = Annotated[str, QueryParameter(description="the page to go on to", max_length=LONGEST_THEN)]

#: A session is nobody else's, and neither is the answer that gives it.
_PRIVATE: Final = {"Cache-Control": "no-store"}


class KeyForm(Struct, frozen=True):
    """What the form of `/enter` sends."""

    key: Annotated[str, Meta(max_length=_LONGEST)]
    then: Annotated[str, Meta(max_length=LONGEST_THEN)] = "/"


@get("/enter", opt={"right": "open"}, include_in_schema=False)
async def enter(request: AnyRequest, token: Token = "", then: Then = "/") -> Response[Any]:
    """Exchange a one-time token for a session and go on to a page; without a token, ask for a key.

    Programs that look at an address before a person opens it do so by HEAD: that leaves the token as it is.
    """
    access: Access = request.app.state.access
    address = await access.count(request)
    if not token or is_head(request.scope):
        return _ask(request, then)
    shown = parse(token, "token")
    return await _exchange(request, address, then, lambda connection, s: begin_with_token(connection, shown, s))


@post("/enter", opt={"right": "open"}, include_in_schema=False)
async def enter_with_key(
    request: AnyRequest, data: Annotated[KeyForm, Body(media_type=RequestEncodingType.URL_ENCODED)]
) -> Response[Any]:
    """Exchange a key for a session."""
    access: Access = request.app.state.access
    address = await access.count(request)
    try:
        key = await access.identities.key(data.key.strip())
    except NotAuthorizedException as error:
        await access.limits.failure(address)
        return _ask(request, data.then, error.detail)
    return await _exchange(request, address, data.then, lambda connection, s: begin_with_key(connection, key, s))


@post("/leave", opt={"right": "open"}, include_in_schema=False)
async def sign_out(request: AnyRequest) -> Response[Any]:
    """End the session of this browser, and have it throw its cookie away."""
    access: Access = request.app.state.access
    session = await access.identities.session(request.cookies.get(access.cookies.name, ""))
    if session is not None:
        await to_thread.run_sync(_leave, access, session)
        access.identities.forget(session)
    return _go_to("/", access.cookies.taken(secure=access.is_secure(request)))


async def _exchange(request: AnyRequest, address: str, then: str, begin: Begin) -> Response[Any]:
    access: Access = request.app.state.access
    try:
        session = await to_thread.run_sync(_begin, access, begin)
    except RefusedError as error:
        await access.limits.failure(address)
        return _ask(request, then, str(error))
    now = time.time()
    named = Named(session.id, int(session.ends_at.timestamp()))
    cookie = access.cookies.given(named, now, secure=access.is_secure(request))
    if request.headers.get("sec-fetch-site") != "cross-site":
        return _go_to(_path(then), cookie)
    # Whoever comes from another site sends no strict cookie along when redirected; from our own page they do.
    answer = _ask(request, then, entered=True)
    answer.cookies.append(cookie)
    return answer


def _ask(request: AnyRequest, then: str, sentence: str = "", *, entered: bool = False) -> Response[Any]:
    path = _path(then)
    status = HTTP_401_UNAUTHORIZED if sentence else HTTP_200_OK
    headers = _PRIVATE | ({"Refresh": f"0; url={path}"} if entered else {})
    values = {"sentence": sentence, "then": path, "entered": entered, "sign_in": sign_in_from(path)}
    return plain_page(request, "enter.html", title="Sign in", status=status, headers=headers, **values)


def _begin(access: Access, begin: Begin) -> Session:
    with access.context.connection() as connection:
        return begin(connection, access.settings.session_hours * 3_600)


def _leave(access: Access, session: Session) -> None:
    with access.context.connection() as connection:
        leave(connection, session)


def _go_to(path: str, cookie: Any) -> Response[Any]:
    return Response(None, status_code=HTTP_303_SEE_OTHER, headers=_PRIVATE | {"Location": path}, cookies=[cookie])


def _path(then: str) -> str:
    """A path of ours; the start page in the place of what may lead elsewhere."""
    ours = then.startswith("/") and not then.startswith("//") and "\\" not in then and then.isprintable()
    return then if ours and then.isascii() else "/"


ROUTES: Final = [enter, enter_with_key, sign_out]
