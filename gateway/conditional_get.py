"""Answers that a client has already are not sent again: an ETag for each, and 304 for who names it."""

from __future__ import annotations

from typing import Any, Final, cast

import xxhash
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

_KEPT_BY_304: Final = ("cache-control", "content-location", "date", "etag", "expires", "vary", "x-request-id")


def is_known(header: str, tag: str) -> bool:
    """Whether an If-None-Match header names this ETag, quotes included."""
    tags = {one.strip().removeprefix("W/") for one in header.split(",")}
    return tag.removeprefix("W/") in tags or "*" in tags


def conditional(app: ASGIApp) -> ASGIApp:
    """Middleware: give each whole answer to a GET an ETag, and leave out what the client has.

    It belongs inside of compression, whose bytes differ each time. Answers that come in pieces, and those that nobody
    may keep, go through as they are.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != "GET":
            await app(scope, receive, send)
            return
        await app(scope, receive, _Sender(scope, send))

    return answer


class _Sender:
    """Holds the start of an answer back until its body is known."""

    def __init__(self, scope: Scope, send: Send) -> None:
        known = (value.decode("latin-1") for name, value in scope["headers"] if name == b"if-none-match")
        self._known = next(known, "")
        self._send = send
        self._held: Any = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _may_be_kept(message):
            self._held = message
            return
        start, self._held = self._held, None
        if start is not None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                await self._whole(start, message)
                return
            await self._send(start)
        await self._send(message)

    async def _whole(self, start: Any, message: Any) -> None:
        headers = MutableScopeHeaders.from_message(start)
        tag = headers.setdefault("ETag", f'W/"{xxhash.xxh3_64_hexdigest(message["body"])}"')
        if self._known and is_known(self._known, tag):
            kept = [(name, value) for name, value in start["headers"] if name.decode().lower() in _KEPT_BY_304]
            await self._send(cast("Message", {**start, "status": 304, "headers": kept}))
            await self._send(cast("Message", {**message, "body": b""}))
            return
        await self._send(start)
        await self._send(message)


def _may_be_kept(start: Any) -> bool:
    if start["status"] != 200:
        return False
    return str(MutableScopeHeaders.from_message(start).get("cache-control", "")) != "no-store"
