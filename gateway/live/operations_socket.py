"""`/ws/operations`: the state of operations, whole at first, then what changes; as data or as pieces of the page."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated, Any, Final, NamedTuple

from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketException
from litestar.params import QueryParameter, SkipValidation

from functions.runtime.settings import Settings
from gateway.live.hub import Hub
from gateway.socket_refusals import SOCKET_CODE

#: Bytes of the largest message that is read before the socket is closed: none is expected.
MAX_MESSAGE: Final = 1_024

#: What a socket brings: data, or pieces of the page.
FORMS: Final = ("json", "html")

Form = Annotated[str, QueryParameter(name="as", description="json for data, html for pieces of the page")]
Watched = NamedDependency[SkipValidation[Hub]]


class _End(NamedTuple):
    """Why a socket is closed by the gateway, as RFC 6455 numbers it."""

    code: int
    reason: str


_RESTART: Final = _End(1012, "The gateway ends: connect again.")
_TALKS: Final = _End(1008, "This socket takes no messages.")
_FULL: Final = _End(1013, "Too many sockets are open: try again later.")
_NO_FORM: Final = _End(SOCKET_CODE + 422, f"as can be {' or '.join(FORMS)}.")


@websocket("/ws/operations", opt={"right": "read"})
async def operations_socket(
    socket: WebSocket[Any, Any, Any],
    hub: Watched,
    settings: NamedDependency[Settings],
    form: Form = "json",
) -> None:
    """Send frames until the client goes, breaks the rules, or the gateway ends."""
    await socket.accept()
    if form not in FORMS:
        end: _End | None = _NO_FORM
    else:
        end = _FULL if hub.watchers >= settings.max_sockets else await _serve(socket, hub, form)
    if end is not None:
        with suppress(WebSocketException, RuntimeError):  # it may have gone meanwhile
            await socket.close(code=end.code, reason=end.reason)


async def _serve(socket: WebSocket[Any, Any, Any], hub: Hub, form: str) -> _End | None:
    sending, receiving = asyncio.create_task(_send(socket, hub, form)), asyncio.create_task(_receive(socket))
    done, pending = await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    return next((task.result() for task in done), None)


async def _send(socket: WebSocket[Any, Any, Any], hub: Hub, form: str) -> _End | None:
    try:
        async for text in hub.frames(form):
            await socket.send_text(text)
    except (WebSocketException, RuntimeError, OSError):
        return None
    return _RESTART


async def _receive(socket: WebSocket[Any, Any, Any]) -> _End | None:
    message = await socket.receive()
    return _TALKS if message["type"] == "websocket.receive" else None


ROUTES: Final = [operations_socket]
