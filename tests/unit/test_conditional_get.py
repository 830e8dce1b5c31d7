"""What a client has is not sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from gateway.conditional_get import conditional


def answer(
    bodies: Sequence[bytes], known: str = "", status: int = 200, headers: Sequence[tuple[bytes, bytes]] = ()
) -> tuple[int, dict[str, str], bytes]:
    """What comes through the middleware of an application that answers so."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        for number, body in enumerate(bodies):
            await send({"type": "http.response.body", "body": body, "more_body": number < len(bodies) - 1})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "headers": [(b"if-none-match", known.encode())] if known else []}
    asyncio.run(conditional(app)(scope, None, send))  # type: ignore[arg-type]
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
