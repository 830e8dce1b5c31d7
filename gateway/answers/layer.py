"""Around every handler: answers get an ETag, are kept in the cache where their handler says so, and are compressed.

A handler says so by `opt={"cached": True}`. Its answer depends on its address and on the stores alone, never on who
asks; `X-Cache` says whether it was kept (`hit`), was made now (`miss`), or is not looked for now (`off`).
"""

from __future__ import annotations

import gzip
import zlib
from operator import itemgetter
from typing import Any, Final, cast
from urllib.parse import parse_qsl

import msgspec
import xxhash
from litestar.enums import ScopeType
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT, HTTP_304_NOT_MODIFIED
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from msgspec import Struct

from gateway.answers.answers import Answers, begin_noting
from gateway.answers.keeper import Found

#: Bytes from which an answer is compressed; a smaller one fits into a packet or two.
COMPRESSED_FROM: Final = 1_500
_LEVEL: Final = 4

#: Whatever a 304 says takes the place of what a browser has kept: of a page its policy, too, or that of data would.
_KEPT_BY_304: Final = frozenset(
    {
        *(b"cache-control", b"content-location", b"content-security-policy", b"date", b"etag", b"expires", b"vary"),
        *(b"x-cache", b"x-request-id"),
    }
)
_WITHOUT_BODY: Final = frozenset({HTTP_204_NO_CONTENT, HTTP_304_NOT_MODIFIED})
#: In the state of a request: what came of looking for its answer, whether that is compressed, why it is not to be kept.
_FOUND, _PACKED, _UNFIT = "answer_found", "answer_packed", "answer_unfit"

Headers = list[tuple[bytes, bytes]]


class Kept(Struct, frozen=True, array_like=True):
    """An answer as it is kept: `packed` says that its body is compressed by gzip."""

    headers: Headers
    body: bytes
    packed: bool


def from_cache(app: ASGIApp) -> ASGIApp:
    """Middleware for requests that were let in: send the answer that is kept, or have the handler make it."""

    async def look(scope: Scope, receive: Receive, send: Send) -> None:
        handler: Any = scope["route_handler"]
        if not handler.opt.get("cached") or scope.get("method") != "GET":
            await app(scope, receive, send)
            return
        answers: Answers = scope["litestar_app"].state.answers
        found = scope["state"][_FOUND] = await answers.find(*_asked(scope))
        if found.content is None:
            scope["state"][_UNFIT] = begin_noting()
            await app(scope, receive, send)
            return
        kept = msgspec.msgpack.decode(found.content, type=Kept)
        scope["state"][_PACKED] = kept.packed
        await send({"type": "http.response.start", "status": HTTP_200_OK, "headers": kept.headers})
        await send({"type": "http.response.body", "body": kept.body, "more_body": False})

    return look


def _asked(scope: Scope) -> tuple[bytes, ...]:
    """What a request asks for: its path, its parameters in the order of their names, and the form that Accept names.

    Of values of one name the last one counts, or all in their order: that is kept.
    """
    query: bytes = scope["query_string"]
    if b"&" in query:
        given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        query = msgspec.msgpack.encode(sorted(given, key=itemgetter(0)))
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return scope["path"].encode(), query, accept if b"csv" in accept or b"ndjson" in accept else b""


def is_known(header: str, tag: str) -> bool:
    """Whether an If-None-Match header names this ETag, quotes included."""
    tags = {one.strip().removeprefix("W/") for one in header.split(",")}
    return tag.removeprefix("W/") in tags or "*" in tags


