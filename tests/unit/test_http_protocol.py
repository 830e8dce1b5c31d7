"""Clients that take nothing of what is sent to them: their connection is given up, in time and in memory."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import uvicorn

from functions.runtime.settings import Settings
from gateway import http_protocol
from gateway.http_protocol import bounded_protocol
from gateway.websocket_protocol import BoundedWebSocketProtocol

CHUNK = bytes(100_000)
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)
#: A ping with 125 bytes, masked with zeros.
PING = b"\x89\xfd" + bytes(4) + b"x" * 125

ended = threading.Event()


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers without end, or a socket that says nothing."""
    try:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while (await receive())["type"] != "websocket.disconnect":
                pass
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
            await asyncio.sleep(0)  # once the client is gone, nothing else in here waits
    finally:
        ended.set()


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(http_protocol, "STALLED_S", 0.5)
    ended.clear()
    protocol = bounded_protocol(Settings(home="/"))
    options: Any = {"http": protocol, "ws": BoundedWebSocketProtocol, "lifespan": "off", "loop": "uvloop"}
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1, **options))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(60)
    assert not thread.is_alive()


def test_an_answer_of_which_nobody_takes_anything_is_given_up(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with suppress(ConnectionError):
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:  # it sends, and never reads
                connection.sendall(b"\r\n")
                time.sleep(0.1)
        assert time.monotonic() < deadline


def test_an_answer_that_is_taken_slowly_goes_on(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "STALLED_S", 2.0)  # the client, too, may come late on a busy machine
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until, taken = time.monotonic() + 5, 0
        while time.monotonic() < until:
            taken += len(connection.recv(1_000_000))
            time.sleep(0.02)
        assert taken > 10 * len(CHUNK)


def test_pings_whose_answers_nobody_reads_fill_no_memory(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(UPGRADE)
        assert connection.recv(1_000).startswith(b"HTTP/1.1 101 ")
        with pytest.raises(OSError, match=r"reset|pipe"):  # noqa: PT012 - which of them meets it is chance
            for _ in range(2_000):
                connection.sendall(PING * 1_000)
    assert ended.wait(60)
