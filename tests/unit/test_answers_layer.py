"""What goes out: what a client has is not sent again, and what is long is compressed for whoever takes that."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Sequence
from typing import Any

import pytest

from gateway.answers.layer import answered


def answer(
    bodies: Sequence[bytes],
    known: str = "",
    status: int = 200,
    headers: Sequence[tuple[bytes, bytes]] = (),
    takes: str = "",
) -> tuple[int, dict[str, str], bytes]:
    """What comes through the middleware of an application that answers so."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        for number, body in enumerate(bodies):
            await send({"type": "http.response.body", "body": body, "more_body": number < len(bodies) - 1})

    async def send(message: Any) -> None:
        sent.append(message)

    asked = [(b"if-none-match", known.encode()), (b"accept-encoding", takes.encode())]
    scope = {"type": "http", "method": "GET", "state": {}, "headers": [one for one in asked if one[1]]}
    asyncio.run(answered(app)(scope, None, send))  # type: ignore[arg-type]
    found = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(one["body"] for one in sent[1:])


def test_an_answer_gets_a_tag_by_which_it_is_known_again() -> None:
    status, headers, body = answer([b"text"])
    assert (status, body) == (200, b"text")
    status, again, body = answer([b"text"], known=headers["etag"])
    assert (status, again["etag"], body) == (304, headers["etag"], b"")
    assert answer([b"other"], known=headers["etag"])[0] == 200


def test_a_tag_of_the_answers_own_is_kept() -> None:
    own = [(b"etag", b'"mine"'), (b"content-type", b"text/plain"), (b"cache-control", b"no-cache")]
    assert answer([b"text"], headers=own)[1]["etag"] == '"mine"'
    status, headers, _ = answer([b"text"], known='W/"mine"', headers=own)
    assert (status, set(headers)) == (304, {"etag", "cache-control"})


@pytest.mark.parametrize("status", [404, 503])
def test_an_error_has_no_tag(status: int) -> None:
    assert "etag" not in answer([b"no"], status=status)[1]


def test_what_nobody_may_keep_and_what_comes_in_pieces_goes_through() -> None:
    assert "etag" not in answer([b"now"], headers=[(b"cache-control", b"no-store")])[1]
    status, headers, body = answer([b"a", b"b", b"c"])
    assert (status, body, "etag" in headers) == (200, b"abc", False)


LONG = b"text " * 1_000


def test_a_long_answer_is_compressed_and_known_by_the_same_tag_in_whatever_form() -> None:
    _, plain, body = answer([LONG])
    assert (body, plain["content-length"], plain["vary"]) == (LONG, str(len(LONG)), "Accept-Encoding")
    _, packed, body = answer([LONG], takes="br, gzip")
    assert (gzip.decompress(body), packed["content-encoding"]) == (LONG, "gzip")
    assert (packed["content-length"], packed["etag"]) == (str(len(body)), plain["etag"])
    assert answer([LONG], takes="gzip", known=plain["etag"])[0] == 304


def test_a_short_answer_and_one_that_is_compressed_already_go_as_they_are() -> None:
    assert "content-encoding" not in answer([b"short"], takes="gzip")[1]
    own = [(b"content-encoding", b"gzip"), (b"content-length", b"5000")]
    _, headers, body = answer([LONG], headers=own, takes="gzip")
    assert (body, headers["content-length"]) == (LONG, "5000")


def test_pieces_are_compressed_so_that_each_can_be_read_when_it_comes() -> None:
    sent: list[bytes] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
        for piece, more in ((b"one", True), (b"two", True), (b"end", False)):
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            sent.append(message["body"])
        else:
            assert dict(message["headers"]) == {b"vary": b"Accept-Encoding", b"content-encoding": b"gzip"}

    scope = {"type": "http", "method": "GET", "state": {}, "headers": [(b"accept-encoding", b"gzip")]}
    asyncio.run(answered(app)(scope, None, send))  # type: ignore[arg-type]
    reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert [reader.decompress(piece) for piece in sent] == [b"one", b"two", b"end"]


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_has_no_length(status: int) -> None:
    assert "content-length" not in answer([b""], status=status)[1]