def answered(app: ASGIApp) -> ASGIApp:
    """Middleware: what goes out is kept, tagged, left out where the client has it, and compressed where it takes that.

    Answers that come in pieces are compressed piece by piece; those that nobody may keep have no tag.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        sender = _Sender(scope, send)
        try:
            await app(scope, receive, sender)
        finally:
            sender.settle(None)

    return answer


class _Sender:
    """Holds the start of an answer back until its body is known."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._held: Any = None
        self._packer: Any = None

    def settle(self, content: bytes | None) -> None:
        """Hand in what this request has claimed, once."""
        found: Found | None = self._scope["state"].get(_FOUND)
        if found is not None and found.claim is not None:
            self._scope["state"][_FOUND] = found._replace(claim=None)
            self._scope["litestar_app"].state.answers.settle(found.claim, content)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._held = message
            return
        start, self._held = self._held, None
        if message["type"] != "http.response.body":
            await self._send(message)
        elif start is None:
            await self._piece(message)
        elif message.get("more_body"):
            await self._first_piece(start, message)
        else:
            await self._whole(start, message.get("body", b""))

    async def _whole(self, start: Any, body: bytes) -> None:
        state, headers = self._scope["state"], _without_length(start["headers"])
        packed = state.pop(_PACKED, False)
        is_good = start["status"] == HTTP_200_OK and self._scope.get("method") == "GET"
        tag = _tagged(headers, body) if is_good else None
        found: Found | None = state.get(_FOUND)
        if found is not None:
            if found.claim:
                self.settle(_kept(headers, body) if is_good and not state[_UNFIT] else None)
            headers.append((b"x-cache", found.state.encode()))
        if tag is not None and is_known(self._header(b"if-none-match"), tag):
            start = {**start, "status": HTTP_304_NOT_MODIFIED}
            headers, body = [one for one in headers if one[0].lower() in _KEPT_BY_304], b""
        elif start["status"] not in _WITHOUT_BODY:
            body = self._as_taken(headers, body) if packed else self._packed(headers, body)
            headers.append((b"content-length", b"%d" % len(body)))
        await self._send(cast("Message", {**start, "headers": headers}))
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    def _packed(self, headers: Headers, body: bytes) -> bytes:
        """A body as it is sent: compressed where that is worth it and the client takes it."""
        if len(body) < COMPRESSED_FROM or not self._may_pack(headers):
            return body
        return _pack(body)

    def _as_taken(self, headers: Headers, body: bytes) -> bytes:
        """A body that is kept compressed, as the client takes it."""
        return body if self._may_pack(headers) else gzip.decompress(body)

    def _may_pack(self, headers: Headers) -> bool:
        """Whether the client takes what is compressed by gzip; the headers say so then."""
        if any(name.lower() == b"content-encoding" for name, _ in headers):
            return False
        headers.append((b"vary", b"Accept-Encoding"))
        if "gzip" not in self._header(b"accept-encoding"):
            return False
        headers.append((b"content-encoding", b"gzip"))
        return True

    async def _first_piece(self, start: Any, message: Any) -> None:
        headers = list(start["headers"])
        if self._may_pack(headers):
            headers = _without_length(headers)
            self._packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
        await self._send(cast("Message", {**start, "headers": headers}))
        await self._piece(message)

    async def _piece(self, message: Any) -> None:
        if self._packer is not None:
            more, body = message.get("more_body"), self._packer.compress(message.get("body", b""))
            body += self._packer.flush(zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH)
            message = {**message, "body": body}
        await self._send(message)

    def _header(self, wanted: bytes) -> str:
        found = next((value for name, value in self._scope["headers"] if name == wanted), b"")
        return found.decode("latin-1")


def _without_length(headers: Headers) -> Headers:
    return [one for one in headers if one[0].lower() != b"content-length"]


def _tagged(headers: Headers, body: bytes) -> str | None:
    """The ETag of an answer, which is in its headers afterwards; None where nobody may keep it."""
    named = {name.lower(): value for name, value in headers}
    if named.get(b"cache-control") == b"no-store":
        return None
    if b"etag" not in named:
        tag = f'W/"{xxhash.xxh3_64_hexdigest(body)}"'
        headers.append((b"etag", tag.encode()))
        return tag
    return named[b"etag"].decode("latin-1")


def _kept(headers: Headers, body: bytes) -> bytes | None:
    """An answer as it is kept; None where it sets a cookie: that is for one alone."""
    if any(name.lower() == b"set-cookie" for name, _ in headers):
        return None
    packed = len(body) >= COMPRESSED_FROM and not any(name.lower() == b"content-encoding" for name, _ in headers)
    return msgspec.msgpack.encode(Kept(headers, _pack(body) if packed else body, packed))


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)
