"""Why a WebSocket is refused, so that a browser learns it.

A browser shows its page nothing of an answer that opens no WebSocket. So one that a page of ours or a program asks for
is opened, and closed at once with the code and the sentence. A page of another site gets 403, and learns nothing.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final, cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

#: A WebSocket that is refused is closed with the status that HTTP has for it and this.
SOCKET_CODE: Final = 4_000
#: Bytes of a sentence that fit into the frame that closes a WebSocket.
_REASON_BYTES: Final = 123
#: So many are told so in so many seconds, for which each may keep its connection; the others get 403.
_MOST: Final = 64
_WITHIN_S: Final = 10.0

_NOT_FOUND: Final = (SOCKET_CODE + 404, "There is nothing at this address.")


def explained(app: ASGIApp, is_ours: Callable[[Scope], bool]) -> ASGIApp:
    """The application, with each refusal of a WebSocket told to whoever may know.

    Args:
        app: the application.
        is_ours: whether a request comes from a page of ours, or from no page.
    """
    told_at: deque[float] = deque(maxlen=_MOST)

    async def explain(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.WEBSOCKET:
            await app(scope, receive, send)
            return
        is_asked = is_open = False

        async def receive_noted() -> Any:
            nonlocal is_asked
            message = await receive()
            is_asked = is_asked or message["type"] == "websocket.connect"
            return message

        async def send_explained(message: Message) -> None:
            nonlocal is_open
            if message["type"] == "websocket.accept":
                is_open = True
            elif message["type"] == "websocket.close" and not is_open and is_ours(scope) and _may_tell(told_at):
                if not is_asked:
                    await receive()
                await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
                is_open, message = True, _explained(scope, message)
            await send(message)

        await app(scope, receive_noted, send_explained)

    return explain


def reason_of(sentence: str) -> str:
    """A sentence as it fits into the frame that closes a WebSocket, cut between words."""
    encoded = sentence.encode()
    if len(encoded) <= _REASON_BYTES:
        return sentence
    short = encoded[: _REASON_BYTES - len("…".encode())].decode(errors="ignore")
    return f"{short.rpartition(' ')[0] or short}…"


def _explained(scope: Scope, message: Any) -> Message:
    code, reason = message["code"], message.get("reason") or ""
    if "route_handler" not in scope:
        code, reason = _NOT_FOUND
    return cast("Message", {**message, "code": code, "reason": reason_of(reason)})


def _may_tell(told_at: deque[float]) -> bool:
    now = time.monotonic()
    if len(told_at) == _MOST and now - told_at[0] < _WITHIN_S:
        return False
    told_at.append(now)
    return True
